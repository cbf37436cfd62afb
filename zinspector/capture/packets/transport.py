"""TCP headers of a chunk (RFC 9293), grouped into flows: both directions between two ends.

Within a flow the packets stay in the order of the capture. An end is a number, address << 16 | port; of the two ends
of a flow the smaller number is side 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from zinspector.capture.packets.columns import Bytes, Ints, u8, u16, u32
from zinspector.capture.packets.network import Datagrams

TCP, UDP, PGM = 6, 17, 113
FIN, SYN, RST, ACK = 1, 2, 4, 16


@dataclass(frozen=True, slots=True)
class Segments:
    """TCP segments. `lengths` is the payload as sent (bytes), `kept` how much of it was captured, from `starts` on.

    `which` is the place of the packet in its chunk; `sides` says which end of the flow sent it.
    """

    which: Ints
    sides: Ints
    sequences: Ints
    acknowledged: Ints
    flags: Ints
    starts: Ints
    lengths: Ints
    kept: Ints

    def __len__(self) -> int:
        return len(self.which)

    def part(self, start: int, end: int) -> Segments:
        """Some of the segments, without a copy."""
        return Segments(*(getattr(self, name)[start:end] for name in Segments.__slots__))


@dataclass(frozen=True, slots=True)
class FlowPart:
    """The segments of one flow in one chunk, between two ends."""

    ends: tuple[int, int]
    segments: Segments


def flows(raw: Bytes, ip: Datagrams) -> Iterator[FlowPart]:
    """The TCP segments of a chunk, flow by flow."""
    sound = (ip.protocols == TCP) & ~ip.parts & (ip.starts + 20 <= np.minimum(ip.kept_ends, ip.ends))
    these = np.flatnonzero(sound)
    if not len(these):
        return
    at = ip.starts[these]
    header = (u8(raw, at + 12) >> 4) * 4
    starts = at + np.maximum(header, 20)
    lengths = np.maximum(ip.ends[these] - starts, 0)
    kept = np.clip(ip.kept_ends[these] - starts, 0, lengths)
    source = ip.sources[these] << 16 | u16(raw, at)
    target = ip.targets[these] << 16 | u16(raw, at + 2)
    sides = (source > target).astype(np.int64)
    groups, keys = _grouped(np.minimum(source, target), np.maximum(source, target))
    order = np.argsort(groups, kind="stable")
    flags = u8(raw, at + 13) & np.where(ip.fragments[these], ~FIN, ~0)  # what a fragment ends goes on in the next
    columns = (ip.which[these], sides, u32(raw, at + 4), u32(raw, at + 8), flags, starts, lengths, kept)
    segments = Segments(*(column[order] for column in columns))
    bounds = np.searchsorted(groups[order], np.arange(len(keys) + 1)).tolist()
    for key, start, end in zip(keys, bounds[:-1], bounds[1:], strict=True):
        yield FlowPart(key, segments.part(start, end))


def _grouped(low: Ints, high: Ints) -> tuple[Ints, list[tuple[int, int]]]:
    """A number for the flow of each segment, in order of appearance, and the two ends of each flow."""
    ends, codes = np.unique(np.concatenate([low, high]), return_inverse=True)
    pairs = codes[: len(low)] * len(ends) + codes[len(low) :]
    distinct, first, groups = np.unique(pairs, return_index=True, return_inverse=True)
    appearance = np.argsort(first, kind="stable")
    rank = np.empty(len(distinct), np.int64)
    rank[appearance] = np.arange(len(distinct))
    keys = [(int(ends[pair // len(ends)]), int(ends[pair % len(ends)])) for pair in distinct[appearance].tolist()]
    numbers = rank[groups]
    return (numbers.astype(np.uint16) if len(keys) < 1 << 16 else numbers), keys
