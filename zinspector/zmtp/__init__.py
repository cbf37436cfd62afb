"""BYTES ON THE WIRE: the protocol as pure code, bytes in and events out.

Pure code. May import errors and numpy only; never sockets, asyncio, zmq or Qt. Start reading at `connection.py`.
"""
