"""Captures whose packets are not in the order of time: sorted, within reason.

A few packets out of order are no trouble (`reassembly`), and the order of the capture is worth more than clocks of
several interfaces. But when a capture goes back in time again and again, as one that was turned round does, its times
are all there is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from zinspector.capture.packets.columns import Packets

OFTEN = 4  # one packet in so many goes back in time
MOST_BYTES = 1 << 28


class Sorter:
    """Passes on chunks; from the first that is out of order on all others with it, by time."""

    def __init__(self) -> None:
        self._moved = self._parts = 0

    @property
    def remark(self) -> str:
        """What was done, in a sentence, if anything was."""
        if not self._parts:
            return ""
        text = f"{self._moved:,} packets are not in the order of time in the file: they were sorted"
        if self._parts > 1:
            text += f", but only {MOST_BYTES >> 20} MiB at a time; sort the whole file with Wireshark's reordercap"
        return text

    def chunks(self, chunks: Iterable[Packets]) -> Iterator[Packets]:
        """The same packets."""
        held: list[Packets] = []
        size = 0
        for packets in chunks:
            if not held and not is_out_of_order(packets):
                yield packets
                continue
            held.append(packets)
            size += len(packets.data)
            if size > MOST_BYTES:
                yield self._sorted(held)
                held, size = [], 0
        if held:
            yield self._sorted(held)

    def _sorted(self, held: list[Packets]) -> Packets:
        packets = by_time(held)
        self._parts += 1
        self._moved += len(packets)
        return packets


def is_out_of_order(packets: Packets) -> bool:
    """Whether times go back again and again."""
    back = int((packets.times[1:] < packets.times[:-1]).sum())
    return back * OFTEN >= len(packets) > 1


def by_time(chunks: list[Packets]) -> Packets:
    """All packets in one chunk, by time; of those with the same time the last one first, as most are turned round."""
    data = b"".join([each.data for each in chunks])
    bases = np.cumsum([0, *(len(each.data) for each in chunks)])[:-1].tolist()
    starts = np.concatenate([each.starts + base for each, base in zip(chunks, bases, strict=True)])
    kept, sizes, times, linktypes = (
        np.concatenate([getattr(each, name) for each in chunks]) for name in ("kept", "sizes", "times", "linktypes")
    )
    order = np.argsort(times[::-1], kind="stable")
    order = len(times) - 1 - order
    return Packets(data, *(column[order] for column in (starts, kept, sizes, times, linktypes)))
