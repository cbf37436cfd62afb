"""Rows in the order of a column: for tables that are sorted by something else than arrival.

- A column is named as in a filter: `size`, `time`, `node`, `frames.count`, `topic`, `json.price`. What JSON holds at a
  path is looked up in the last frame that is JSON; numbers come before text.
- Rows that have nothing there come last, whichever way the others go. Equal rows stay in the order of their arrival.
- Columns of rows are sorted by numpy in one go: 0.3 s for ten million sizes. Words and topics are ranked once each,
  however many rows share them; so are texts in JSON, which DuckDB reads.
- The first rows are known before all are sorted: as fast as ten million numbers can be compared with one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zinspector.capture.filter.frames import BatchFrames
from zinspector.capture.filter.kept import Kept
from zinspector.capture.filter.numbers import Column, column
from zinspector.capture.filter.reading import read
from zinspector.capture.filter.topic_words import topics
from zinspector.capture.filter.tree import Field, Test
from zinspector.capture.masks import Mask
from zinspector.capture.progress import CancelledError, Progress
from zinspector.capture.query import Query
from zinspector.capture.schema import WORDS
from zinspector.errors import UserError

Numbers = npt.NDArray[np.int64]
Array = npt.NDArray[Any]

MOST_WORDS: Final = 2_000_000
SAMPLE: Final = 10_000
ALL_ROWS: Final = 1 << 40
NUMERIC: Final = """
SELECT n, k, k IS NULL AND v IS NOT NULL
FROM (SELECT n, v, {number} AS k FROM (SELECT n, {value} AS v FROM messages))
"""
RANKED: Final = """
WITH found AS (SELECT n, {value} AS v FROM messages), ranks AS (
    SELECT v, row_number() OVER (ORDER BY {number} NULLS LAST, v)::DOUBLE AS k
    FROM (SELECT DISTINCT v FROM found WHERE v IS NOT NULL))
SELECT n, k FROM found LEFT JOIN ranks USING (v)
"""
NUMBER: Final = "CASE WHEN isfinite(TRY_CAST(v AS DOUBLE)) THEN TRY_CAST(v AS DOUBLE) END"


class Keys(NamedTuple):
    """What rows are sorted by, one for each row of some batches, and which rows have it."""

    values: Array
    there: Mask


class Order:
    """Some rows in the order of a column."""

    def __init__(
        self,
        batches: Sequence[pa.RecordBatch],
        numbers: Numbers,
        column: str,
        *,
        descending: bool = False,
        kept: Kept | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Looks up what the rows of these batches with these numbers, given ascending, are sorted by.

        `kept` may hold topics. Raises CancelledError once `progress` answers False, UserError for what is no column.
        """
        going = progress or (lambda _: True)
        keys = _keys(batches, _field(column), Kept() if kept is None else kept, going)
        if not going(0.5):
            raise CancelledError("sorting was cancelled")
        numbers = numbers[np.searchsorted(numbers, _first(batches)) :]
        if len(numbers) < len(keys.values):
            keys = Keys(*(part[numbers - _first(batches)] for part in keys))
        whole = bool(keys.there.all())
        values = keys.values if whole else keys.values[keys.there]
        self.numbers = numbers
        """Those of the rows that are still there, ascending."""
        self._having = numbers if whole else numbers[keys.there]
        self._missing = numbers[:0] if whole else numbers[~keys.there]
        self._values = values
        self._descending = descending

    def rows(self) -> Numbers:
        """The numbers of all rows, in order."""
        having = self._having[_order(self._values, descending=self._descending)]
        return np.concatenate([having, self._missing]) if len(self._missing) else having

    def first(self, count: int) -> Numbers:
        """The numbers of up to so many rows that come first and have what they are sorted by, in order."""
        return self._having[_least(_turned(self._values) if self._descending else self._values, count)]


def sortable(column: str) -> bool:
    """Whether rows can be sorted by this column."""
    try:
        field = _field(column)
    except UserError:
        return False
    return not field.of_frames or field.topic or (field.decoder == "json" and field.frame is None)


def _field(column: str) -> Field:
    tree = read(column)
    if not isinstance(tree, Test) or tree.operator != "exists":
        raise UserError("this is no column", where=column[:80], remedy="write size, topic or json.price")
    return tree.field


def _keys(batches: Sequence[pa.RecordBatch], field: Field, kept: Kept, going: Progress) -> Keys:
    if field.column in WORDS:
        return _ranked([batch.column(field.column) for batch in batches], _as_read)
    if field.topic:
        return _ranked([topics(BatchFrames(batch), kept) for batch in _watched(batches, going)], str.encode)
    if field.column == "anomalies":
        return _joined([_lengths(batch.column("anomalies")) for batch in batches])
    if field.decoder:
        return _asked(batches, field, going)
    return _joined([_counted(column(batch, field.column)) for batch in batches])


def _watched(batches: Sequence[pa.RecordBatch], going: Progress) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        if not going(0.0):
            raise CancelledError("sorting was cancelled")
        yield batch


def _joined(parts: Sequence[Keys]) -> Keys:
    if not parts:
        return Keys(np.zeros(0, np.int64), np.zeros(0, np.bool_))
    return Keys(np.concatenate([part.values for part in parts]), np.concatenate([part.there for part in parts]))


