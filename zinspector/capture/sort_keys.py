"""What rows are sorted by: a number for each row, whatever the column holds.

Words and topics are ranked once each, however many rows share them; so are texts in JSON, which DuckDB reads. What JSON
holds at a path is looked up in the last frame that is JSON.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from zinspector.capture.filter.evaluate import THREADS
from zinspector.capture.filter.frames import BatchFrames
from zinspector.capture.filter.kept import Kept
from zinspector.capture.filter.numbers import Column, column
from zinspector.capture.filter.topic_words import topics
from zinspector.capture.filter.tree import Field
from zinspector.capture.masks import Mask
from zinspector.capture.progress import CancelledError, Progress
from zinspector.capture.query import Query
from zinspector.capture.schema import WORDS
from zinspector.errors import UserError

Array = npt.NDArray[Any]

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


def keys(batches: Sequence[pa.RecordBatch], field: Field, kept: Kept, going: Progress) -> Keys:
    """What the rows of these batches have in this field.

    Raises CancelledError once `going` answers False.
    """
    if field.column in WORDS:
        return _ranked([batch.column(field.column) for batch in batches], _read_ranks)
    if field.topic:
        with ThreadPoolExecutor(THREADS, "sort") as pool:
            found = pool.map(lambda batch: topics(BatchFrames(batch), kept) if going(0.0) else None, batches)
            words = [each for each in found if each is not None]
        if len(words) < len(batches):
            raise CancelledError("sorting was cancelled")
        return _ranked(words, _ranks)
    if field.column == "anomalies":
        return _joined([_lengths(batch.column("anomalies")) for batch in batches])
    if field.decoder:
        return _asked(batches, field, going)
    return _joined([_counted(column(batch, field.column)) for batch in batches])


def _joined(parts: Sequence[Keys]) -> Keys:
    if not parts:
        return Keys(np.zeros(0, np.int64), np.zeros(0, np.bool_))
    return Keys(np.concatenate([part.values for part in parts]), np.concatenate([part.there for part in parts]))


def _counted(found: Column) -> Keys:
    return Keys(found.values, np.ones(len(found.values), np.bool_) if found.there is None else found.there)


def _lengths(column: pa.Array) -> Keys:
    lengths = np.diff(column.offsets.to_numpy())
    return Keys(lengths, lengths > 0)


def _ranked(columns: Sequence[pa.DictionaryArray], rank: Callable[[pa.Array], Array]) -> Keys:
    """The place of each row's word among all words in order; `rank` gives it for words, -1 for nulls."""
    if not columns:
        return _joined([])
    words = [column.dictionary.cast(pa.large_string()) for column in columns]
    ranks = rank(pa.concat_arrays(words))
    ends = np.cumsum([len(some) for some in words])
    parts = np.split(ranks, ends[:-1])
    return _joined([_places(column, some) for column, some in zip(columns, parts, strict=True)])


def _places(column: pa.DictionaryArray, ranks: Array) -> Keys:
    codes = column.indices.fill_null(len(ranks)) if column.indices.null_count else column.indices
    values = np.append(ranks, np.int32(-1)).take(codes.to_numpy())
    return Keys(values, values >= 0)


def _ranks(words: pa.Array) -> Array:
    """In the order of their bytes; there may be as many as rows."""
    ranks = pc.rank(words, sort_keys="ascending", tiebreaker="dense").to_numpy().astype(np.int32)
    return np.where(words.is_valid().to_numpy(zero_copy_only=False), ranks, np.int32(-1))


def _read_ranks(words: pa.Array) -> Array:
    """In the order in which people look for them: there are few."""
    known = words.to_pylist()
    order = sorted({*known} - {None}, key=lambda word: (word.casefold(), word))
    ranks = {word: rank for rank, word in enumerate(order)}
    return np.array([ranks.get(word, -1) for word in known], np.int32)


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
    places = found.column(0).to_numpy().astype(np.int64) - first_number(batches)
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


def first_number(batches: Sequence[pa.RecordBatch]) -> int:
    """The number of the first row of some batches, 0 where there is none."""
    return int(batches[0].column("n")[0].as_py()) if batches else 0
