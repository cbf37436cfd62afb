"""BYTES TO READABLE: the decoder API, the registry, the loader, and the isolation of failing plugins.

Pure code. May import `errors` and the standard library only: never zmq, asyncio, Qt, or anything else of ours.
"""
