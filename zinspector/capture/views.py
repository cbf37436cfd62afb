"""Views over bytes that stay where they are: Arrow's binary_view, made with numpy.

A view is four little words: the length, and then either the bytes themselves, padded with zeros (up to 12), or the
first four of them, the number of a buffer and the place in it. (Arrow columnar format, "Variable-size Binary View
Layout".) Places are 31 bits, so a buffer must be shorter than 2 GiB.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zinspector.zmtp.events import Block, Bytes, Offsets

INLINE: Final = 12
OWN_BUFFER: Final = 1 << 15  # bytes from which a frame is a buffer of its own
LONGEST: Final = 1 << 30
FEW: Final = 64

Views = npt.NDArray[np.uint32]

_MASKS: Final = np.array(
    [[(1 << 8 * min(4, max(0, length - 4 * word))) - 1 for word in range(3)] for length in range(INLINE + 1)], np.uint32
)

_START: Final = np.zeros(1, np.int64)


class Heap:
    """The buffers of one batch, and the views into them."""

    def __init__(self) -> None:
        self._buffers: list[pa.Buffer] = []
        self._known: dict[int, int] = {}

    def bodies(self, bodies: list[bytes]) -> Views:
        """Views of frames that are bytes of their own: they share one buffer, but for long ones."""
        lengths = np.fromiter(map(len, bodies), np.int64, len(bodies))
        long = np.flatnonzero(lengths >= OWN_BUFFER)
        own = set(long.tolist())
        data = b"".join([body for place, body in enumerate(bodies) if place not in own] if own else bodies)
        taken = lengths.copy()
        taken[long] = 0
        ends = np.cumsum(taken)
        views = np.empty((len(bodies), 4), np.uint32)
        fill_views(views, data, ends - taken, taken, len(self._buffers))
        if (taken > INLINE).any():
            self._buffers.append(pa.py_buffer(data))
        for place in long.tolist():
            fill_views(views[place : place + 1], bodies[place], _START, lengths[place : place + 1], len(self._buffers))
            self._buffers.append(pa.py_buffer(bodies[place]))
        return views

    def block(self, views: Views, block: Block, whole: bool) -> None:
        """Fill in the views of the frames of a block; `whole` says that its chunk may be kept as it is."""
        if np.maximum.reduce(block.lengths) <= INLINE:
            fill_views(views, block.data, block.starts, block.lengths, 0)
        elif whole and len(block.data) <= LONGEST:
            fill_views(views, block.data, block.starts, block.lengths, self._place(block.data))
        else:
            first, end = bounds(block)
            part = block.data[first:end]
            fill_views(views, part, block.starts - first, block.lengths, self._place(part))

    def column(self, views: Views) -> pa.Array:
        """The array of all views."""
        buffers = [None, pa.py_buffer(views), *self._buffers]
        return pa.Array.from_buffers(pa.binary_view(), len(views), buffers)

    def _place(self, data: Bytes) -> int:
        """The number of the buffer over this object."""
        place = self._known.setdefault(id(data), len(self._buffers))
        if place == len(self._buffers):
            self._buffers.append(pa.py_buffer(data))
        return place


def bounds(block: Block) -> tuple[int, int]:
    """Where the frames of a block begin and end in its chunk: [first, end)."""
    return int(block.starts[0]), int(block.starts[-1] + block.lengths[-1])


def fill_views(views: Views, data: Bytes, starts: Offsets, lengths: Offsets, buffer: int) -> None:
    """Views of frames of `data`, in order of their places; `data` is or will be buffer number `buffer`."""
    if not len(starts):
        return
    views[:, 0] = lengths
    end = len(data) - INLINE  # up to here, twelve bytes can be read at any place
    safe = len(starts) if starts[-1] <= end else int(np.searchsorted(starts, end, "right"))
    if safe:
        words = np.ndarray((len(data) - 3,), "<u4", buffer=data, strides=(1,))
        inner, out = starts[:safe], views[:safe]
        out[:, 1] = _firsts(data, inner, words)
        out[:, 2] = buffer
        out[:, 3] = inner
        short = np.flatnonzero(lengths[:safe] <= INLINE)
        if len(short) == safe:
            _inline(out[:, 1:], words, inner, lengths[:safe])
        elif len(short):
            made = np.empty((len(short), 3), np.uint32)
            _inline(made, words, inner[short], lengths[short])
            out[short, 1:] = made
    for place in range(safe, len(starts)):  # near the end of the data: a handful
        start, length = int(starts[place]), int(lengths[place])
        body = bytes(data[start : start + length])
        if length <= INLINE:
            views[place, 1:] = np.frombuffer(body.ljust(INLINE, b"\0"), np.uint32)
        else:
            views[place, 1:] = int.from_bytes(body[:4], "little"), buffer, start


def _firsts(data: Bytes, starts: Offsets, words: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """The first four bytes of frames: where these lie at equal distances, memory delivers them four times as fast."""
    step = int(starts[-1] - starts[0]) // max(1, len(starts) - 1)
    if len(starts) > FEW and (starts[1:] - starts[:-1] == step).all():
        return np.ndarray((len(starts),), "<u4", data, int(starts[0]), (step,))
    return words[starts]


def _inline(out: Views, words: npt.NDArray[np.uint32], starts: Offsets, lengths: Offsets) -> None:
    """The bytes of short frames, padded with zeros."""
    out[:, 0] = words[starts]
    out[:, 1] = words[starts + 4]
    out[:, 2] = words[starts + 8]
    out &= _MASKS[lengths]
