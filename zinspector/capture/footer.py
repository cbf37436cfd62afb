"""The end of a finished recording: a footer that every reader of Arrow files understands.

While it is recorded, words come as additions (deltas), which polars and others refuse. Codes only grow, so the words
at the end serve all batches: they are written once more, whole, and the footer names them instead of the additions.
A stream reader, which is how an unfinished file is read, never comes that far.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Final

import pyarrow as pa

from zinspector.capture.flatbuffer import Table

END: Final = b"ARROW1"
DICTIONARIES: Final = 2  # of a Footer
KIND: Final = 1  # of a Message
BODY: Final = 3
DICTIONARY: Final = 2
BLOCK: Final = struct.Struct("<qi4xq")


def with_whole_words(path: Path, words: pa.RecordBatch) -> None:
    """Let the footer of a finished file name the words of this batch. Raises OSError."""
    with path.open("r+b") as file:
        size = file.seek(-len(END) - 4, 2)
        (length,) = struct.unpack("<i", file.read(4))
        start = file.seek(size - length)
        footer = bytearray(file.read(length))
        messages = _dictionaries(words)
        place = Table.root(bytes(footer), 0).pointed(DICTIONARIES)
        (count,) = struct.unpack_from("<I", footer, place)
        if count <= len(messages):
            return  # nothing was added
        at, tail = -start % 64, bytearray(-start % 64)
        struct.pack_into("<I", footer, place, len(messages))
        for number, (message, header) in enumerate(messages):
            BLOCK.pack_into(footer, place + 4 + number * BLOCK.size, start + at, header, len(message) - header)
            tail += message
            at += len(message)
        file.seek(start)
        file.write(bytes(tail + footer) + struct.pack("<i", length) + END)


def _dictionaries(words: pa.RecordBatch) -> list[tuple[bytes, int]]:
    """The messages of all words as a stream has them, each with the length of its header."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, words.schema) as writer:
        writer.write_batch(words)
    data, at = sink.getvalue().to_pybytes(), 0
    found: list[tuple[bytes, int]] = []
    while True:
        _, length = struct.unpack_from("<II", data, at)
        if not length:
            return found
        message = Table.root(data, at + 8)
        end = at + 8 + length + message.number(BODY, "q")
        if message.number(KIND, "B") == DICTIONARY:
            found.append((data[at:end], 8 + length))
        at = end
