"""What rows are sorted by: a number for each row, whatever the column holds.

Words and topics are ranked once each, however many rows share them; so are texts in JSON, which DuckDB reads. What JSON
holds at a path is looked up in the last frame that is JSON; where filters find nothing but numbers, theirs are taken.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zinspector.capture.filter.display import Filter
from zinspector.capture.filter.evaluate import THREADS
from zinspector.capture.filter.frames import BatchFrames, begins_like_json
from zinspector.capture.filter.kept import Kept
from zinspector.capture.filter.lookup import Found, known_numbers
from zinspector.capture.filter.numbers import Column, column
from zinspector.capture.filter.topic_words import Coded, coded, known
from zinspector.capture.filter.tree import Field
from zinspector.capture.filter.vocabulary import asked_once
from zinspector.capture.held import Batches
from zinspector.capture.masks import Mask
from zinspector.capture.progress import CancelledError, Progress
from zinspector.capture.query import Query
from zinspector.capture.schema import WORDS
from zinspector.capture.sort_parts import GLANCED, Array, Glance, Part, Ranked
from zinspector.errors import UserError

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


def keys(batches: Batches, field: Field, kept: Kept, going: Progress) -> Sequence[Part]:
    """What the rows of these batches have in this field.

    Raises CancelledError once `going` answers False.
    """
    if field.column in GLANCED:
        return [Glance(held, field.column, kept) for held in batches.held]
    if field.column == "n":
        return [Part(held.start, np.arange(held.start, held.end)) for held in batches.held]
    if field.column in WORDS:
        return _ranked(batches, [_of_column(batch.column(field.column)) for batch in batches], _read_ranks)
    if field.topic:
        return _ranked(batches, _topics(batches, kept, going), _ranks)
    if field.decoder:
        return _found(batches, field, kept, going) or _asked(batches, field, going)
    read = _lengths if field.column == "anomalies" else _counted
    return [Part(held.start, *read(held.batch(), field.column)) for held in batches.held]


def _counted(batch: pa.RecordBatch, name: str) -> Column:
    return column(batch, name)


def _lengths(batch: pa.RecordBatch, name: str) -> Column:
    lengths = np.diff(batch.column(name).offsets.to_numpy())
    return Column(lengths, lengths > 0)


def _topics(batches: Batches, kept: Kept, going: Progress) -> list[Words]:
    """Those that are known take no time; the others are read by several threads."""
    found = {at: each for at, batch in enumerate(batches) if (each := known(batch, kept)) is not None}
    unread = [at for at in range(len(batches)) if at not in found]

    def read(at: int) -> Coded | None:
        return coded(BatchFrames(batches[at]), kept) if going(0.0) else None

    if unread:
        with ThreadPoolExecutor(THREADS, "sort") as pool:
            found |= {at: each for at, each in zip(unread, pool.map(read, unread), strict=True) if each is not None}
    if len(found) < len(batches):
        raise CancelledError("sorting was cancelled")
    every = (found[at] for at in range(len(batches)))
    return [Words(each.codes, each.texts, each.used) for each in every]


class Words(NamedTuple):
    """Words that a batch may share with others, and which of them each row has; a row may have one that is null."""

    codes: Array
    words: pa.Array
    used: Mask | None = None
    """Which of the first words there are in the batch; None where there may be all."""


def _of_column(column: pa.DictionaryArray) -> Words:
    words = column.dictionary.cast(pa.large_string())
    if not column.indices.null_count:
        return Words(column.indices.to_numpy(), words)
    return Words(column.indices.fill_null(len(words)).to_numpy(), pa.concat_arrays([words, pa.nulls(1, words.type)]))


def _ranked(batches: Batches, words: Sequence[Words], rank: Callable[[pa.Array], Array]) -> Sequence[Part]:
    """The place of each row's word among all words in order; `rank` gives it for words, -1 for nulls."""
    if not words:
        return []

    def ranked(different: list[pa.Array]) -> Array:
        ranks = rank(pa.concat_arrays(different))
        return ranks.astype(np.min_scalar_type(-1 - int(ranks.max(initial=0))))

    ranks = asked_once([some.words for some in words], ranked)
    parts = zip(batches.held, words, ranks, strict=True)
    return [Ranked(held.start, some.codes, mine, some.used) for held, some, mine in parts]


