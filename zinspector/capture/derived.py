"""Columns that SQL may ask for besides those of a capture, made without copying a frame: topic, text and payload.

They are made while they are read, some batches ahead, and not kept: views of ten million payloads take 160 MB.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, repeat
from typing import Final

import numpy as np
import pyarrow as pa

from zinspector.capture.filter.evaluate import THREADS
from zinspector.capture.filter.frames import BatchFrames, Picked, begins_like_json
from zinspector.capture.filter.kept import Kept
from zinspector.capture.filter.topic_words import TOPICS, topics
from zinspector.capture.masks import Mask
from zinspector.capture.schema import SCHEMA

TEXT: Final = pa.string_view()
DERIVED: Final = pa.schema([pa.field("topic", TOPICS), pa.field("text", pa.list_(TEXT)), pa.field("payload", TEXT)])
AHEAD: Final = 2 * THREADS  # batches


class DerivedRows:
    """Batches with some of the columns of `DERIVED`, for whoever reads streams of Arrow, as often as they like."""

    def __init__(
        self, batches: Sequence[pa.RecordBatch], names: Sequence[str], kept: Kept, stopped: Callable[[], bool]
    ) -> None:
        """Once `stopped` answers True there are no more rows."""
        self.schema = pa.schema([*SCHEMA, *(DERIVED.field(name) for name in names)])
        self._batches = batches
        self._names = names
        self._kept = kept
        self._stopped = stopped

    def __arrow_c_schema__(self) -> object:
        """The columns (Arrow PyCapsule interface)."""
        return self.schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The rows from the first on (Arrow PyCapsule interface)."""
        reader = pa.RecordBatchReader.from_batches(self.schema, self._rows())
        return reader.__arrow_c_stream__(requested_schema)

    def _rows(self) -> Iterator[pa.RecordBatch]:
        coming: deque[Future[pa.RecordBatch]] = deque()
        with ThreadPoolExecutor(THREADS, "derived") as pool:
            for place in chain(range(len(self._batches)), repeat(None, AHEAD)):
                if self._stopped():
                    return
                if len(coming) == AHEAD or (coming and place is None):
                    yield coming.popleft().result()
                if place is not None:
                    coming.append(pool.submit(self._made, place))

    def _made(self, place: int) -> pa.RecordBatch:
        batch = self._batches[place]
        more = [derived(name, batch, self._kept) for name in self._names]
        return pa.RecordBatch.from_arrays([*batch.select(SCHEMA.names).columns, *more], schema=self.schema)


def derived(name: str, batch: pa.RecordBatch, kept: Kept) -> pa.Array:
    """One of the columns of `DERIVED` for a batch.

    - topic: the first frame of publish-subscribe messages, where it is text.
    - text: all frames, null where one isn't text.
    - payload: the last frame that is text and begins like an object or list of JSON, up to `MOST_JSON`.
      Whether it is JSON is not said.
    """
    frames = BatchFrames(batch)
    if name == "topic":
        return topics(frames, kept)
    if name == "text":
        return _texts(frames, kept)
    every = frames.pick(None, None)
    return _scattered(_last_of_rows(every.narrowed(begins_like_json(every.heads())).text(kept)))


def _scattered(picked: Picked) -> pa.Array:
    """One value for each row, null in rows of which nothing is picked."""
    frames, count = picked.frames, picked.frames.batch.num_rows
    rows = picked.rows()
    there, words = np.zeros(count, np.bool_), np.zeros((count, 2), np.uint64)
    there[rows] = True
    words[rows] = frames.words[picked.places]
    buffers = [_bits(there), pa.py_buffer(words), *frames.buffers[2:]]
    return pa.Array.from_buffers(TEXT, count, buffers)


def _texts(frames: BatchFrames, kept: Kept) -> pa.Array:
    picked = frames.pick(None, None).text(kept)
    there = np.zeros(frames.count, np.bool_)
    there[picked.every() - frames.start] = True
    words = np.ascontiguousarray(frames.words[frames.start : frames.end])
    buffers = [None if there.all() else _bits(there), pa.py_buffer(words), *frames.buffers[2:]]
    values = pa.Array.from_buffers(TEXT, frames.count, buffers)
    return pa.ListArray.from_arrays(pa.array(frames.offsets - frames.start, pa.int32()), values)


def _last_of_rows(picked: Picked) -> Picked:
    rows = picked.rows()
    return picked.narrowed(np.append(rows[1:] != rows[:-1], True)) if len(rows) else picked


def _bits(mask: Mask) -> pa.Buffer:
    return pa.py_buffer(np.packbits(mask, bitorder="little"))
