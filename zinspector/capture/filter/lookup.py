"""What JSON holds at a path, in many frames at once, and kept for the next filter that asks.

Numbers are kept as floats of 32 bits where these are exact, else of 64, and everything else as JSON text; from kept
text, numbers come without reading JSON again. So `json.price`, then `json.price > 1`, then `json.price > 10` read it
once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import partial
from typing import Final, NamedTuple

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zinspector.capture.filter import sql
from zinspector.capture.filter.frames import Places
from zinspector.capture.filter.kept import Kept
from zinspector.capture.filter.tree import Field, Test

SAMPLE: Final = 1024
DENSE: Final = 16  # one in so many rows: then a bit for each row takes no more than half of what numbers take


class Values(NamedTuple):
    """What was found in frames, and what tells the rows of some of the values, by their numbers."""

    values: pa.Array
    rows_of: Callable[[Places], Places]


class Found(NamedTuple):
    """What JSON holds, and in which rows, to be kept: a range without gaps, a bit for each row, or their numbers."""

    values: pa.Array
    rows: range | bytes | npt.NDArray[np.int32]

    @classmethod
    def of(cls, values: pa.Array, rows: Places) -> Found:
        """Most captures have one value in each row or in most: then rows need little memory. A row may have several."""
        values = (_short_numbers if pa.types.is_float64(values.type) else _short_texts)(values)
        if not len(rows):
            return cls(values, range(0))
        once = bool(np.all(rows[1:] > rows[:-1]))
        if once and rows[-1] - rows[0] == len(rows) - 1:
            return cls(values, range(int(rows[0]), int(rows[-1]) + 1))
        if once and rows[-1] < DENSE * len(rows):
            bits = np.zeros(int(rows[-1]) + 1, np.bool_)
            bits[rows] = True
            return cls(values, np.packbits(bits).tobytes())
        return cls(values, rows.astype(np.int32))

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        rows = self.rows
        if isinstance(rows, range):
            return int(self.values.nbytes)
        return int(self.values.nbytes) + (len(rows) if isinstance(rows, bytes) else rows.nbytes)

    def places(self) -> Places:
        """The row of each value."""
        rows = self.rows
        if isinstance(rows, range):
            return np.arange(rows.start, rows.stop)
        if isinstance(rows, bytes):
            return np.flatnonzero(np.unpackbits(np.frombuffer(rows, np.uint8)))
        return rows.astype(np.int64)

    def as_values(self) -> Values:
        """The same, to be compared."""
        rows = self.rows
        if isinstance(rows, range):
            return Values(_long(self.values), partial(np.add, rows.start))
        return Values(_long(self.values), lambda hits: self.places()[hits])


def _short_numbers(numbers: pa.Array) -> pa.Array:
    """In half the memory where that keeps them exactly, as most that people write."""
    short = numbers.cast(pa.float32(), safe=False)
    return short if short.cast(pa.float64()).equals(numbers) else numbers


def _short_texts(texts: pa.Array) -> pa.Array:
    """Each once, where they repeat."""
    sample = texts.slice(0, SAMPLE)
    if 2 * len(sample.unique()) > len(sample):
        return texts
    found = texts.dictionary_encode()
    kind = pa.from_numpy_dtype(np.min_scalar_type(-1 - len(found.dictionary)))
    return pa.DictionaryArray.from_arrays(found.indices.cast(kind), found.dictionary)


def _long(values: pa.Array) -> pa.Array:
    """As they were."""
    if pa.types.is_dictionary(values.type):
        return values.dictionary_decode()
    return values.cast(pa.float64()) if pa.types.is_float32(values.type) else values


def project(database: duckdb.DuckDBPyConnection, table: pa.Table, *expressions: str) -> pa.ChunkedArray:
    """The last expression for each row of a table, in order; each is about `v`, the one before."""
    relation = database.from_arrow(table)
    for expression in expressions:
        relation = relation.project(f"{expression} AS v")
    return relation.to_arrow_table().column("v")


def known_numbers(batch: pa.RecordBatch, field: Field, kept: Kept) -> Found | None:
    """The numbers that JSON holds at the path of a field, if a filter has just asked for them: in order."""
    found: Found | None = kept.get(batch, (_key(field, 0), sql.NUMBER))
    return found


def _key(field: Field, version: int) -> Hashable:
    return version, field.decoder, field.path, field.frame


class Lookup:
    """What the path of one comparison leads to."""

    def __init__(self, test: Test, database: duckdb.DuckDBPyConnection, kept: Kept, version: int) -> None:
        """`version` tells apart what decoders gave under different rules."""
        self._test = test
        self._database = database
        self._kept = kept
        self._key = _key(test.field, version)
        self._steps = sql.NUMBER if sql.numeric(test) else sql.SCALAR

    def found(
        self, batches: Sequence[pa.RecordBatch], json: Callable[[list[int]], list[Values]], *, keep: bool
    ) -> list[Values]:
        """What it leads to in each batch. `json` gives the JSON text of batches by their numbers."""
        found = [self._kept.get(batch, (self._key, self._steps)) for batch in batches]
        known = [self._kept.get(batch, (self._key, sql.SCALAR)) for batch in batches]
        derived = [at for at, values in enumerate(found) if values is None and known[at] is not None]
        unread = [at for at, values in enumerate(found) if values is None and known[at] is None]
        made = list(self._split([known[at].as_values() for at in derived], *self._steps)) if derived else []
        made += self._read(json(unread)) if unread else []
        for at, values in zip([*derived, *unread], made, strict=True):
            found[at] = values
            if keep:
                self._kept.put(batches[at], (self._key, self._steps), values, values.size)
        return [values.as_values() for values in found]

    def _read(self, sources: list[Values]) -> list[Found]:
        path = self._test.field.path
        try:
            return list(self._split(sources, sql.at_path(path, guarded=False), *self._steps))
        except (duckdb.Error, UnicodeDecodeError):  # something isn't JSON, or not even text; guarding each costs more
            return list(self._split(sources, sql.at_path(path, guarded=True), *self._steps))

    def _split(self, sources: list[Values], *expressions: str) -> Iterator[Found]:
        """The expressions of all sources in one query, and of each what isn't NULL."""
        table = pa.table({"v": pa.chunked_array([source.values for source in sources])})
        column = project(self._database, table, *expressions).combine_chunks()
        end = 0
        for source in sources:
            start, end = end, end + len(source.values)
            part = column.slice(start, end - start)
            if part.null_count:
                there = np.flatnonzero(part.is_valid().to_numpy(zero_copy_only=False))
                yield Found.of(part.drop_null(), source.rows_of(there))
            else:
                yield Found.of(part, source.rows_of(np.arange(len(part))))
