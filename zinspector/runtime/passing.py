"""Batches of rows from one process to another: `Packer` here, `Unpacker` there.

A batch goes as an Arrow IPC stream of its own, with bare codes in the columns of words. The words go once, in the
head of the first record that needs them: a batch that had to be left out takes no words with it, because only a
delivered head counts (`delivered`).
"""

from __future__ import annotations

import json
from collections.abc import Callable

import pyarrow as pa

from zinspector.capture.masks import where
from zinspector.capture.picking import pick
from zinspector.capture.schema import SCHEMA, WORDS

OVERHEAD = 4096  # bytes, at most, of the schema before a batch and the mark behind it
CODES = pa.schema([field.with_type(pa.int32()) if field.name in WORDS else field for field in SCHEMA])


class Packer:
    """Turns batches into records."""

    def __init__(self) -> None:
        self._known: dict[str, int] = dict.fromkeys(WORDS, 0)
        self._now: dict[str, int] = {}

    def pack(self, batch: pa.RecordBatch) -> tuple[bytes, int, Callable[[memoryview], None]]:
        """Head, size of the body, and what writes the body in place. Call `delivered` when it was taken on."""
        fresh: dict[str, list[str]] = {}
        self._now = {}
        for name, known in self._known.items():
            words = batch.column(name).dictionary
            self._now[name] = len(words)
            if len(words) > known:
                fresh[name] = words[known:].to_pylist()
        coded = _coded(batch)
        head = json.dumps(fresh).encode() if fresh else b""
        size = pa.ipc.get_record_batch_size(coded) + OVERHEAD

        def fill(place: memoryview) -> None:
            sink = pa.FixedSizeBufferWriter(pa.py_buffer(place))
            with pa.ipc.new_stream(sink, CODES) as writer:
                writer.write_batch(coded)

        return head, size, fill

    def delivered(self) -> None:
        """The other side has the words of the last record."""
        self._known.update(self._now)


class Unpacker:
    """Turns records into batches again."""

    def __init__(self) -> None:
        self._words: dict[str, pa.Array] = {name: pa.array([], pa.utf8()) for name in WORDS}

    def unpack(self, head: memoryview, body: memoryview) -> pa.RecordBatch:
        """The batch of a record; it has copied what it needs."""
        if head:
            for name, words in json.loads(bytes(head)).items():
                self._words[name] = pa.concat_arrays([self._words[name], pa.array(words, pa.utf8())])
        coded = pa.ipc.open_stream(pa.py_buffer(bytes(body))).read_next_batch()
        columns = [
            pa.DictionaryArray.from_arrays(column, self._words[name]) if name in self._words else column
            for name, column in zip(SCHEMA.names, coded.columns, strict=True)
        ]
        return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)


def record_size(batch: pa.RecordBatch) -> int:
    """How many bytes the record of a batch has, without its head."""
    return int(pa.ipc.get_record_batch_size(_coded(batch))) + OVERHEAD


def _coded(batch: pa.RecordBatch) -> pa.RecordBatch:
    columns = zip(SCHEMA.names, batch.columns, strict=True)
    return pa.RecordBatch.from_arrays([each.indices if name in WORDS else each for name, each in columns], schema=CODES)


def without_messages(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The rows that are no messages: handshakes, commands, events. They are few, and much depends on them."""
    return pick(batch, where(batch, "kind", lambda kind: kind != "message"))
