"""BYTES ON THE WIRE: the protocol as pure code (from the wire protocol issue on).

Pure code. May import errors only; never sockets, asyncio, zmq or Qt.
"""
