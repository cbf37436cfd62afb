"""WHAT IS WRONG: pure rules over topology, events and captures, one finding each.

Pure code. May import topology, capture, zmtp, measure, errors; never zmq, asyncio or Qt.
"""
