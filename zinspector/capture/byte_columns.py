"""Columns of bytes, put together row by row: what writers of formats are made of.

Every function works on all rows of a batch at once, so a row costs no step of Python. A column of bytes is an Arrow
array of large_binary without nulls, whose values lie one after the other.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from zinspector.capture.masks import Mask, where
from zinspector.capture.message import TOPIC_TYPES
from zinspector.capture.schema import ENCRYPTED

BYTES: Final = pa.large_binary()

Numbers = npt.NDArray[np.int64]
Part: TypeAlias = "pa.Array | bytes"
"""A column, or what all rows have."""


def joined(*parts: Part) -> pa.Array:
    """For each row what the parts have for it, one after the other. One part at least is a column."""
    columns: list[pa.Array | pa.Scalar] = []
    for same, some in groupby(parts, lambda part: isinstance(part, bytes)):
        together = list(some)
        columns += [pa.scalar(b"".join(together), BYTES)] if same else together
    return pc.binary_join_element_wise(*columns, pa.scalar(b"", BYTES))


def frames_of(batch: pa.RecordBatch) -> tuple[pa.Array, Numbers]:
    """The frames of all rows, and where those of each row begin among them (with the end of the last)."""
    column = batch.column("frames")
    offsets = column.offsets.to_numpy().astype(np.int64)
    first, end = int(offsets[0]), int(offsets[-1])
    return column.values.slice(first, end - first).cast(BYTES), offsets - first


def sizes_of(batch: pa.RecordBatch, frames: pa.Array, places: Numbers) -> tuple[Numbers, Numbers]:
    """How many bytes were kept of each frame, and how many it had. `frames` and `places` are those of the batch."""
    kept = lengths(frames)
    told = batch.column("true_sizes")
    if told.null_count == len(told):
        return kept, kept
    true = kept.copy()
    true[np.repeat(told.is_valid().to_numpy(zero_copy_only=False), np.diff(places))] = told.flatten().to_numpy()
    return kept, true


def firsts(frames: pa.Array, places: Numbers) -> Numbers:
    """For each frame 1 where it is the first of its row, 0 where it follows another."""
    first = np.zeros(len(frames), np.int64)
    first[places[:-1][np.diff(places) > 0]] = 1
    return first


def encrypted(batch: pa.RecordBatch) -> Mask:
    """Which rows are messages that CURVE encrypted."""
    return where(batch, "name", ENCRYPTED.__eq__) & where(batch, "kind", "message".__eq__)


def topical(batch: pa.RecordBatch, places: Numbers) -> Mask:
    """Which rows begin with a topic, text or not."""
    published = where(batch, "from_type", TOPIC_TYPES.__contains__)
    published |= where(batch, "to_type", TOPIC_TYPES.__contains__)
    return published & where(batch, "kind", "message".__eq__) & ~encrypted(batch) & (np.diff(places) > 0)


def by_topic(batch: pa.RecordBatch, frames: pa.Array, places: Numbers, say: Callable[[str], bytes]) -> Part:
    """What `say` makes of the topic of each row, asked once for each; nothing where there is none that is text."""

    def said(topic: bytes | None) -> bytes:
        try:
            return b"" if topic is None else say(topic.decode())
        except UnicodeDecodeError:
            return b""

    there = topical(batch, places)
    first = frames.take(pa.array(np.where(there, places[:-1], 0), mask=~there))
    return by_word(first.dictionary_encode(), said)


def grouped(column: pa.Array, places: Numbers) -> pa.Array:
    """For each row its values one after the other: row r has those from places[r] to places[r + 1]."""
    return from_data(data_of(column), (ends_of(column) - ends_of(column)[0])[places])


def by_word(column: pa.DictionaryArray, say: Callable[[Any], bytes]) -> Part:
    """What `say` makes of the word of each row, asked once for each word that is there."""
    nowhere = len(column.dictionary)
    codes = column.indices.fill_null(nowhere).to_numpy()
    used = np.zeros(nowhere + 1, np.bool_)
    used[codes] = True
    there = np.flatnonzero(used).tolist()
    words = column.dictionary
    said: list[bytes] = [say(None if code == nowhere else words[code].as_py()) for code in there]
    return said[0] if len(said) == 1 else pa.array(said, BYTES).take(pa.array((np.cumsum(used) - 1)[codes]))


def digits(numbers: pa.Array | Numbers, missing: bytes = b"") -> Part:
    """Whole numbers as decimal digits."""
    array = pa.array(numbers) if isinstance(numbers, np.ndarray) else numbers
    if len(array) and array.null_count == len(array):
        return missing
    return array.cast(pa.large_utf8()).cast(BYTES).fill_null(missing)


def chosen(words: tuple[bytes, ...], numbers: npt.NDArray[Any]) -> pa.Array:
    """For each row the word with the number that it has."""
    return pa.array(words, BYTES).take(pa.array(numbers))


def replaced(column: pa.Array, rows: Numbers, values: list[bytes]) -> pa.Array:
    """The column with other values in some rows."""
    if not len(rows):
        return column
    indices = np.arange(len(column))
    indices[rows] = len(column) + np.arange(len(rows))
    return pa.concat_arrays([column, pa.array(values, BYTES)]).take(pa.array(indices))


def lengths(column: pa.Array) -> Numbers:
    """How many bytes each value has."""
    return np.diff(ends_of(column))


def ends_of(column: pa.Array) -> Numbers:
    """Where the values begin in their buffer, and where the last one ends."""
    buffer = column.buffers()[1]
    if buffer is None or not buffer.size:
        return np.zeros(1, np.int64)
    found: Numbers = np.frombuffer(buffer, np.int64)[column.offset : column.offset + len(column) + 1]
    return found


def data_of(column: pa.Array) -> pa.Buffer:
    """All values one after the other."""
    ends, data = ends_of(column), column.buffers()[2]
    return pa.py_buffer(b"") if data is None else data.slice(int(ends[0]), int(ends[-1] - ends[0]))


def from_data(data: Any, ends: Numbers) -> pa.Array:
    """A column of values that lie one after the other in `data`; value r ends where the next begins, at ends[r + 1]."""
    buffers = [None, pa.py_buffer(np.ascontiguousarray(ends)), pa.py_buffer(data)]
    return pa.Array.from_buffers(BYTES, len(ends) - 1, buffers)


def between(data: Any, starts: Numbers, ends: Numbers, there: Mask | None = None) -> pa.Array:
    """A column of what lies in `data` from starts[r] to ends[r], one behind the other; null where it isn't `there`."""
    bounds = np.stack([starts, ends], axis=1).ravel()
    which = pa.array(np.arange(len(starts)) * 2, mask=None if there is None else ~there)
    return from_data(data, bounds).take(which) if len(starts) else pa.array([], BYTES)


def fixed(values: npt.NDArray[Any]) -> pa.Array:
    """A column of values of the same size: the bytes of each item (of each row of a table)."""
    size = values.nbytes // max(len(values), 1)
    return from_data(np.ascontiguousarray(values), np.arange(len(values) + 1) * size)


def heads(table: npt.NDArray[np.uint8], sizes: Numbers) -> pa.Array:
    """A column with the first bytes of each row of a table."""
    data = table[np.arange(table.shape[1]) < sizes[:, None]]
    return from_data(data, np.concatenate([[0], np.cumsum(sizes)]))
