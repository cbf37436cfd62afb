"""The rows of a batch as the book of connections reads them: columns taken out of Arrow once, words by their codes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zinspector.capture.connection import SIDES, Side
from zinspector.capture.masks import Mask, codes, where

SUBSCRIPTIONS = frozenset({"SUBSCRIBE", "CANCEL"})

Ints = npt.NDArray[np.int64]
Key = tuple[str, int]


class ConnectionRows:
    """The columns of a batch; `wire` are the rows of connections, `numbers` the numbers of these."""

    def __init__(self, batch: pa.RecordBatch, numbers: Ints, wire: Mask) -> None:
        self.batch = batch
        self.wire = wire
        self.numbers = numbers
        self.times: Ints = batch.column("time_ns").to_numpy()
        self.sizes: Ints = batch.column("size").to_numpy()
        self._n = batch.column("n").to_numpy()
        self._codes = {name: codes(batch.column(name).indices) for name in ("node", "direction", "kind", "name")}
        self._words = {name: batch.column(name).dictionary.to_pylist() for name in self._codes}
        self._offsets = batch.column("frames").offsets.to_numpy()
        self._frames = batch.column("frames").values

    @property
    def keys(self) -> Ints:
        """One number for each node, connection and direction."""
        node, direction = self._codes["node"].astype(np.int64), self._codes["direction"].astype(np.int64)
        return (node << 48) | (self.numbers << 8) | direction

    def telling(self) -> list[int]:
        """The rows that must be read one by one, in order."""
        told = where(self.batch, "kind", ("event", "handshake").__contains__)
        return [int(row) for row in np.flatnonzero(told & self.wire)]

    def subscribing(self) -> Ints:
        """The rows of subscriptions and their ends."""
        commands = where(self.batch, "kind", "command".__eq__) & self.wire
        return np.flatnonzero(commands & where(self.batch, "name", SUBSCRIPTIONS.__contains__))

    def first_frames(self, chosen: Ints) -> list[bytes]:
        """The first frame of each of these rows; read at once where they stand close together."""
        start, end = int(self._offsets[chosen[0]]), int(self._offsets[chosen[-1] + 1])
        if end - start > 4 * len(chosen) + 1000:
            return [self.frame(int(row)) for row in chosen]
        every = self._frames.slice(start, end - start).to_pylist()
        places, ends = self._offsets[chosen] - start, self._offsets[chosen + 1] - start
        return [
            every[first] if first < last else b"" for first, last in zip(places.tolist(), ends.tolist(), strict=True)
        ]

    def key(self, row: int) -> Key:
        """Node and number."""
        return self._word("node", row), int(self.numbers[row])

    def n(self, row: int) -> int:
        """The number of the row in the capture."""
        return int(self._n[row])

    def kind(self, row: int) -> str:
        """What kind of row it is."""
        return self._word("kind", row)

    def name(self, row: int) -> str:
        """Its name; empty where it has none."""
        return self._word("name", row)

    def side(self, row: int) -> Side:
        """Who sent it."""
        return SIDES[self._word("direction", row)]

    def frame(self, row: int) -> bytes:
        """Its first frame."""
        start, end = self._offsets[row], self._offsets[row + 1]
        return bytes(self._frames[int(start)].as_py()) if end > start else b""

    def frames(self, row: int) -> list[bytes]:
        """All its frames."""
        return [bytes(self._frames[place].as_py()) for place in range(self._offsets[row], self._offsets[row + 1])]

    def _word(self, column: str, row: int) -> str:
        code = self._codes[column][row]
        return str(self._words[column][code]) if code >= 0 else ""
