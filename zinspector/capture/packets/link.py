"""Link layers: where the network header of each packet begins, and what it is.

Link types by tcpdump.org's list: NULL and LOOP (BSD loopback), Ethernet, PPP, raw IP, SLL and SLL2 (Linux "any"). VLAN
tags (802.1Q, and QinQ with either outer type), labels of MPLS (RFC 3032) and sessions of PPPoE (RFC 2516) are passed
over.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from zinspector.capture.packets.columns import Bools, Bytes, Ints, Packets, u8, u16, u32, words

IPV4, IPV6 = 0x0800, 0x86DD
VLAN_TAGS = (0x8100, 0x88A8, 0x9100)
MOST_TAGS = 4
FAMILIES = {2: IPV4, 10: IPV6, 24: IPV6, 28: IPV6, 30: IPV6}  # AF_INET, and AF_INET6 of Linux and the BSDs
PPP_PROTOCOLS = {0x0021: IPV4, 0x0057: IPV6}
PPP_FRAMED = 0xFF03
PPPOE_SESSION, PPPOE_HEADER = 0x8864, 6
MPLS = (0x8847, 0x8848)
MOST_LABELS = 8
UNSUPPORTED = -1

Where = tuple[Ints, Ints]
Layer = Callable[[Bytes, Ints], Where]


def network_headers(raw: Bytes, packets: Packets) -> Where:
    """The place of the network header of each packet, and its EtherType; UNSUPPORTED for unknown link types."""
    types = np.unique(packets.linktypes).tolist()
    if len(types) == 1 and types[0] in LAYERS:
        return LAYERS[types[0]](raw, packets.starts)
    places, protocols = packets.starts.copy(), np.full(len(packets), UNSUPPORTED)
    for linktype in types:
        if linktype in LAYERS:
            these = packets.linktypes == linktype
            places[these], protocols[these] = LAYERS[linktype](raw, packets.starts[these])
    return places, protocols


def ethernet(raw: Bytes, starts: Ints) -> Where:
    """What Ethernet frames carry, and where."""
    return untagged(raw, starts + 14, u16(raw, starts + 12))


def _sll(raw: Bytes, starts: Ints) -> Where:
    return untagged(raw, starts + 16, u16(raw, starts + 14))


def _sll2(raw: Bytes, starts: Ints) -> Where:
    return untagged(raw, starts + 20, u16(raw, starts))


def untagged(raw: Bytes, places: Ints, protocols: Ints) -> Where:
    """What is behind tags, labels and sessions, from places and EtherTypes, which change."""
    for _ in range(MOST_TAGS):
        tagged = np.isin(protocols, VLAN_TAGS)
        if not tagged.any():
            break
        protocols[tagged] = u16(raw, places[tagged] + 2)
        places[tagged] += 4
    _unwrap(protocols == PPPOE_SESSION, raw, places, protocols, _pppoe)
    _unwrap(np.isin(protocols, MPLS), raw, places, protocols, _mpls)
    return places, protocols


def _unwrap(these: Bools, raw: Bytes, places: Ints, protocols: Ints, layer: Layer) -> None:
    """Go on where a layer, which these packets have, holds IP."""
    if these.any():
        inner, inside = layer(raw, places[these])
        known = np.flatnonzero(these)[inside > 0]
        places[known], protocols[known] = inner[inside > 0], inside[inside > 0]


def _pppoe(raw: Bytes, starts: Ints) -> Where:
    return _ppp(raw, starts + PPPOE_HEADER)


def _mpls(raw: Bytes, starts: Ints) -> Where:
    """What is behind the labels is not said: IP tells by its version."""
    places = starts.copy()
    for _ in range(MOST_LABELS):
        more = np.flatnonzero(u8(raw, places + 2) & 1 == 0)
        if not len(more):
            break
        places[more] += 4
    return _raw(raw, places + 4)


def _ppp(raw: Bytes, starts: Ints) -> Where:
    """RFC 1661 and 1662: a protocol number, before which address and control may be left out, of one byte if odd."""
    places = starts + np.where(u16(raw, starts) == PPP_FRAMED, 2, 0)
    short = u8(raw, places) & 1
    return places + 2 - short, _named(np.where(short, u8(raw, places), u16(raw, places)), PPP_PROTOCOLS)


def _null(raw: Bytes, starts: Ints) -> Where:
    """The family is in the byte order of whoever captured: small numbers tell which."""
    family = words(raw, starts, little=True)
    return starts + 4, _named(np.where(family > 0xFFFF, u32(raw, starts), family), FAMILIES)


def _loop(raw: Bytes, starts: Ints) -> Where:
    return starts + 4, _named(u32(raw, starts), FAMILIES)


def _named(numbers: Ints, known: dict[int, int]) -> Ints:
    """The EtherTypes of what is known by other numbers; 0 for the rest."""
    protocols = np.zeros(len(numbers), np.int64)
    for number, protocol in known.items():
        protocols[numbers == number] = protocol
    return protocols


def _raw(raw: Bytes, starts: Ints) -> Where:
    version = u8(raw, starts) >> 4
    return starts, np.where(version == 4, IPV4, np.where(version == 6, IPV6, 0))


LAYERS: dict[int, Layer] = {
    0: _null,
    1: ethernet,
    9: _ppp,
    12: _raw,
    14: _raw,
    50: _ppp,
    101: _raw,
    108: _loop,
    113: _sll,
    228: _raw,
    229: _raw,
    276: _sll2,
}
