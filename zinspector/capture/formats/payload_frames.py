"""Which frames of a batch are payloads: what `envelope` says of one message, for all of a batch at once.

A message of one frame is its payload, whatever spoke.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zinspector.capture import byte_columns as columns
from zinspector.capture.byte_columns import Numbers
from zinspector.capture.envelope import MOST_HOPS, REPLIES, SECONDS, STAMP_MAGIC, STAMP_SIZE
from zinspector.capture.masks import Mask, where
from zinspector.capture.message import TOPIC_TYPES


def payload_frames(batch: pa.RecordBatch, frames: pa.Array, places: Numbers) -> Mask:
    """Told of each frame. `frames` and `places` are those of the batch (`byte_columns.frames_of`)."""
    counts = np.diff(places)
    index = np.arange(len(frames)) - np.repeat(places[:-1], counts)
    published = where(batch, "from_type", TOPIC_TYPES.__contains__) | where(batch, "to_type", TOPIC_TYPES.__contains__)
    begin = _head(batch, columns.lengths(frames), index, counts)
    begin[(begin == 0) & published] = 1
    end = counts - _closed(frames, places, published)
    alone = counts == 1
    begin[alone], end[alone] = 0, 1
    end[~where(batch, "kind", "message".__eq__)] = 0
    found: Mask = (index >= np.repeat(begin, counts)) & (index < np.repeat(end, counts))
    return found


def _head(batch: pa.RecordBatch, sizes: Numbers, index: Numbers, counts: Numbers) -> Numbers:
    """How many frames of each row are routing ids and delimiters."""
    wire = where(batch, "direction", lambda word: "->" in word)
    out = where(batch, "direction", "out".__eq__)

    def owner(kind: str) -> Mask:
        return ~wire & np.where(out, where(batch, "from_type", kind.__eq__), where(batch, "to_type", kind.__eq__))

    router = owner("ROUTER")
    reply = where(batch, "from_type", REPLIES.__contains__) | where(batch, "to_type", REPLIES.__contains__)
    enveloped = (wire & reply) | router | owner("DEALER")
    least = (router & (counts > 0)).astype(np.int64)
    head = np.where(owner("STREAM"), np.minimum(counts, 1), least)
    ends = (sizes == 0) & (index < MOST_HOPS) & (index >= np.repeat(least, counts)) & np.repeat(enveloped, counts)
    at = np.flatnonzero(ends)
    rows, firsts = np.unique(np.repeat(np.arange(len(counts)), counts)[at], return_index=True)
    delimiter = index[at][firsts]
    inside = delimiter < counts[rows] - 1
    head[rows[inside]] = delimiter[inside] + 1
    return head


def _closed(frames: pa.Array, places: Numbers, published: Mask) -> Numbers:
    """1 for rows whose last frame is a stamp or the time of the payload."""
    counts, sizes = np.diff(places), columns.lengths(frames)
    last = np.where(counts > 0, places[1:] - 1, 0)
    closed = np.zeros(len(counts), np.int64)
    if len(frames):
        stamped = np.flatnonzero((counts > 0) & (sizes[last] == STAMP_SIZE))
        timed = np.flatnonzero((counts == 3) & published)
        closed[stamped] = pc.starts_with(frames.take(pa.array(last[stamped])), STAMP_MAGIC).to_numpy(False)
        if len(timed):
            said = frames.take(pa.array(last[timed])).to_pylist()
            closed[timed] |= np.fromiter((SECONDS.fullmatch(frame) is not None for frame in said), np.bool_, len(said))
    return closed
