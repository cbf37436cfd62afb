"""A column of numbers that grows at its end."""

from __future__ import annotations

from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

PIECE = (1 << 16) + (1 << 13)  # rows: what relays hand over at once fits into one
Number = TypeVar("Number", bound=np.generic)


class Growing(Generic[Number]):
    """Rows of one or, with a `width`, several numbers; whoever fills it in knows how many there are."""

    def __init__(self, kind: type[Number], width: int | None = None) -> None:
        self._kind = kind
        self._width = () if width is None else (width,)
        self._last = self._empty(PIECE)
        self._begin = 0  # of the last piece
        self._pieces: list[npt.NDArray[Number]] = []  # those before it

    def part(self, begin: int, end: int) -> npt.NDArray[Number]:
        """Rows [begin, end), to be filled in; the first of them lies behind those that were asked for before."""
        if end > self._begin + len(self._last):
            full = self._last[: begin - self._begin]
            self._pieces.append(full)
            self._begin += len(full)
            self._last = self._empty(max(PIECE, end - self._begin))
        return self._last[begin - self._begin : end - self._begin]

    def take(self, rows: int) -> npt.NDArray[Number]:
        """All `rows`, which nobody changes any more: in memory of which they use at least half."""
        self.part(rows, rows)
        taken = self._last[: rows - self._begin]
        is_copied = bool(self._pieces) or 2 * rows < PIECE
        if is_copied:
            taken = np.concatenate([*self._pieces, taken])
            self._pieces.clear()
            self._begin = 0
        if len(self._last) > PIECE or not is_copied:
            self._last = self._empty(PIECE)
        return taken

    def _empty(self, rows: int) -> npt.NDArray[Number]:
        return np.empty((rows, *self._width), self._kind)
