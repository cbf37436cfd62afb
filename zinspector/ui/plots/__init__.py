"""Charts of what runs: throughput and latency by link, live, and exported as PNG, SVG and CSV.

The only user of pyqtgraph. May import everything of ours but `cli`, and Qt; never zmq.
"""
