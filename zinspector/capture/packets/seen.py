"""When was it seen? From places in a stream to the times of the packets that completed them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from zinspector.capture.packets.columns import Ints
from zinspector.zmtp.events import Block, Event, Message

SHORT_HEAD, LONG_HEAD, SHORT = 2, 9, 255


class Seen:
    """The ends of packets in the stream of one side, ascending, and when each was seen (ns)."""

    def __init__(self, ends: Ints, times: Ints) -> None:
        self._ends = ends
        self._times = times

    def at(self, end: int) -> int:
        """When the last byte before the place `end` was seen."""
        return int(self._times[min(int(self._ends.searchsorted(end)), len(self._times) - 1)])

    def messages(self, block: Block) -> Ints:
        """When each message of a block was complete."""
        base = block.offset - int(block.heads[0])
        last = np.cumsum(block.counts) - 1
        ends = base + block.starts[last] + block.lengths[last]
        places = np.minimum(self._ends.searchsorted(ends), len(self._times) - 1)
        return self._times[places]

    def ends(self, items: Sequence[Event | Block]) -> Iterator[tuple[Event | Block, int]]:
        """Each item with the place where it ends: where the next one begins, or what its sizes say."""
        for place, item in enumerate(items):
            yield item, items[place + 1].offset if place + 1 < len(items) else _end(item)


def _end(item: Event | Block) -> int:
    if isinstance(item, Message):
        heads = sum(SHORT_HEAD if size <= SHORT else LONG_HEAD for size in item.true_sizes)
        return item.offset + heads + sum(item.true_sizes)
    return item.offset + 1
