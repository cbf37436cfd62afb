"""The frames of a batch as they lie in memory, and those among them that a comparison has to look at.

Every frame is a view of 16 bytes: its length, and its first four bytes (Arrow columnar format, "Variable-size Binary
View Layout"). Often these eight bytes already tell that a frame can't match; only the others are handed to DuckDB, as
views again: no frame is copied.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zinspector.capture.filter.kept import Kept
from zinspector.capture.filter.tree import Test
from zinspector.capture.filter.utf8 import text_mask
from zinspector.capture.masks import Mask, where
from zinspector.capture.message import TOPIC_TYPES

Places = npt.NDArray[np.int64]
Heads = npt.NDArray[np.uint64]
Narrow = Callable[[Heads], Mask]

TEXT: Final = "text"
FEW: Final = 2  # one in so many frames
_SPACE: Final = b" \t\r\n"
_STARTS: Final = ((_SPACE, _SPACE + b"{["), (b"{", _SPACE + b'"}'), (b"[", _SPACE + b'{["-0123456789tfn]'))
_JSON_STARTS: Final = np.zeros(1 << 16, np.bool_)
_JSON_STARTS[[first | second << 8 for firsts, seconds in _STARTS for first in firsts for second in seconds]] = True
_LENGTH: Final = np.uint64(0xFFFFFFFF)
MOST_JSON: Final = 16 << 20
"""Bytes of a frame that is looked into as JSON: DuckDB takes some times as much memory for it, and has a limit."""


@dataclass(frozen=True, slots=True)
class Picked:
    """Frames, by their places among the values of a batch."""

    frames: BatchFrames
    places: Places | slice

    def __len__(self) -> int:
        return len(self.places) if isinstance(self.places, np.ndarray) else len(_range(self.places))

    def narrowed(self, mask: Mask) -> Picked:
        """Those for which `mask` is set."""
        return self if mask.all() else self.only(np.flatnonzero(mask))

    def only(self, hits: Places) -> Picked:
        """Some of these, by their numbers among these."""
        return Picked(self.frames, self.at(hits))

    def every(self) -> Places:
        """The places of all."""
        return self.places if isinstance(self.places, np.ndarray) else np.arange(*self.places.indices(1 << 62))

    def rows(self) -> Places:
        """The rows of all."""
        return self.frames.rows_of(self.every())

    def at(self, hits: Places) -> Places:
        """The places of some of these, by their numbers among these."""
        if isinstance(self.places, slice):
            return hits * _range(self.places).step + _range(self.places).start
        return self.places[hits]

    def rows_of(self, hits: Places) -> Places:
        """The rows of some of these, by their numbers among these."""
        return self.frames.rows_of(self.at(hits))

    def heads(self) -> Heads:
        """The first eight bytes of the views: the length, and above it four bytes of the frame."""
        heads: Heads = self.frames.words[self.places, 0]
        return heads

    def text(self, kept: Kept) -> Picked:
        """Those that are text. Few are looked at by themselves; otherwise it is told of the batch, and kept."""
        known = kept.get(self.frames.batch, TEXT)
        if known is None and len(self) * FEW < self.frames.count:
            mask = text_mask(self.array(pa.binary_view()))
            return self if mask is None else self.narrowed(mask)
        mask = self.frames.text_mask(kept) if known is None else known[0]
        return self if mask is None else self.narrowed(mask[self.every() - self.frames.start])

    def array(self, kind: pa.DataType) -> pa.Array:
        """The frames themselves, as binary_view or string_view."""
        frames = self.frames
        if isinstance(self.places, slice) and _range(self.places).step == 1:
            views, offset = frames.buffers[1], frames.offset + _range(self.places).start
        else:
            views, offset = pa.py_buffer(frames.words.take(self.every(), axis=0)), 0
        return pa.Array.from_buffers(kind, len(self), [None, views, *frames.buffers[2:]], offset=offset)


class BatchFrames:
    """The frames of one batch: those of row r are the values from offsets[r] to offsets[r + 1].

    `each` is how many frames every row has, or 0 where they differ.
    """

    def __init__(self, batch: pa.RecordBatch) -> None:
        self.batch = batch
        column = batch.column("frames")
        values = column.values
        self.offsets = column.offsets.to_numpy()
        self.start, self.end = int(self.offsets[0]), int(self.offsets[-1])
        self.count = self.end - self.start
        self.buffers = values.buffers()
        self.offset = values.offset
        views = self.buffers[1] if self.buffers[1] is not None else b""
        self.words = np.frombuffer(views, np.uint64).reshape(-1, 2)[self.offset : self.offset + len(values)]
        self._values = values
        self._counts = np.diff(self.offsets)
        most = int(self._counts[0]) if len(self._counts) else 0
        self.each = most if (self._counts == most).all() else 0
        self._owners: Places | None = None

    def pick(self, frame: int | None, rows: Mask | None) -> Picked:
        """Frame number `frame` of each row (negative: from the end), or every frame; of these rows only."""
        if rows is not None and rows.all():
            rows = None
        places: Places | slice
        if frame is None:
            places = slice(self.start, self.end, 1) if rows is None else self._all_of(np.flatnonzero(rows))
        elif rows is None and self.each and -self.each <= frame < self.each:
            places = slice(self.start + frame % self.each, self.end, self.each)
        else:
            has = self._counts > frame if frame >= 0 else self._counts >= -frame
            base = self.offsets[:-1] if frame >= 0 else self.offsets[1:]
            places = base[has if rows is None else has & rows].astype(np.int64) + frame
        picked = Picked(self, places)
        if self._values.null_count:
            picked = picked.narrowed(self._values.is_valid().to_numpy(zero_copy_only=False)[places])
        return picked

    def _all_of(self, rows: Places) -> Places:
        """The places of all frames of some rows."""
        counts = self._counts[rows]
        ends = np.cumsum(counts)
        places: Places = np.repeat(self.offsets[rows] - ends + counts, counts)
        places += np.arange(len(places))
        return places

    def rows_of(self, places: Places) -> Places:
        """The rows that frames belong to, by their places."""
        if self.each:
            return (places - self.start) // self.each
        if self._owners is None:
            self._owners = np.repeat(np.arange(len(self._counts)), self._counts)
        return self._owners[places - self.start]

    def sizes(self, picked: Picked) -> Places:
        """True sizes in bytes."""
        lengths: Places = (picked.heads() & _LENGTH).astype(np.int64)
        told = self.batch.column("true_sizes").is_valid()
        if told.true_count:
            places = picked.every()
            rows = self.rows_of(places)
            for at in np.flatnonzero(told.to_numpy(zero_copy_only=False)[rows]).tolist():
                sizes = self.batch.column("true_sizes")[int(rows[at])]
                number = int(places[at] - self.offsets[rows[at]])
                if number < len(sizes):
                    lengths[at] = sizes[number].as_py()
        return lengths

    def of_topics(self, picked: Picked) -> Picked:
        """Those that belong to messages of publish-subscribe traffic, of one frame of each row at most."""
        rows = picked.rows() if len(picked) < self.batch.num_rows else None
        published = where(self.batch, "from_type", TOPIC_TYPES.__contains__, rows)
        published |= where(self.batch, "to_type", TOPIC_TYPES.__contains__, rows)
        return picked.narrowed(published & where(self.batch, "kind", "message".__eq__, rows))

    def text_mask(self, kept: Kept) -> Mask | None:
        """Which frames are text, from the first on; None when all are."""
        mask = text_mask(self._values.slice(self.start, self.count))
        kept.put(self.batch, TEXT, (mask,), 0 if mask is None else mask.nbytes)
        return mask


def _range(places: slice) -> range:
    return range(places.start, places.stop, places.step)


def narrowing(test: Test) -> Narrow | None:
    """What the first bytes of a frame tell about a comparison; None when nothing."""
    if test.field.decoder == "json":
        return begins_like_json
    if test.field.type not in ("text", "bytes"):
        return None
    values = [value.encode() if isinstance(value, str) else value for value in test.values]
    wanted = [value for value in values if isinstance(value, bytes)]
    if test.operator in ("==", "in"):
        return _equal([len(value) | int.from_bytes(value[:4], "little") << 32 for value in wanted])
    if test.operator == "startswith" and wanted[0]:
        least = np.uint64(len(wanted[0]))
        return lambda heads: (heads & _LENGTH) >= least
    return None


def begins_like_json(heads: Heads) -> Mask:
    """Which frames may be an object or a list of JSON, by their first two bytes: many a Protobuf begins with 0a.

    None is longer than `MOST_JSON`.
    """
    begins: Mask = _JSON_STARTS[(heads >> np.uint64(32)) & np.uint64(0xFFFF)]
    begins &= (heads & _LENGTH) <= np.uint64(MOST_JSON)
    return begins


def _equal(wanted: list[int]) -> Narrow:
    if len(wanted) == 1:
        one = np.uint64(wanted[0])
        return lambda heads: heads == one
    several = np.array(wanted, np.uint64)
    return lambda heads: np.isin(heads, several)
