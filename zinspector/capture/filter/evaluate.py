"""Which rows of some batches match a tree.

Batches are taken in groups, large enough that DuckDB's few hundred microseconds for a query don't count. Within a group
a tree is worked through from the top, and each part only looks at the rows that can still change the answer: what costs
least comes first in `and` and `or`. A part that looks into no frames is one query over the rows; a comparison of frames
is one query over those frames that can match.

What JSON holds at a path is kept for each batch, so the next filter with the same path reads no JSON.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Protocol

import duckdb
import numpy as np
import pyarrow as pa

from zinspector.capture.filter import sql
from zinspector.capture.filter.frames import BatchFrames, Picked, narrowing
from zinspector.capture.filter.kept import Kept
from zinspector.capture.filter.lookup import Lookup, Values, project
from zinspector.capture.filter.tree import And, Not, Test, Tree, tests
from zinspector.capture.masks import Mask

GROUP_ROWS: Final = 1 << 20
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
    """Batches in groups of about the same size, in order."""
    group: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        group.append(batch)
        rows += batch.num_rows
        size += batch.get_total_buffer_size()
        if rows >= most_rows or size >= GROUP_BYTES:
            yield group
            group, rows, size = [], 0, 0
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
        pool: ThreadPoolExecutor,
        kept: Kept,
        decoded: Decoded | None,
    ) -> None:
        self._batches = batches
        self._database = database
        self._pool = pool
        self._kept = kept
        self._decoded = decoded
        self._frames = [BatchFrames(batch) for batch in batches]
        self._starts = np.cumsum([0, *(batch.num_rows for batch in batches)])
        self.rows = int(self._starts[-1])

    def mask(self, tree: Tree, among: Mask | None = None) -> Mask:
        """Which rows match, of those in `among`."""
        if cost(tree) == 0:
            found = self._rows(tree)
            return found if among is None else found & among
        if isinstance(tree, Test):
            return self._looked_up(tree, among)
        if isinstance(tree, Not):
            denied = ~self.mask(tree.item, among)
            return denied if among is None else denied & among
        if isinstance(tree, And):
            return self._all_of(tree.items, among)
        return self._any_of(tree.items, among)

    def _all_of(self, items: Sequence[Tree], among: Mask | None) -> Mask:
        plain = tuple(item for item in items if cost(item) == 0)
        if plain:
            found = self._rows(And(plain) if len(plain) > 1 else plain[0])
            among = found if among is None else found & among
        for item in sorted((item for item in items if cost(item)), key=cost):
            among = self.mask(item, among)
        assert among is not None
        return among

    def _any_of(self, items: Sequence[Tree], among: Mask | None) -> Mask:
        found = np.zeros(self.rows, np.bool_)
        for item in sorted(items, key=cost):
            left = ~found if among is None else ~found & among
            found |= self.mask(item, left)
        return found

    def _rows(self, tree: Tree) -> Mask:
        columns = sql.row_columns(tests(tree))
        table = pa.Table.from_batches([batch.select(columns).replace_schema_metadata() for batch in self._batches])
        return self._asked(table, sql.rows(tree))

    def _looked_up(self, test: Test, among: Mask | None) -> Mask:
        if test.field.type == "none":
            return self._rows(test)
        if test.field.decoder:
            parts = self._found(test, among)
        else:
            parts = self._each(lambda at: self._picked_values(test, at, among), range(len(self._batches)))
        mask = np.zeros(self.rows, np.bool_)
        filled = [at for at, part in enumerate(parts) if len(part.values)]
        if not filled:
            return mask
        table = pa.table({"v": pa.chunked_array([parts[at].values for at in filled])})
        hits = self._asked(table, sql.held(test))
        end = 0
        for at in filled:
            start, end = end, end + len(parts[at].values)
            mask[self._starts[at] + parts[at].rows_of(np.flatnonzero(hits[start:end]))] = True
        return mask if among is None else mask & among

    def _among(self, at: int, among: Mask | None) -> Mask | None:
        return None if among is None else among[self._starts[at] : self._starts[at + 1]]

    def _picked(self, test: Test, at: int, among: Mask | None) -> Picked:
        """The frames of one batch that can match."""
        frames, field = self._frames[at], test.field
        picked = frames.pick(field.frame, self._among(at, among))
        narrow = narrowing(test)
        if narrow is not None and len(picked):
            picked = picked.narrowed(narrow(picked.heads()))
        if field.topic and len(picked):
            picked = frames.of_topics(picked)
        is_text = field.decoder == "json" or (field.type == "text" and not sql.as_bytes(test))
        return frames.text(picked, self._kept) if is_text and len(picked) else picked

    def _picked_values(self, test: Test, at: int, among: Mask | None) -> Values:
        picked = self._picked(test, at, among)
        if test.field.type == "number":
            return Values(self._frames[at].sizes(picked), picked.rows_of)
        return Values(picked.array(pa.binary_view() if sql.as_bytes(test) else pa.string_view()), picked.rows_of)

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
        if test.field.decoder == "json":
            return Values(picked.array(pa.string_view()), picked.rows_of)
        if self._decoded is None:
            return Values(pa.array([], pa.utf8()), picked.narrowed(np.zeros(len(picked), np.bool_)).rows_of)
        column = self._decoded.column(self._batches[at], test.field.decoder, self._among(at, among))
        places = picked.at(np.arange(len(picked))) - picked.frames.start
        return Values(column.take(pa.array(places)).cast(pa.utf8()), picked.rows_of)

    def _each(self, work: Callable[[int], Values], which: Sequence[int]) -> list[Values]:
        """What the work gives for some batches, several at once; handing over one alone costs more than it saves."""
        return list(map(work, which) if len(which) == 1 else self._pool.map(work, which))

    def _asked(self, table: pa.Table, condition: str) -> Mask:
        mask: Mask = project(self._database, table, condition).to_numpy()
        return mask