def _counted(found: Column) -> Keys:
    return Keys(found.values, np.ones(len(found.values), np.bool_) if found.there is None else found.there)


def _lengths(column: pa.Array) -> Keys:
    lengths = np.diff(column.offsets.to_numpy())
    return Keys(lengths, lengths > 0)


def _ranked(columns: Sequence[pa.DictionaryArray], key: Callable[[str], Any]) -> Keys:
    """The place of each row's word among all words in order."""
    if sum(len(column.dictionary) for column in columns) > MOST_WORDS:
        raise UserError("too many different words to be sorted", remedy="filter some messages first")
    words = [column.dictionary.to_pylist() for column in columns]
    ranks = {word: rank for rank, word in enumerate(sorted({*chain.from_iterable(words)} - {None}, key=key))}
    placed = [[ranks.get(word, -1) for word in some] for some in words]
    return _joined([_places(column, some) for column, some in zip(columns, placed, strict=True)])


def _places(column: pa.DictionaryArray, ranks: list[int]) -> Keys:
    codes = column.indices.fill_null(len(ranks)) if column.indices.null_count else column.indices
    values = np.array([*ranks, -1], np.int32).take(codes.to_numpy())
    return Keys(values, values >= 0)


def _as_read(word: str) -> tuple[str, str]:
    return word.casefold(), word


def _asked(batches: Sequence[pa.RecordBatch], field: Field, going: Progress) -> Keys:
    """What JSON holds: as numbers where all are numbers, otherwise as ranks."""
    value = f"payload->>{_path(field)}"
    found = _run(NUMERIC.format(value=value, number=NUMBER), batches, going)
    if not found.column(2).to_numpy().any():
        return _by_number(found, batches)
    return _by_number(_run(RANKED.format(value=value, number=NUMBER), batches, going), batches)


def _run(sql: str, batches: Sequence[pa.RecordBatch], going: Progress) -> pa.Table:
    """Run a query; another thread looks whether it is still wanted."""
    query = Query(sql)
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.05):
            if not going(0.0):
                query.cancel()

    watcher = threading.Thread(target=watch, name="sort-watch", daemon=True)
    watcher.start()
    try:
        return query.run(batches, ALL_ROWS).table
    except UserError:
        if not going(0.0):
            raise CancelledError("sorting was cancelled") from None
        raise
    finally:
        ended.set()
        watcher.join()


def _by_number(found: pa.Table, batches: Sequence[pa.RecordBatch]) -> Keys:
    count = sum(batch.num_rows for batch in batches)
    values, there = np.zeros(count), np.zeros(count, np.bool_)
    places = found.column(0).to_numpy().astype(np.int64) - _first(batches)
    keys = found.column(1)
    valid = keys.is_valid().to_numpy()
    values[places] = keys.fill_null(0).to_numpy()
    there[places] = valid
    return Keys(values, there)


def _path(field: Field) -> str:
    steps = "".join(
        f"[{step}]" if isinstance(step, int) else '."' + step.replace("\\", "\\\\").replace('"', '\\"') + '"'
        for step in field.path
    )
    return "'$" + steps.replace("'", "''") + "'"


def _first(batches: Sequence[pa.RecordBatch]) -> int:
    return int(batches[0].column("n")[0].as_py()) if batches else 0


def _turned(values: Array) -> Array:
    """Values in the opposite order."""
    return -values if values.dtype.kind == "f" else ~values


def _order(values: Array, *, descending: bool) -> Numbers:
    """The places of values in order. Equal ones stay in order: downwards it is sorted backwards from the back."""
    if (values[1:] >= values[:-1]).all() and (not descending or (values[1:] > values[:-1]).all()):
        places = np.arange(len(values))  # as times mostly are
        return places[::-1] if descending else places
    values = _narrow(values)
    if not descending:
        return np.argsort(values, kind="stable")
    backwards: Numbers = np.argsort(values[::-1], kind="stable")[::-1]
    return len(values) - 1 - backwards


def _least(values: Array, count: int) -> Numbers:
    """The places of up to so many of the least values, in order; equal ones stay in order.

    A sample tells which value about so many lie below.
    """
    sample = np.sort(values[:: max(1, len(values) // SAMPLE)])
    at = 2 * count * len(sample) // max(1, len(values)) + 1
    while at < len(sample):
        limit = sample[at]
        below = np.flatnonzero(values < limit)
        equal = np.flatnonzero(values == limit)[:count]
        if len(below) + len(equal) >= count:
            some = np.sort(np.concatenate([below, equal]))
            return some[np.argsort(values[some], kind="stable")[:count]]
        at *= 4
    return _order(values, descending=False)[:count]


def _narrow(values: Array) -> Array:
    """The same order in 8 or 16 bits where that is enough: numpy then sorts by radix, five times as fast."""
    if not len(values):
        return values
    low, high = values.min(), values.max()
    if high - low >= 1 << 16 or (values.dtype.kind == "f" and (values != np.floor(values)).any()):
        return values
    small: Array = (values - low).astype(np.uint8 if high - low < 1 << 8 else np.uint16)
    return small
