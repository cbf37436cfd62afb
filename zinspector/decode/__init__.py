"""BYTES TO READABLE: the decoder API, the registry, the loader, and how failing plugins are contained.

Pure code. May import `errors` and the standard library only: never zmq, asyncio, Qt, or anything else of ours.
"""
