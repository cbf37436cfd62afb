"""WHAT IS WRONG: pure rules over topology, events and captures, one finding each.

`drawing` reads a topology, `traffic` a capture: a file, or what is captured now.

Pure code. May import topology, capture, zmtp, measure, errors; never zmq, asyncio or Qt.
"""
