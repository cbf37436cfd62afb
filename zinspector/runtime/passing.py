"""Batches of rows from one process to another: `Packer` here, `Unpacker` there.

A batch goes as an Arrow IPC stream of its own, with bare codes in the columns of words. The words go once, in the
head of the first record that needs them: a batch that had to be left out takes no words with it, because only a
delivered head counts (`delivered`). A column that holds the same in all rows goes as that number, or null, in the head.
The bytes of messages that lie in the arena stay there: the head says where the other side finds them.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import pyarrow as pa

from zinspector.capture.constant import constant, nulls, same
from zinspector.capture.masks import where
from zinspector.capture.picking import pick
from zinspector.capture.schema import SCHEMA, WORDS
from zinspector.runtime.arena import Arena

OVERHEAD = 4096  # bytes, at most, of the schema before a batch and the mark behind it
OFTEN_ALIKE = {"n", "connection", *WORDS}  # columns
CODES = pa.schema([field.with_type(pa.int32()) if field.name in WORDS else field for field in SCHEMA])


class Packer:
    """Turns batches into records."""

    def __init__(self, arena: Arena) -> None:
        """`arena`: where received bytes may lie."""
        self._arena = arena
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
        coded, places = _apart(_coded(batch), self._arena)
        coded, alike = _without_alike(coded)
        head = json.dumps([fresh, places, alike]).encode()
        size = pa.ipc.get_record_batch_size(coded) + OVERHEAD

        def fill(place: memoryview) -> None:
            sink = pa.FixedSizeBufferWriter(pa.py_buffer(place))
            with pa.ipc.new_stream(sink, coded.schema) as writer:
                writer.write_batch(coded)

        return head, size, fill

    def size(self, batch: pa.RecordBatch) -> int:
        """How many bytes the record of a batch has, without its head."""
        coded, _ = _without_alike(_apart(_coded(batch), self._arena)[0])
        return int(pa.ipc.get_record_batch_size(coded)) + OVERHEAD

    def delivered(self) -> None:
        """The other side has the words of the last record."""
        self._known.update(self._now)


class Unpacker:
    """Turns records into batches again."""

    def __init__(self, arena: Arena) -> None:
        self._arena = arena
        self._words: dict[str, pa.Array] = {name: pa.array([], pa.utf8()) for name in WORDS}

    def unpack(self, head: memoryview, body: memoryview) -> pa.RecordBatch:
        """The batch of a record; nothing of it is needed any more."""
        words, places, alike = json.loads(bytes(head))
        for name, fresh in words.items():
            self._words[name] = pa.concat_arrays([self._words[name], pa.array(fresh, pa.utf8())])
        coded = _with_alike(pa.ipc.open_stream(pa.py_buffer(bytes(body))).read_next_batch(), alike)
        if places:
            coded = self._joined(coded, places)
        columns = [
            pa.DictionaryArray.from_arrays(column, self._words[name], safe=False) if name in self._words else column
            for name, column in zip(SCHEMA.names, coded.columns, strict=True)
        ]
        return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)

    def _joined(self, coded: pa.RecordBatch, places: list[list[int]]) -> pa.RecordBatch:
        """A batch with what its record left in the arena."""
        values = coded.column("frames").values
        buffers = values.buffers()
        for number, place, size in places:
            buffers[number] = self._arena.take(place, size)
        return _with_frames(coded, pa.Array.from_buffers(values.type, len(values), buffers))


def _coded(batch: pa.RecordBatch) -> pa.RecordBatch:
    columns = zip(SCHEMA.names, batch.columns, strict=True)
    return pa.RecordBatch.from_arrays([each.indices if name in WORDS else each for name, each in columns], schema=CODES)


def _without_alike(coded: pa.RecordBatch) -> tuple[pa.RecordBatch, dict[str, int | None]]:
    """A batch without the columns that hold the same in all rows, and what these hold."""
    alike: dict[str, int | None] = {}
    for field, column in zip(coded.schema, coded.columns, strict=True):
        if field.nullable and column.null_count == coded.num_rows:
            alike[field.name] = None
        elif field.name in OFTEN_ALIKE and (value := same(column)) is not None:
            alike[field.name] = value
    return coded.select([name for name in coded.schema.names if name not in alike]), alike


def _with_alike(coded: pa.RecordBatch, alike: dict[str, int | None]) -> pa.RecordBatch:
    """The batch that it was."""
    rows = coded.num_rows
    columns = []
    for field in CODES:
        if field.name not in alike:
            columns.append(coded.column(field.name))
        else:
            value = alike[field.name]
            columns.append(nulls(rows, field.type) if value is None else constant(value, rows, field.type))
    return pa.RecordBatch.from_arrays(columns, schema=CODES)


def _apart(coded: pa.RecordBatch, arena: Arena) -> tuple[pa.RecordBatch, list[list[int]]]:
    """A batch without the buffers of its frames that lie in the arena, and these: number, place, size."""
    values = coded.column("frames").values
    buffers = values.buffers()
    places = []
    for number in range(2, len(buffers)):
        place = arena.place(buffers[number])
        if place is not None:
            places.append([number, place, buffers[number].size])
            buffers[number] = pa.py_buffer(b"")
    if places:
        coded = _with_frames(coded, pa.Array.from_buffers(values.type, len(values), buffers))
    return coded, places


def _with_frames(batch: pa.RecordBatch, values: pa.Array) -> pa.RecordBatch:
    """The same rows over other values of their frames."""
    number = SCHEMA.names.index("frames")
    frames = pa.ListArray.from_arrays(batch.column(number).offsets, values, type=batch.schema.field(number).type)
    return batch.set_column(number, batch.schema.field(number), frames)


def without_messages(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The rows that are no messages: handshakes, commands, events. They are few, and much depends on them."""
    return pick(batch, where(batch, "kind", lambda kind: kind != "message"))
