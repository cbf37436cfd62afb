"""Columns that SQL may ask for besides those of a capture, made without copying a frame: topic, text and payload."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa

from zinspector.capture.filter.frames import BatchFrames, Picked, begins_like_json
from zinspector.capture.filter.kept import Kept
from zinspector.capture.filter.topic_words import TOPICS, topics
from zinspector.capture.masks import Mask

TEXT: Final = pa.string_view()
DERIVED: Final = pa.schema([pa.field("topic", TOPICS), pa.field("text", pa.list_(TEXT)), pa.field("payload", TEXT)])


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
