"""What is in a capture besides TCP: counted by name, a chunk at a time.

PGM (RFC 3208) carries ZeroMQ's multicast transports: in IP itself, or in UDP as EPGM. Its messages are not decoded,
only named. UDP is EPGM when every datagram to a port has the type and the length of a PGM packet.
"""

from __future__ import annotations

import numpy as np

from zinspector.capture.packets.columns import UNDESCRIBED, Bools, Bytes, Ints, Packets, u8, u16, u32
from zinspector.capture.packets.link import IPV4, IPV6, UNSUPPORTED
from zinspector.capture.packets.network import NO_PROTOCOL, Datagrams
from zinspector.capture.packets.tally import Tally
from zinspector.capture.packets.transport import PGM, TCP, UDP

ETHERTYPES = {0x0806: "ARP", 0x88CC: "LLDP", 0x8863: "PPPoE", 0x8864: "PPPoE", 0x8847: "MPLS"}
PROTOCOLS = {1: "ICMP", 2: "IGMP", 4: "IP in IP", 41: "IPv6 in IP", 47: "GRE", 50: "ESP", 58: "ICMPv6", 132: "SCTP"}
PGM_TYPES = (0, 1, 2, 4, 5, 8, 9, 10, 12)
PGM_DATA = (4, 5)
PGM_HEADER, PGM_DATA_HEADER, UDP_HEADER = 16, 24, 8
EPHEMERAL = 32768


def count(tally: Tally, raw: Bytes, packets: Packets, protocols: Ints, ip: Datagrams) -> None:
    """Count everything of a chunk that is no TCP segment, nor a fragment."""
    _by_link(tally, packets, protocols)
    times, sizes = packets.times[ip.which], packets.sizes[ip.which]
    _add(tally, "damaged IP headers", ip.protocols == NO_PROTOCOL, times, sizes)
    whole = ~ip.fragments & (ip.protocols != TCP) & (ip.protocols != NO_PROTOCOL)
    for protocol in np.unique(ip.protocols[whole]).tolist():
        these = whole & (ip.protocols == protocol)
        if protocol == UDP:
            _datagrams(tally, raw, ip, np.flatnonzero(these), times, sizes)
        elif protocol == PGM:
            _add(tally, "PGM, a multicast transport of ZeroMQ", these, times, sizes)
        else:
            _add(tally, PROTOCOLS.get(protocol, f"IP protocol {protocol}"), these, times, sizes)


def _by_link(tally: Tally, packets: Packets, protocols: Ints) -> None:
    other = (protocols != IPV4) & (protocols != IPV6)
    if not other.any():
        return
    for number in np.unique(protocols[other]).tolist():
        these = protocols == number
        if number == UNSUPPORTED:
            for linktype in np.unique(packets.linktypes[these]).tolist():
                name = f"packets of link type {linktype}, which zinspector doesn't know"
                if linktype == UNDESCRIBED:
                    name = "packets of an interface whose description is missing or damaged, so they can't be read"
                _add(tally, name, these & (packets.linktypes == linktype), packets.times, packets.sizes)
        else:
            _add(tally, ETHERTYPES.get(number, "no IP"), these, packets.times, packets.sizes)


def _datagrams(tally: Tally, raw: Bytes, ip: Datagrams, these: Ints, times: Ints, sizes: Ints) -> None:
    at = ip.starts[these]
    source, target = u16(raw, at), u16(raw, at + 2)
    port = np.where((source < EPHEMERAL) & (target >= EPHEMERAL), source, target)
    multicast = _like_pgm(raw, ip, these)
    for number in np.unique(port).tolist():
        mine = port == number
        name = f"UDP on port {number}"
        if multicast[mine].all():
            name = f"EPGM, a multicast transport of ZeroMQ, on UDP port {number}"
        _add(tally, name, mine, times[these], sizes[these])


def _like_pgm(raw: Bytes, ip: Datagrams, these: Ints) -> Bools:
    at = ip.starts[these] + UDP_HEADER
    kind, options, said = u8(raw, at + 4), u8(raw, at + 5), u16(raw, at + 14)
    length = ip.ends[these] - at
    data = np.isin(kind, PGM_DATA)
    least = np.where(data, PGM_DATA_HEADER, PGM_HEADER)
    fits = np.where(data & (options & 1 == 0), length == said + PGM_DATA_HEADER, length >= said + least)
    named = (u32(raw, at + 8) > 0) | (u16(raw, at + 12) > 0)  # the source: zeros are something else
    same: Bools = fits & named & np.isin(kind, PGM_TYPES) & (data | (said == 0)) & (length >= PGM_HEADER)
    return same


def _add(tally: Tally, name: str, these: Bools, times: Ints, sizes: Ints) -> None:
    packets = int(these.sum())
    if packets:
        tally.count(name, int(times[these].min()), packets=packets, size=int(sizes[these].sum()))
