"""WHAT WAS SEEN: messages as Arrow columns: schema, writer, store, recordings, replay order.

`filter` is the filter language, `formats` those of other programs, `packets` makes messages of captured packets.

Pure code. May import `zmtp`, `storage`, `errors`, numpy, pyarrow and duckdb; never zmq, asyncio, Qt or topology.
"""
