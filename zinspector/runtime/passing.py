"""Batches of rows from one process to another: `Packer` here, `Unpacker` there.

A batch goes as an Arrow IPC message, with bare codes in the columns of words. The words go once, in the
head of the first record that needs them: a batch that had to be left out takes no words with it, because only a
delivered head counts (`delivered`). A column that holds the same in all rows goes as that number, or null, in the head:
which columns the message has follows from that, so it needs no schema.
The bytes of messages that lie in the arena stay there: the head says where the other side finds them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache

import pyarrow as pa

from zinspector.capture.constant import constant, nulls, same
from zinspector.capture.masks import where
from zinspector.capture.picking import pick
from zinspector.capture.schema import SCHEMA, WORDS
from zinspector.runtime.arena import Arena

OFTEN_ALIKE = {"n", "connection", *WORDS}  # columns
KINDS = {field.name: pa.int32() if field.name in WORDS else field.type for field in SCHEMA}
NULLABLE = {field.name for field in SCHEMA if field.nullable}


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
        coded, places, alike = _coded(batch, self._arena)
        head = json.dumps([fresh, places, alike]).encode()
        message = coded.serialize()

        def fill(place: memoryview) -> None:
            place[:] = memoryview(message).cast("B")

        return head, message.size, fill

    def size(self, batch: pa.RecordBatch) -> int:
        """How many bytes the record of a batch has, without its head."""
        coded, _, _ = _coded(batch, self._arena)
        return int(pa.ipc.get_record_batch_size(coded))

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
        names = tuple(name for name in KINDS if name not in alike)
        coded = pa.ipc.read_record_batch(pa.py_buffer(bytes(body)), _schema(names))
        columns = dict(zip(names, coded.columns, strict=True))
        if places:
            columns["frames"] = self._joined(columns["frames"], places)
        for name, value in alike.items():
            rows, kind = coded.num_rows, KINDS[name]
            columns[name] = nulls(rows, kind) if value is None else constant(value, rows, kind)
        for name, known in self._words.items():
            columns[name] = pa.DictionaryArray.from_arrays(columns[name], known, safe=False)
        return pa.RecordBatch.from_arrays([columns[name] for name in KINDS], schema=SCHEMA)

    def _joined(self, frames: pa.ListArray, places: list[list[int]]) -> pa.ListArray:
        """The column with what its record left in the arena."""
        buffers = frames.values.buffers()
        for number, place, size in places:
            buffers[number] = self._arena.take(place, size)
        return _over(frames, buffers)


def _coded(batch: pa.RecordBatch, arena: Arena) -> tuple[pa.RecordBatch, list[list[int]], dict[str, int | None]]:
    """What goes in the message; the buffers of frames that lie in the arena; what columns hold that are left out."""
    kept: dict[str, pa.Array] = {}
    alike: dict[str, int | None] = {}
    for name, column in zip(KINDS, batch.columns, strict=True):
        if name in NULLABLE and column.null_count == batch.num_rows:
            alike[name] = None
            continue
        codes = column.indices if name in WORDS else column
        if name in OFTEN_ALIKE and (value := same(codes)) is not None:
            alike[name] = value
        else:
            kept[name] = codes
    kept["frames"], places = _apart(kept["frames"], arena)
    return pa.RecordBatch.from_arrays([*kept.values()], schema=_schema(tuple(kept))), places, alike


def _apart(frames: pa.ListArray, arena: Arena) -> tuple[pa.ListArray, list[list[int]]]:
    """The column without its buffers that lie in the arena, and these: number, place, size."""
    buffers = frames.values.buffers()
    places = []
    for number in range(2, len(buffers)):
        place = arena.place(buffers[number])
        if place is not None:
            places.append([number, place, buffers[number].size])
            buffers[number] = pa.py_buffer(b"")
    return (_over(frames, buffers) if places else frames), places


def _over(frames: pa.ListArray, buffers: list[pa.Buffer | None]) -> pa.ListArray:
    """The same views over other buffers."""
    values = pa.Array.from_buffers(frames.type.value_type, len(frames.values), buffers)
    return pa.ListArray.from_arrays(frames.offsets, values, type=frames.type)


@lru_cache(maxsize=64)
def _schema(names: tuple[str, ...]) -> pa.Schema:
    return pa.schema([pa.field(name, KINDS[name], name in NULLABLE) for name in names])


def without_messages(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The rows that are no messages: handshakes, commands, events. They are few, and much depends on them."""
    return pick(batch, where(batch, "kind", lambda kind: kind != "message"))
