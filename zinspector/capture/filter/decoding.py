"""Frames of other formats than JSON as columns of JSON text, for filters to look into.

They are decoded when a filter first asks: in the thread that asks, batch by batch, so it has progress and can be
stopped, and whoever waits for the interpreter gets it in between. What was decoded is kept, compressed. Who decodes is
handed in: this package knows no decoders.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zinspector.capture.filter.kept import Kept
from zinspector.capture.masks import Mask, where
from zinspector.capture.message import TOPIC_TYPES

WORDS: Final = ("node", "link", "from_type", "to_type")
ROWS_AT_ONCE: Final = 64
MOST_BYTES: Final = 256 << 20

_versions = count(1)


@dataclass(frozen=True, slots=True)
class Row:
    """What a decoder needs to know of a message."""

    frames: list[bytes]
    node: str | None
    link: str | None
    from_type: str | None
    to_type: str | None

    @property
    def topic(self) -> str | None:
        """The first frame of publish-subscribe traffic, as text."""
        if not self.frames or not (self.from_type in TOPIC_TYPES or self.to_type in TOPIC_TYPES):
            return None
        try:
            return self.frames[0].decode()
        except UnicodeDecodeError:
            return None


Read = Callable[[Iterable[Row], str], Iterator[list[tuple[int, Any]]]]
"""For each message, the frames that the decoder of that name (`proto`, `msgpack` ...) could read, and their values.

The value of Protobuf is an object with the name of the message type for its only key.
"""


class DecodedColumns:
    """What decoders found, by batch. Other rules need another one of these: `version` tells them apart."""

    def __init__(self, read: Read, most_bytes: int = MOST_BYTES) -> None:
        self.version = next(_versions)
        self._read = read
        self._kept = Kept(most_bytes)
        self._one_at_a_time = threading.Lock()  # decoders are asked from one thread

    def column(self, batch: pa.RecordBatch, decoder: str, rows: Mask | None) -> pa.Array:
        """JSON text for every frame of the batch, null where the decoder has nothing to say; of these rows only."""
        kept = self._kept.get(batch, decoder)
        if kept is not None:
            return _unpacked(kept)
        among = where(batch, "kind", "message".__eq__)
        with self._one_at_a_time:
            column = self._decoded(batch, decoder, among if rows is None else among & rows)
        if rows is None:
            packed = _packed(column)
            self._kept.put(batch, decoder, packed, packed.size)
        return column

    def _decoded(self, batch: pa.RecordBatch, decoder: str, rows: Mask) -> pa.Array:
        column = batch.column("frames")
        offsets = column.offsets.to_numpy()
        text: list[str | None] = [None] * int(offsets[-1] - offsets[0])
        places = np.flatnonzero(rows)
        starts = (offsets[places] - offsets[0]).tolist()
        found = self._read(_rows(batch, places), decoder)
        for at, values in zip(starts, found, strict=True):
            for frame, value in values:
                text[at + frame] = _written(value)
        return pa.array(text, pa.utf8())


def _rows(batch: pa.RecordBatch, places: npt.NDArray[np.intp]) -> Iterator[Row]:
    frames, words = batch.column("frames"), batch.select(list(WORDS))
    for start in range(0, len(places), ROWS_AT_ONCE):
        time.sleep(0)  # the window may have waited for the interpreter
        some = places[start : start + ROWS_AT_ONCE]
        picked = words.take(pa.array(some))  # Arrow can't take views, so frames are picked one by one
        columns = [picked.column(name).cast(pa.utf8()).to_pylist() for name in WORDS]
        yield from map(Row, (frames[place].as_py() for place in some.tolist()), *columns)


def _written(value: Any) -> str | None:
    """As JSON text; what JSON can't hold is not looked into."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        text.encode()
    except (TypeError, ValueError, RecursionError):
        return None
    return text


def _packed(column: pa.Array) -> pa.Buffer:
    sink = pa.BufferOutputStream()
    batch = pa.record_batch({"v": column})
    with pa.ipc.new_stream(sink, batch.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
        writer.write_batch(batch)
    return sink.getvalue()


def _unpacked(packed: pa.Buffer) -> pa.Array:
    return pa.ipc.open_stream(packed).read_next_batch().column(0)
