"""Fragments of IP packets to whole packets (RFC 791, 3.2; RFC 8200, 4.5).

A first fragment is also decoded as it is, a packet that is cut short: a filter by port lets no other fragment into a
capture. Once all are there the whole packet is added after the last of them, and TCP takes what is new in it.

Fragments are waited for as long as RFC 8200 says; of too many, the oldest are given up. What overlaps without being the
same, or was cut when it was captured, makes no packet.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from zinspector.capture.packets.columns import Bytes, Ints, Packets, u16, u32
from zinspector.capture.packets.network import FIRST_IPV6, NO_PROTOCOL, Datagrams
from zinspector.capture.packets.tally import Tally

MOST_DATAGRAMS = 1024  # of 64 KiB at most
PATIENCE_NS = 60_000_000_000
LARGEST = 0xFFFF
RAW_IP = 101
MISSED = "fragments of IP packets, the others of which are missing"


class Fragment(NamedTuple):
    """One fragment: the place of its packet in the chunk, whose it is, and its bytes at their offset."""

    packet: int
    datagram: tuple[int, int, int, int]
    """Source, target, protocol, and the name that the sender gave the datagram."""
    offset: int
    last: bool
    ends: bytes
    body: bytes
    size: int
    time_ns: int


class Datagram:
    """An IP packet of which fragments were seen."""

    def __init__(self, time_ns: int) -> None:
        self.first_ns = time_ns
        self.packets = self.size = 0
        self._parts: dict[int, bytes] = {}
        self._held = 0
        self._length: int | None = None

    def add(self, fragment: Fragment) -> bytes | None:
        """Take in a fragment; returns all bytes when they are there."""
        self.packets += 1
        self.size += fragment.size
        offset, body = fragment.offset, fragment.body
        if fragment.last:
            self._length = offset + len(body)
        if body and offset + len(body) <= LARGEST and offset not in self._parts:
            self._parts[offset] = body
            self._held += len(body)
        return self._whole() if self._held == self._length else None

    def _whole(self) -> bytes | None:
        data = b""
        for offset in sorted(self._parts):
            if offset != len(data):
                return None
            data += self._parts[offset]
        return data


class Fragments:
    """Puts together the fragments of one capture; `tally` counts those that belong to no whole packet."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._open: dict[tuple[int, int, int, int], Datagram] = {}

    def put_together(self, raw: Bytes, packets: Packets, places: Ints, ip: Datagrams) -> Packets:
        """The packets, with those that became whole after their last fragments."""
        after: list[int] = []
        made: list[bytes] = []
        for fragment in _fragments(raw, packets, places, ip):
            body = self._datagram(fragment).add(fragment)
            if body is not None:
                del self._open[fragment.datagram]
                after.append(fragment.packet + 1)
                made.append(_packet(fragment, body))
        if not made:
            return packets
        sizes = np.array([len(each) for each in made])
        starts = len(packets.data) + np.cumsum(sizes) - sizes
        last = np.array(after) - 1
        added = (starts, sizes, sizes, packets.times[last], np.full(len(made), RAW_IP))
        columns = (packets.starts, packets.kept, packets.sizes, packets.times, packets.linktypes)
        data = b"".join((packets.data, *made))
        return Packets(data, *(np.insert(old, after, new) for old, new in zip(columns, added, strict=True)))

    def finish(self) -> None:
        """No more fragments come."""
        while self._open:
            self._give_up(next(iter(self._open)))

    def _datagram(self, fragment: Fragment) -> Datagram:
        key = fragment.datagram
        found = self._open.get(key)
        if found is not None and abs(fragment.time_ns - found.first_ns) > PATIENCE_NS:
            self._give_up(key)
            found = None
        if found is None:
            if len(self._open) >= MOST_DATAGRAMS:
                self._give_up(next(iter(self._open)))
            found = self._open[key] = Datagram(fragment.time_ns)
        return found

    def _give_up(self, key: tuple[int, int, int, int]) -> None:
        lost = self._open.pop(key)
        self._tally.count(MISSED, lost.first_ns, packets=lost.packets, size=lost.size)


def _fragments(raw: Bytes, packets: Packets, places: Ints, ip: Datagrams) -> Iterator[Fragment]:
    """The fragments of a chunk; `places` are those of its network headers."""
    these = np.flatnonzero(ip.fragments & (ip.protocols != NO_PROTOCOL))
    which, starts, ends = ip.which[these], ip.starts[these], ip.ends[these]
    six, at = ip.sources[these] >= FIRST_IPV6, places[which]
    word = np.where(six, u16(raw, starts - 6), u16(raw, at + 6))
    name = np.where(six, u32(raw, starts - 4), u16(raw, at + 4))
    offset = np.where(six, word & 0xFFF8, (word & 0x1FFF) << 3)
    last = np.where(six, word & 1, word & 0x2000) == 0
    ends = np.where(ends > ip.kept_ends[these], starts, ends)  # one that was cut: nothing of it
    addresses, width = at + np.where(six, 8, 12), np.where(six, 32, 8)
    keys = (ip.sources[these], ip.targets[these], ip.protocols[these], name)
    columns = (which, *keys, offset, last, starts, ends, addresses, width, packets.sizes[which], packets.times[which])
    data = packets.data
    for packet, source, target, protocol, named, at_, final, start, end, first, wide, size, time_ns in zip(
        *(column.tolist() for column in columns), strict=True
    ):
        key = (source, target, protocol, named)
        yield Fragment(packet, key, at_, final, data[first : first + wide], data[start:end], size, time_ns)


def _packet(fragment: Fragment, body: bytes) -> bytes:
    """A whole IP packet."""
    protocol = fragment.datagram[2]
    if len(fragment.ends) == 8:
        return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 0, 0, 64, protocol, 0) + fragment.ends + body
    return struct.pack(">IHBB", 6 << 28, len(body), protocol, 64) + fragment.ends + body
