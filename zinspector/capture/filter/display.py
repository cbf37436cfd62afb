"""A display filter: text in, the rows that match out. The language is told in `fields`, `literals` and `reading`."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, islice, repeat

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zinspector.capture.database import cursor
from zinspector.capture.filter.evaluate import GROUP_ROWS, THREADS, Decoded, Group, groups
from zinspector.capture.filter.kept import Kept
from zinspector.capture.filter.reading import read
from zinspector.capture.filter.tree import tests
from zinspector.capture.masks import Mask
from zinspector.capture.progress import CancelledError, Progress

AT_ONCE = 2  # groups
FEW_ROWS = 1 << 16  # live batches and rows in sight: starting threads costs more than they save
DECODED_ROWS = 1 << 14  # decoding takes long: so often is progress told
Numbers = npt.NDArray[np.uint64]


class Filter:
    """A filter, ready to be asked. Any thread may ask; each gets a cursor of its own."""

    def __init__(self, text: str, *, kept: Kept | None = None, decoded: Decoded | None = None) -> None:
        """Raises FilterError. Filters that share `kept` share what they found in JSON."""
        self.text = text
        self.tree = read(text)
        self.decoders = {test.field.decoder for test in tests(self.tree)} - {"", "json"}
        self._kept = Kept() if kept is None else kept
        self._decoded = decoded

    def mask(self, batch: pa.RecordBatch) -> Mask:
        """Which rows of one batch match: for batches as they come."""
        return self._mask([batch], None)

    def masks(self, batches: Iterable[pa.RecordBatch]) -> Generator[Mask, None, None]:
        """Which rows match, batch by batch. Close it to stop the work: it goes some groups of batches ahead at most.

        The first group, of few rows, is answered before there is more to do. The others overlap, since each has parts
        that keep one core busy only.
        """
        coming: deque[tuple[list[pa.RecordBatch], Future[Mask]]] = deque()
        wanted = groups(batches, DECODED_ROWS if self.decoders else GROUP_ROWS)
        at_once = 1 if self.decoders else AT_ONCE  # decoders are for one thread
        with ThreadPoolExecutor(THREADS, "filter") as pool, ThreadPoolExecutor(at_once, "filter group") as workers:
            for first in islice(wanted, 1):
                few = sum(batch.num_rows for batch in first) <= FEW_ROWS
                yield from _by_batch(first, self._mask(first, None if few else pool))
            for some in chain(wanted, repeat(None, at_once)):
                if len(coming) == at_once or (coming and some is None):
                    group, found = coming.popleft()
                    yield from _by_batch(group, found.result())
                if some is not None:
                    coming.append((some, workers.submit(self._mask, some, pool)))

    def _mask(self, batches: Sequence[pa.RecordBatch], pool: ThreadPoolExecutor | None) -> Mask:
        with cursor() as database:
            return Group(batches, database, pool, self._kept, self._decoded).mask(self.tree)

    def rows(self, batches: Sequence[pa.RecordBatch] | pa.Table, progress: Progress | None = None) -> Numbers:
        """The numbers `n` of all rows that match, in order.

        `progress` is told the share that is done and stops the work by returning False: then raises CancelledError.
        """
        some = batches.to_batches() if isinstance(batches, pa.Table) else list(batches)
        total = max(1, sum(batch.num_rows for batch in some))
        found, done = [np.zeros(0, np.uint64)], 0
        for batch, mask in zip(some, self.masks(some), strict=True):
            found.append(batch.column("n").to_numpy()[mask])
            done += batch.num_rows
            if progress is not None and not progress(done / total):
                raise CancelledError("filtering was cancelled", where=self.text[:80])
        return np.concatenate(found)


def _by_batch(batches: list[pa.RecordBatch], mask: Mask) -> Iterator[Mask]:
    end = 0
    for batch in batches:
        start, end = end, end + batch.num_rows
        yield mask[start:end]
