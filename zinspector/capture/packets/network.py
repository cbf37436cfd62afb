"""IPv4 and IPv6 headers (RFC 791, RFC 8200): who speaks to whom, and where the transport header is.

An address becomes a number that is the same in all chunks of a capture: an IPv4 address itself, an IPv6 address by
the order in which they appear. Lengths come from the IP header, so padding of the link layer is cut off; a length of
0, as captured before segmentation offload, means all that was on the wire. A first fragment is a packet that is cut
short; `fragments` puts them together.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

import numpy as np

from zinspector.capture.packets.columns import Bools, Bytes, Ints, Packets, u8, u16, u32
from zinspector.capture.packets.link import IPV4, IPV6

FIRST_IPV6 = 1 << 32
MOST_EXTENSIONS = 8
FRAGMENT, AUTHENTICATION = 44, 51
EXTENSIONS = (0, 43, FRAGMENT, AUTHENTICATION, 60, 135, 139, 140)
NO_PROTOCOL = -1


@dataclass(frozen=True, slots=True)
class Datagrams:
    """The IP packets of a chunk: `which` of its packets; `ends` as the header says, `kept_ends` as captured.

    `protocols` are IP protocol numbers, NO_PROTOCOL for a header that makes no sense.
    `parts` are fragments but the first, which have no transport header; `fragments` are all of them.
    """

    which: Ints
    protocols: Ints
    starts: Ints
    ends: Ints
    kept_ends: Ints
    sources: Ints
    targets: Ints
    parts: Bools
    fragments: Bools


class Addresses:
    """The numbers of IP addresses."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[int, int], int] = {}
        self._ipv6: list[tuple[int, int]] = []

    def text(self, number: int) -> str:
        """An address as people write it, IPv6 in brackets."""
        if number < FIRST_IPV6:
            return str(ipaddress.IPv4Address(number))
        high, low = self._ipv6[number - FIRST_IPV6]
        return f"[{ipaddress.IPv6Address(high << 64 | low)}]"

    def numbers(self, raw: Bytes, at: Ints) -> Ints:
        """The numbers of the IPv6 addresses at these places."""
        halves = [u32(raw, at + place).astype(np.uint64) for place in (0, 4, 8, 12)]
        shift = np.uint64(32)
        pairs = np.stack([halves[0] << shift | halves[1], halves[2] << shift | halves[3]], axis=1)
        distinct, places = np.unique(pairs, axis=0, return_inverse=True)
        return np.array([self._number(high, low) for high, low in distinct.tolist()], np.int64)[places.reshape(-1)]

    def _number(self, high: int, low: int) -> int:
        found = self._numbers.get((high, low))
        if found is None:
            found = self._numbers[high, low] = FIRST_IPV6 + len(self._ipv6)
            self._ipv6.append((high, low))
        return found


def datagrams(raw: Bytes, packets: Packets, places: Ints, protocols: Ints, addresses: Addresses) -> Datagrams:
    """The IP packets among the packets, from the places and EtherTypes of their network headers."""
    four, six = np.flatnonzero(protocols == IPV4), np.flatnonzero(protocols == IPV6)
    if not len(six):
        return _ipv4(raw, packets, four, places[four])
    found = [_ipv4(raw, packets, four, places[four]), _ipv6(raw, packets, six, places[six], addresses)]
    order = np.argsort(np.concatenate([each.which for each in found]), kind="stable")
    names = Datagrams.__slots__
    return Datagrams(*(np.concatenate([getattr(each, name) for each in found])[order] for name in names))


def _ipv4(raw: Bytes, packets: Packets, which: Ints, at: Ints) -> Datagrams:
    first = u8(raw, at)
    header = (first & 15) * 4
    total, fragment = u16(raw, at + 2), u16(raw, at + 6)
    kept_ends, wire_ends = _ends(packets, which)
    ends = np.where(total == 0, wire_ends, np.minimum(at + total, wire_ends))
    sound = (first >> 4 == 4) & (header >= 20) & (at + header <= np.minimum(kept_ends, ends))
    return Datagrams(
        which,
        np.where(sound, u8(raw, at + 9), NO_PROTOCOL),
        at + header,
        ends,
        kept_ends,
        u32(raw, at + 12),
        u32(raw, at + 16),
        (fragment & 0x1FFF) > 0,
        (fragment & 0x3FFF) > 0,
    )


def _ipv6(raw: Bytes, packets: Packets, which: Ints, at: Ints, addresses: Addresses) -> Datagrams:
    kept_ends, wire_ends = _ends(packets, which)
    length, protocols = u16(raw, at + 4), u8(raw, at + 6)
    ends = np.where(length == 0, wire_ends, np.minimum(at + 40 + length, wire_ends))
    starts = at + 40
    parts, fragments = np.zeros(len(at), np.bool_), np.zeros(len(at), np.bool_)
    for _ in range(MOST_EXTENSIONS):
        extended = np.flatnonzero(np.isin(protocols, EXTENSIONS) & ~fragments & (starts + 8 <= kept_ends))
        if not len(extended):
            break
        here, kind = starts[extended], protocols[extended]
        word = np.where(kind == FRAGMENT, u16(raw, here + 2), 0)
        parts[extended], fragments[extended] = word >> 3 > 0, word & 0xFFF9 > 0
        units = u8(raw, here + 1)
        size = np.where(kind == FRAGMENT, 8, np.where(kind == AUTHENTICATION, (units + 2) * 4, (units + 1) * 8))
        protocols[extended] = u8(raw, here)
        starts[extended] += size
    sound = (u8(raw, at) >> 4 == 6) & (starts <= np.minimum(kept_ends, ends))
    sources, targets = (addresses.numbers(raw, at + place) for place in (8, 24))
    protocols = np.where(sound, protocols, NO_PROTOCOL)
    return Datagrams(which, protocols, starts, ends, kept_ends, sources, targets, parts, fragments)


def _ends(packets: Packets, which: Ints) -> tuple[Ints, Ints]:
    """Where the kept bytes of each packet end, and where they would if all had been kept."""
    starts = packets.starts[which]
    return starts + packets.kept[which], starts + packets.sizes[which]
