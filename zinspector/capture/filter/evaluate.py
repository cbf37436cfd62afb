"""Which rows of some batches match a tree.

Batches are taken in groups, large enough that DuckDB's few hundred microseconds for a query don't count. Within a group
a tree is worked through from the top, and each part only looks at the rows that can still change the answer: what costs
least comes first in `and` and `or`. A part that looks into no frames is one query over the rows; a comparison of frames
is one query over those frames that can match.

What JSON holds at a path is kept for each batch, so the next filter with the same path reads no JSON.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple, Protocol

import duckdb
import numpy as np
import pyarrow as pa

from zinspector.capture.filter import sql
from zinspector.capture.filter.frames import BatchFrames, Picked, Places, narrowing
from zinspector.capture.filter.kept import Kept
from zinspector.capture.filter.tree import And, Not, Test, Tree, tests
from zinspector.capture.masks import Mask

GROUP_ROWS: Final = 1 << 20
GROUP_BYTES: Final = 512 << 20
SPARSE: Final = 4  # one in so many rows left: what is found in them isn't worth keeping
THREADS: Final = min(4, os.cpu_count() or 1)


class Decoded(Protocol):
    """Where frames of other formats than JSON are decoded, in the background."""

    def column(self, batch: pa.RecordBatch, decoder: str) -> pa.Array | None:
        """JSON text for every frame of the batch, in order, null where the decoder has nothing to say.

        None when the batch is not decoded (yet): then nothing in it matches. `proto.Quote.bid` looks up the path
        $.Quote.bid, so a decoder of protobuf gives an object with the name of the message type for its only key.
        """


class Values(NamedTuple):
    """What was found in frames: the row of each, and the values."""

    rows: Places
    values: pa.Array


def groups(batches: Iterable[pa.RecordBatch]) -> Iterator[list[pa.RecordBatch]]:
    """Batches in groups of about the same size, in order."""
    group: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        group.append(batch)
        rows += batch.num_rows
        size += batch.get_total_buffer_size()
        if rows >= GROUP_ROWS or size >= GROUP_BYTES:
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
        return _mask(self._query(table, sql.rows(tree)))

    def _looked_up(self, test: Test, among: Mask | None) -> Mask:
        if test.field.type == "none":
            return self._rows(test)
        if test.field.decoder:
            parts = self._found(test, among)
        else:
            parts = list(self._pool.map(lambda at: self._picked_values(test, at, among), range(len(self._batches))))
        mask = np.zeros(self.rows, np.bool_)
        filled = [at for at, part in enumerate(parts) if len(part.values)]
        if not filled:
            return mask
        table = pa.table({"v": pa.chunked_array([parts[at].values for at in filled])})
        hits = _mask(self._query(table, sql.held(test)))
        end = 0
        for at in filled:
            start, end = end, end + len(parts[at].values)
            mask[self._starts[at] + parts[at].rows[hits[start:end]]] = True
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
            assert picked.rows is not None
            picked = picked.narrowed(frames.of_topics(picked.rows))
        is_text = field.decoder == "json" or (field.type == "text" and not sql.as_bytes(test))
        return frames.text(picked, self._kept) if is_text and len(picked) else picked

    def _picked_values(self, test: Test, at: int, among: Mask | None) -> Values:
        picked = self._picked(test, at, among)
        rows = picked.rows_of(np.arange(len(picked)))
        if test.field.type == "number":
            return Values(rows, self._frames[at].sizes(picked))
        kind = pa.binary_view() if sql.as_bytes(test) else pa.string_view()
        return Values(rows, picked.array(kind))

    def _found(self, test: Test, among: Mask | None) -> list[Values]:
        """What JSON holds at the path, batch by batch; from what is kept where it is."""
        key = (test.field.decoder, test.field.path, test.field.frame)
        found: list[Values | None] = [self._kept.get(batch, key) for batch in self._batches]
        missing = [at for at, values in enumerate(found) if values is None]
        few = among is not None and int(np.count_nonzero(among)) * SPARSE < self.rows
        read = self._extracted(test, missing, among if few else None)
        for at, values in zip(missing, read, strict=True):
            found[at] = values
            if not few and test.field.decoder == "json":
                size = values.rows.nbytes + values.values.get_total_buffer_size()
                self._kept.put(self._batches[at], key, values, size)
        return [values for values in found if values is not None]

    def _extracted(self, test: Test, which: list[int], among: Mask | None) -> list[Values]:
        sources = list(self._pool.map(lambda at: self._json(test, at, among), which))
        filled = [source.values for source in sources if len(source.values)]
        nothing = Values(np.zeros(0, np.int64), pa.array([], pa.utf8()))
        if not filled:
            return [nothing] * len(which)
        table = pa.table({"v": pa.chunked_array(filled)})
        try:
            values = self._query(table, *sql.extracted(test.field.path, guarded=False))
        except duckdb.Error:  # something isn't JSON; guarding each costs more
            values = self._query(table, *sql.extracted(test.field.path, guarded=True))
        column = values.combine_chunks()
        parts, end = [], 0
        for source in sources:
            start, end = end, end + len(source.values)
            part = column.slice(start, end - start)
            there = part.is_valid().to_numpy(zero_copy_only=False)
            parts.append(Values(source.rows[there].astype(np.int32), pa.concat_arrays([part.drop_null()])))
        return parts

    def _json(self, test: Test, at: int, among: Mask | None) -> Values:
        """JSON text of frames: as it came, or as their decoder gives it."""
        picked = self._picked(test, at, among)
        rows = picked.rows_of(np.arange(len(picked)))
        if test.field.decoder == "json":
            return Values(rows, picked.array(pa.string_view()))
        column = self._decoded.column(self._batches[at], test.field.decoder) if self._decoded is not None else None
        if column is None:
            return Values(rows[:0], pa.array([], pa.utf8()))
        if picked.places is not None:
            column = column.take(pa.array(picked.places - picked.frames.start))
        return Values(rows, column.cast(pa.utf8()))

    def _query(self, table: pa.Table, *expressions: str) -> pa.ChunkedArray:
        """The last expression for each row of a table; each is about `v`, the one before."""
        relation = self._database.from_arrow(table)
        for expression in expressions:
            relation = relation.project(f"{expression} AS v")
        return relation.to_arrow_table().column("v")


def _mask(column: pa.ChunkedArray) -> Mask:
    mask: Mask = column.to_numpy()
    return mask
