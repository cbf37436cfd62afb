"""`-Y FILTER` and `--count`: how every verb that shows rows is told which, and how it keeps to it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from zinspector.capture.masks import Mask
from zinspector.capture.picking import pick
from zinspector.capture.progress import Progress
from zinspector.cli.decoding import registry
from zinspector.cli.output import Output
from zinspector.decode.values import PROPER, FrameValues
from zinspector.errors import UserError

if TYPE_CHECKING:
    from zinspector.capture.filter.display import Filter

ROWS_AT_ONCE = 4096


def add_arguments(verb: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    verb.add_argument("-Y", dest="filter", metavar="FILTER", help="only rows that match this display filter")
    verb.add_argument("--count", action="store_true", help="print only how many rows there are, at the end")


def asked_for(asked: argparse.Namespace) -> bool:
    """Whether rows are to be printed or counted, by a verb that otherwise only sums up."""
    return asked.output is not None or asked.filter is not None or asked.count


def made(text: str | None, output: Output) -> Filter | None:
    """The filter that was asked for; it looks into frames as `output` decodes them. Raises UserError."""
    return None if text is None else of(text, output)


def of(text: str, output: Output) -> Filter:
    """The filter that the text says. Raises UserError."""
    from zinspector.capture.filter.decoding import DecodedColumns  # with DuckDB, which other verbs need not wait for
    from zinspector.capture.filter.display import Filter

    asked = Filter(text)
    if not asked.decoders:
        return asked
    values = FrameValues(registry(), output.rules)
    for name in sorted(asked.decoders - values.names()):
        proper = PROPER.get(name, name)
        raise UserError(
            f"nothing is decoded as {name}", where="filter",
            remedy=f"say what is: --decode 'topic:quotes.*={proper}(...)', or --topology FILE",
        )  # fmt: skip
    return Filter(text, decoded=DecodedColumns(values.of))


class Chosen:
    """Which rows of a stream of batches are shown, and how many they were."""

    def __init__(self, asked: argparse.Namespace, output: Output) -> None:
        """Raises UserError for what is no filter."""
        self.count = 0
        self.only_counts: bool = asked.count
        self._filter = made(asked.filter, output)

    def sift(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The rows to be shown of a batch that has come; none where they are only counted."""
        mask = np.ones(batch.num_rows, np.bool_) if self._filter is None else self._filter.mask(batch)
        self.count += int(np.count_nonzero(mask))
        return batch.slice(0, 0) if self.only_counts else pick(batch, mask)

    def tell(self) -> None:
        """Print the count, if that was asked for."""
        if self.only_counts:
            print(self.count, flush=True)

    def picked(self, batches: Sequence[pa.RecordBatch], most: int) -> Iterator[pa.RecordBatch]:
        """The rows to be shown of a whole capture, in small batches, up to `most` rows."""
        masks: Iterator[Mask | None] = (
            iter([None] * len(batches)) if self._filter is None else self._filter.masks(batches)
        )
        for batch, mask in zip(batches, masks, strict=True):
            for start in range(0, batch.num_rows, ROWS_AT_ONCE):
                some = batch.slice(start, ROWS_AT_ONCE)
                some = (some if mask is None else pick(some, mask[start : start + ROWS_AT_ONCE])).slice(0, most)
                most -= some.num_rows
                if some.num_rows:
                    yield some
                if not most:
                    return

    def counted(self, batches: Sequence[pa.RecordBatch], progress: Progress | None) -> int:
        """How many rows of a whole capture match."""
        if self._filter is None:
            return sum(batch.num_rows for batch in batches)
        return len(self._filter.rows(batches, progress))
