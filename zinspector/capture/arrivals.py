"""When rows came whose chunks were joined to be looked at together: each has the time of the chunk that ended it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from zinspector.zmtp.events import Block, Command, Event, Greeting, Handshake, Message


class Arrivals(NamedTuple):
    """When the bytes of some chunks came that were joined: up to `ends[i]`, at `times_ns[i]`; both grow."""

    ends: list[int]
    times_ns: list[int]

    def behind(self, offset: int) -> Arrivals:
        """The same, with ends as offsets in the stream in which the chunks begin at `offset`."""
        return Arrivals([offset + end for end in self.ends], self.times_ns)

    def of(self, ends: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """When the chunks came that hold the last bytes before these offsets, which grow."""
        behind = ends.searchsorted(self.ends[:-1], "right").tolist()
        counts = [end - begin for begin, end in pairwise([0, *behind, len(ends)])]
        return np.array(self.times_ns, np.int64).repeat(counts)


def ends_of(items: Sequence[Event | Block]) -> npt.NDArray[np.int64]:
    """Where in the stream each row ends."""
    ends = []
    for item in items:
        if isinstance(item, Block):
            behind = item.starts + (item.lengths + (item.offset - item.heads[0]))
            ends.append(behind if len(behind) == len(item.counts) else behind[np.cumsum(item.counts) - 1])
        else:
            ends.append(np.array([item.offset + _size(item)]))
    return ends[0] if len(ends) == 1 else np.concatenate(ends)


def _size(event: Event) -> int:
    """How many bytes it took in the stream, as ZMTP 2.0 and later frame it; 1.0 takes up to a byte more a frame."""
    if isinstance(event, Message):
        return sum(map(_framed, event.true_sizes))
    if isinstance(event, Command):
        return _framed(1 + len(event.name) + event.size)
    return len(event.data) if isinstance(event, Greeting | Handshake) else 0


def _framed(size: int) -> int:
    return size + (2 if size <= 255 else 9)
