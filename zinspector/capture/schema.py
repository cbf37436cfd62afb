"""The columns of a capture: the same in memory, in a `.arrow` file and in a query.

`n` numbers the rows from 1 and never repeats in one capture. `time_ns` is wall time that follows the monotonic clock.
Repeating words are dictionaries whose codes only grow, so batches of one capture share them. `frames` are views over
the bytes as they came; a frame longer than the limit keeps its head, and then `true_sizes` holds the length of every
frame of that message. `size` is always the true payload, in bytes.

Bump `VERSION` when an older zinspector would misread a file; a further column does not need it.
"""

from __future__ import annotations

from typing import Literal

import pyarrow as pa

FORMAT = "zinspector-capture"
VERSION = 1

Direction = Literal["in", "out", "connect->bind", "bind->connect"]
Kind = Literal["message", "command", "handshake", "event"]

ENCRYPTED = "MESSAGE"
"""The name of messages that CURVE encrypted, as the protocol calls them (RFC 26): their frames are noise."""

WORD = pa.dictionary(pa.int32(), pa.utf8())

SCHEMA = pa.schema(
    [
        pa.field("n", pa.uint64(), nullable=False),
        pa.field("time_ns", pa.int64(), nullable=False),
        pa.field("node", WORD, nullable=False),
        pa.field("link", WORD),
        pa.field("connection", pa.int32()),
        pa.field("direction", WORD, nullable=False),
        pa.field("kind", WORD, nullable=False),
        pa.field("name", WORD),
        pa.field("from_type", WORD),
        pa.field("to_type", WORD),
        pa.field("size", pa.int64(), nullable=False),
        pa.field("frames", pa.list_(pa.binary_view()), nullable=False),
        pa.field("true_sizes", pa.list_(pa.int64())),
        pa.field("anomalies", pa.list_(pa.utf8())),
    ],
    metadata={b"format": FORMAT.encode(), b"version": str(VERSION).encode()},
)
WORDS = tuple(field.name for field in SCHEMA if field.type == WORD)