def _ranks(words: pa.Array) -> Array:
    """In the order of their bytes; there may be as many as rows."""
    ranks = (
        pc.rank(words.cast(pa.large_string()), sort_keys="ascending", tiebreaker="dense").to_numpy().astype(np.int32)
    )
    return np.where(words.is_valid().to_numpy(zero_copy_only=False), ranks, np.int32(-1))


def _read_ranks(words: pa.Array) -> Array:
    """In the order in which people look for them: there are few."""
    known = words.to_pylist()
    order = sorted({*known} - {None}, key=lambda word: (word.casefold(), word))
    ranks = {word: rank for rank, word in enumerate(order)}
    return np.array([ranks.get(word, -1) for word in known], np.int32)


def _found(batches: Batches, field: Field, kept: Kept, going: Progress) -> Sequence[Part] | None:
    """The numbers that a filter finds and keeps, if all frames that may be JSON have one: others may have text."""
    columns: list[Column] = []
    with closing(Filter(f"{field.name} > 0", kept=kept).masks(batches)) as masks:
        for batch, _ in zip(batches, masks, strict=True):
            if not going(0.0):
                raise CancelledError("sorting was cancelled")
            found = known_numbers(batch, field, kept)
            likely = begins_like_json(BatchFrames(batch).pick(field.frame, None).heads())
            if found is None or len(found.values) < np.count_nonzero(likely):
                return None
            columns.append(_of_rows(found, batch.num_rows))
    kind = np.result_type(np.float32, *(values.dtype for values, _ in columns))
    return [
        Part(held.start, values.astype(kind, copy=False), there)
        for held, (values, there) in zip(batches.held, columns, strict=True)
    ]


def _of_rows(found: Found, rows: int) -> Column:
    """A number for each row; of several in a row it is the last."""
    numbers = found.values.to_numpy()
    if len(numbers) == rows and isinstance(found.rows, range):
        return Column(numbers, None)
    values, there = np.zeros(rows, numbers.dtype), np.zeros(rows, np.bool_)
    places = found.places()
    values[places], there[places] = numbers, True
    return Column(values, there)


def _asked(batches: Batches, field: Field, going: Progress) -> Sequence[Part]:
    """What JSON holds: as numbers where all are numbers, otherwise as ranks."""
    value = f"payload->>{_path(field)}"
    found = _by_number(NUMERIC.format(value=value, number=NUMBER), batches, going)
    if found is None:
        found = _by_number(RANKED.format(value=value, number=NUMBER), batches, going)
    return found or []


def _by_number(sql: str, batches: Batches, going: Progress) -> Sequence[Part] | None:
    """What a query gives for the numbers of rows; None once it says of a row that it is no number."""
    first = batches.held[0].start if batches else 0
    values, there = np.zeros(batches.rows), np.zeros(batches.rows, np.bool_)
    with _asking(sql, batches, going) as reader:
        for some in reader:
            if some.num_columns == 3 and some.column(2).true_count:
                return None
            keys = some.column(1)
            places = some.column(0).to_numpy().astype(np.int64) - first
            values[places] = keys.fill_null(0).to_numpy()
            there[places] = keys.is_valid().to_numpy(zero_copy_only=False)
    with np.errstate(over="ignore"):  # then they are not equal
        short = values.astype(np.float32)
    found: Array = short if np.array_equal(short, values) else values
    parts = ((held.start, slice(held.start - first, held.end - first)) for held in batches.held)
    return [Part(start, found[mine], there[mine]) for start, mine in parts]


@contextmanager
def _asking(sql: str, batches: Batches, going: Progress) -> Iterator[pa.RecordBatchReader]:
    """What a query gives, while another thread looks whether it is still wanted."""
    query = Query(sql)
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.05):
            if not going(0.0):
                query.cancel()

    watcher = threading.Thread(target=watch, name="sort-watch", daemon=True)
    watcher.start()
    try:
        with query.reading(batches) as reader:
            yield reader
    except UserError:
        if not going(0.0):
            raise CancelledError("sorting was cancelled") from None
        raise
    finally:
        ended.set()
        watcher.join()


def _path(field: Field) -> str:
    steps = "".join(
        f"[{step}]" if isinstance(step, int) else '."' + step.replace("\\", "\\\\").replace('"', '\\"') + '"'
        for step in field.path
    )
    return "'$" + steps.replace("'", "''") + "'"
