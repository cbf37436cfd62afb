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
_JSON_STARTS: Final = np.zeros(256, np.bool_)
_JSON_STARTS[list(b"{[ \t\r\n")] = True
_LENGTH: Final = np.uint64(0xFFFFFFFF)


@dataclass(frozen=True, slots=True)
class Picked:
    """Frames by their places among the values of a batch (None: all of them), and the row of each."""

    frames: BatchFrames
    places: Places | None
    rows: Places | None

    def __len__(self) -> int:
        return self.frames.count if self.places is None else len(self.places)

    def narrowed(self, mask: Mask) -> Picked:
        """Those for which `mask` is set."""
        hits = np.flatnonzero(mask)
        if len(hits) == len(self):
            return self
        places = hits + self.frames.start if self.places is None else self.places[hits]
        return Picked(self.frames, places, None if self.rows is None else self.rows[hits])

    def heads(self) -> Heads:
        """The first eight bytes of the views: the length, and above it four bytes of the frame."""
        words = self.frames.words[:, 0]
        return words[self.frames.start : self.frames.end] if self.places is None else words[self.places]

    def array(self, kind: pa.DataType) -> pa.Array:
        """The frames themselves, as binary_view or string_view."""
        frames = self.frames
        if self.places is None:
            views, offset = frames.buffers[1], frames.offset + frames.start
        else:
            views, offset = pa.py_buffer(frames.words[self.places]), 0
        return pa.Array.from_buffers(kind, len(self), [None, views, *frames.buffers[2:]], offset=offset)

    def rows_of(self, hits: Places) -> Places:
        """The rows that frames belong to, by their numbers among these."""
        if self.rows is not None:
            return self.rows[hits]
        places = hits + self.frames.start if self.places is None else self.places[hits]
        return np.searchsorted(self.frames.offsets, places, "right") - 1


class BatchFrames:
    """The frames of one batch: those of row r are the values from offsets[r] to offsets[r + 1]."""

    def __init__(self, batch: pa.RecordBatch) -> None:
        self.batch = batch
        column = batch.column("frames")
        values = column.values
        self.offsets = column.offsets.to_numpy()
        self.start, self.end = int(self.offsets[0]), int(self.offsets[-1])
        self.count = self.end - self.start
        self.buffers = values.buffers()
        self.offset = values.offset
        self.nulls = values.null_count > 0
        views = self.buffers[1] if self.buffers[1] is not None else b""
        self.words = np.frombuffer(views, np.uint64).reshape(-1, 2)[self.offset : self.offset + len(values)]
        self._values = values

    def pick(self, frame: int | None, rows: Mask | None) -> Picked:
        """Frame number `frame` of each row (negative: from the end), or every frame; of these rows only."""
        if frame is None:
            if rows is None or rows.all():
                return self._there(Picked(self, None, None))
            places = np.flatnonzero(np.repeat(rows, np.diff(self.offsets))) + self.start
            return self._there(Picked(self, places, None))
        first, end = self.offsets[:-1], self.offsets[1:]
        has = end - first > frame if frame >= 0 else end - first >= -frame
        if rows is not None:
            has &= rows
        chosen = np.flatnonzero(has)
        base = first if frame >= 0 else end
        places = (base if len(chosen) == len(base) else base[chosen]).astype(np.int64) + frame
        return self._there(Picked(self, places, chosen))

    def text(self, picked: Picked, kept: Kept) -> Picked:
        """Those that are text."""
        mask = self._text_mask(kept)
        if mask is None:
            return picked
        return picked.narrowed(mask if picked.places is None else mask[picked.places - self.start])

    def sizes(self, picked: Picked) -> pa.Array:
        """True sizes in bytes."""
        lengths = (picked.heads() & _LENGTH).astype(np.int64)
        column = self.batch.column("true_sizes")
        if column.null_count < len(column):
            cut = picked.rows_of(np.arange(len(picked)))
            told = np.flatnonzero(column.is_valid().to_numpy(zero_copy_only=False)[cut])
            places = np.arange(self.start, self.end) if picked.places is None else picked.places
            for at in told.tolist():
                row = int(cut[at])
                sizes = column[row]
                number = int(places[at] - self.offsets[row])
                if number < len(sizes):
                    lengths[at] = sizes[number].as_py()
        return pa.array(lengths)

    def of_topics(self, rows: Places) -> Mask:
        """Which of these rows are messages of publish-subscribe traffic."""
        published = where(self.batch, "from_type", TOPIC_TYPES.__contains__)
        published |= where(self.batch, "to_type", TOPIC_TYPES.__contains__)
        mask: Mask = (published & where(self.batch, "kind", "message".__eq__))[rows]
        return mask

    def _there(self, picked: Picked) -> Picked:
        if not self.nulls:
            return picked
        valid = self._values.is_valid().to_numpy(zero_copy_only=False)
        return picked.narrowed(valid[self.start : self.end] if picked.places is None else valid[picked.places])

    def _text_mask(self, kept: Kept) -> Mask | None:
        known = kept.get(self.batch, TEXT)
        if known is None:
            mask = text_mask(self._values.slice(self.start, self.count))
            known = (mask,)
            kept.put(self.batch, TEXT, known, 0 if mask is None else mask.nbytes)
        found: Mask | None = known[0]
        return found


def narrowing(test: Test) -> Narrow | None:
    """What the first bytes of a frame tell about a comparison; None when nothing."""
    if test.field.decoder == "json":
        return lambda heads: _JSON_STARTS[(heads >> np.uint64(32)) & np.uint64(0xFF)]
    if test.field.type not in ("text", "bytes"):
        return None
    values = [value.encode() if isinstance(value, str) else value for value in test.values]
    wanted = [value for value in values if isinstance(value, bytes)]
    if test.operator in ("==", "in"):
        return _equal([len(value) | int.from_bytes(value[:4], "little") << 32 for value in wanted])
    if test.operator in ("contains", "startswith") and wanted[0]:
        least = np.uint64(len(wanted[0]))
        return lambda heads: (heads & _LENGTH) >= least
    return None


def _equal(wanted: list[int]) -> Narrow:
    if len(wanted) == 1:
        one = np.uint64(wanted[0])
        return lambda heads: heads == one
    several = np.array(wanted, np.uint64)
    return lambda heads: np.isin(heads, several)
