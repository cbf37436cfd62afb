"""WHAT WAS SEEN: messages as Arrow columns: schema, writer, store, files.

Pure code. May import `zmtp`, `storage`, `errors`, numpy, pyarrow and duckdb; never zmq, asyncio, Qt or topology.
"""
