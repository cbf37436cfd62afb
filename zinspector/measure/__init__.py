"""HOW FAST: rates, HDR latency histograms, reports, chart data.

Pure code. May import capture, errors and numpy; never zmq, asyncio or Qt.
"""
