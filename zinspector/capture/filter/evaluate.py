"""Which rows of some batches match a tree.

Batches are taken in groups, large enough that DuckDB's few milliseconds for a query don't count. Within a group
a tree is worked through from the top, and each part only looks at the rows that can still change the answer: what costs
least comes first in `and` and `or`. Numbers are compared by numpy. Words and topics are compared once each, by a query
over all that there are, and then rows by their codes. A comparison of frames is one query over those that can match.

What JSON holds at a path is kept for each batch, so the next filter with the same path reads no JSON.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from itertools import repeat
from typing import Any, Final, Protocol

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zinspector.capture.filter import sql
from zinspector.capture.filter.frames import BatchFrames, Picked, narrowing
from zinspector.capture.filter.kept import Kept
from zinspector.capture.filter.lookup import Lookup, Values, project
from zinspector.capture.filter.numbers import Column, column, matching
from zinspector.capture.filter.topic_words import Coded, coded, known
from zinspector.capture.filter.tree import And, Not, Or, Test, Tree, tests
from zinspector.capture.filter.vocabulary import asked_once
from zinspector.capture.masks import Mask, by_code

FIRST_ROWS: Final = 1 << 16
GROUP_ROWS: Final = 1 << 19
GROWTH: Final = 4
GROUP_BYTES: Final = 512 << 20
SPARSE: Final = 4  # one in so many rows left: what is found in them isn't worth keeping
THREADS: Final = min(4, os.cpu_count() or 1)


class Decoded(Protocol):
    """Where frames of other formats than JSON are decoded."""

    version: int
    """Another one when decoders give other values for the same frames."""

    def column(self, batch: pa.RecordBatch, decoder: str, rows: Mask | None) -> pa.Array:
        """JSON text for every frame of the batch, in order, null where the decoder has nothing to say.

        Only these `rows` are looked at. `proto.Quote.bid` looks up the path $.Quote.bid, so a decoder of protobuf gives
        an object with the name of the message type for its only key.
        """


def groups(batches: Iterable[pa.RecordBatch], most_rows: int = GROUP_ROWS) -> Iterator[list[pa.RecordBatch]]:
    """Batches in groups, in order: small ones first, so that there soon is some answer, then of about the same size."""
    group: list[pa.RecordBatch] = []
    rows = size = 0
    wanted = min(FIRST_ROWS, most_rows)
    for batch in batches:
        group.append(batch)
        rows += batch.num_rows
        size += batch.get_total_buffer_size()
        if rows >= wanted or size >= GROUP_BYTES:
            yield group
            group, rows, size = [], 0, 0
            wanted = min(wanted * GROWTH, most_rows)
    if group:
        yield group


def cost(tree: Tree) -> int:
    """What comes first: rows, then frames by their first bytes, then text, then JSON."""
    dearest = 0
    for test in tests(tree):
        if test.field.of_frames and test.field.type != "none":
            equal = sql.as_bytes(test) and test.operator in ("==", "in")
            dearest = max(dearest, 3 if test.field.decoder else 1 if equal else 2)
    return dearest


class Group:
    """Some batches, and the queries about them."""

    def __init__(
        self,
        batches: Sequence[pa.RecordBatch],
        database: duckdb.DuckDBPyConnection,
        pool: ThreadPoolExecutor | None,
        kept: Kept,
        decoded: Decoded | None,
    ) -> None:
        """Without a `pool`, all is done by who asks."""
        self._batches = batches
        self._database = database
        self._map: Callable[..., Iterator[Any]] = map if pool is None else pool.map
        self._kept = kept
        self._decoded = decoded
        self._starts = np.cumsum([0, *(batch.num_rows for batch in batches)])
        self.rows = int(self._starts[-1])

    @cached_property
    def _frames(self) -> list[BatchFrames]:
        return list(map(BatchFrames, self._batches))

    def mask(self, tree: Tree, among: Mask | None = None) -> Mask:
        """Which rows match, of those in `among`."""
        if isinstance(tree, And):
            return self._all_of(tree.items, among)
        if isinstance(tree, Or):
            return self._any_of(tree.items, among)
        found = ~self.mask(tree.item, among) if isinstance(tree, Not) else self._tested(tree, among)
        return found if among is None else found & among

    def _all_of(self, items: Sequence[Tree], among: Mask | None) -> Mask:
        for item in sorted(items, key=cost):
            among = self.mask(item, among)
        assert among is not None
        return among

    def _any_of(self, items: Sequence[Tree], among: Mask | None) -> Mask:
        found = np.zeros(self.rows, np.bool_)
        for item in sorted(items, key=cost):
            left = ~found if among is None else ~found & among
            found |= self.mask(item, left)
        return found

    def _tested(self, test: Test, among: Mask | None) -> Mask:
        field = test.field
        if field.type == "word":
            columns = [batch.column(field.column) for batch in self._batches]
            hits = self._words(test, [column.dictionary for column in columns])
            return np.concatenate([by_code(column.indices, some) for column, some in zip(columns, hits, strict=True)])
        if field.topic and (topics := self._topics(test)):
            hits = self._words(test, [each.words if sql.as_bytes(test) else each.texts for each in topics])
            return np.concatenate([some[each.codes] for each, some in zip(topics, hits, strict=True)])
        if field.type == "none":
            return np.concatenate([column(batch, "frames.count").values > 0 for batch in self._batches])
        if field.of_frames or field.type == "words":
            return self._looked_up(test, among)
        return np.concatenate([matching(column(batch, field.column), test) for batch in self._batches])

    def _topics(self, test: Test) -> list[Coded]:
        """The topics of all batches, unless to compare their bytes costs less than to code them."""
        kept = [each for batch in self._batches if (each := known(batch, self._kept)) is not None]
        if len(kept) == len(self._batches):
            return kept
        return [] if sql.as_bytes(test) else list(self._map(coded, self._frames, repeat(self._kept)))

    def _words(self, test: Test, words: Sequence[pa.Array]) -> list[Mask]:
        """Which of the words of each batch match."""
        condition = sql.held(test)
        return asked_once(words, lambda some: self._asked(pa.table({"v": pa.chunked_array(some)}), condition))

    def _looked_up(self, test: Test, among: Mask | None) -> Mask:
        """Rows in which one of several values matches."""
        if test.field.decoder:
            parts = self._found(test, among)
        else:  # some tenths of a millisecond for a batch: threads would wait for each other
            parts = [self._values(test, at, among) for at in range(len(self._batches))]
        mask = np.zeros(self.rows, np.bool_)
        filled = [at for at, part in enumerate(parts) if len(part.values)]
        if not filled:
            return mask
        hits = self._hits(test, [parts[at].values for at in filled])
        end = 0
        for at in filled:
            start, end = end, end + len(parts[at].values)
            mask[self._starts[at] + parts[at].rows_of(np.flatnonzero(hits[start:end]))] = True
        return mask

    def _hits(self, test: Test, values: Sequence[pa.Array]) -> Mask:
        if test.field.type == "number" or sql.numeric(test):
            return matching(Column(np.concatenate(values), None), test)
        return self._asked(pa.table({"v": pa.chunked_array(values)}), sql.held(test))

    def _among(self, at: int, among: Mask | None) -> Mask | None:
        return None if among is None else among[self._starts[at] : self._starts[at + 1]]

    def _picked(self, test: Test, at: int, among: Mask | None) -> Picked:
        """The frames of one batch that can match."""
        frames, field = self._frames[at], test.field
        picked = frames.pick(field.frame, self._among(at, among))
        narrow = narrowing(test)
        if narrow is not None and len(picked):
            picked = picked.narrowed(narrow(picked.heads()))
        return frames.of_topics(picked) if field.topic and len(picked) else picked

    def _values(self, test: Test, at: int, among: Mask | None) -> Values:
        if test.field.type == "words":
            return _listed(self._batches[at].column(test.field.column))
        picked = self._picked(test, at, among)
        if test.field.type == "number":
            return Values(picked.frames.sizes(picked), picked.rows_of)
        if sql.as_bytes(test):
            return Values(picked.array(pa.binary_view()), picked.rows_of)
        # Whether it is text is asked of those only that match: DuckDB searches other bytes without complaint
        return Values(picked.array(pa.string_view()), lambda hits: picked.only(hits).text(self._kept).rows())

    def _found(self, test: Test, among: Mask | None) -> list[Values]:
        few = among is not None and int(np.count_nonzero(among)) * SPARSE < self.rows
        rows = among if few else None
        version = 0 if test.field.decoder == "json" or self._decoded is None else self._decoded.version
        return Lookup(test, self._database, self._kept, version).found(
            self._batches, lambda which: self._each(lambda at: self._json(test, at, rows), which), keep=not few
        )

    def _json(self, test: Test, at: int, among: Mask | None) -> Values:
        """JSON text of frames: as it came, or as their decoder gives it."""
        picked = self._picked(test, at, among)
        if test.field.decoder == "json":  # what isn't text is no JSON either
            return Values(picked.array(pa.string_view()), picked.rows_of)
        if self._decoded is None:
            return Values(pa.array([], pa.utf8()), picked.narrowed(np.zeros(len(picked), np.bool_)).rows_of)
        column = self._decoded.column(self._batches[at], test.field.decoder, self._among(at, among))
        places = picked.every() - picked.frames.start
        return Values(column.take(pa.array(places)).cast(pa.utf8()), picked.rows_of)

    def _each(self, work: Callable[[int], Values], which: Sequence[int]) -> list[Values]:
        """What the work gives for some batches, several at once; one alone is not worth handing over."""
        return list(map(work, which) if len(which) == 1 else self._map(work, which))

    def _asked(self, table: pa.Table, condition: str) -> Mask:
        found = project(self._database, table, condition)
        mask: Mask = (found.fill_null(False) if found.null_count else found).to_numpy()
        return mask


def _listed(lists: pa.ListArray) -> Values:
    """The words of all rows."""
    owners = np.repeat(np.arange(len(lists)), pc.list_value_length(lists).fill_null(0).to_numpy())
    return Values(lists.flatten(), owners.__getitem__)
