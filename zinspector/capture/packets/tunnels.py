"""IP packets that carry others: IP in IP (RFC 2003, RFC 4213), GRE (RFC 2784, RFC 2890), VXLAN (RFC 7348) and Geneve
(RFC 8926), as between hosts of containers and virtual machines.

Only what holds IP in the end is unwrapped; anything else stays the packet that it is.
"""

from __future__ import annotations

import numpy as np

from zinspector.capture.packets.columns import Bytes, Ints, u8, u16
from zinspector.capture.packets.link import IPV4, IPV6, Where, ethernet, untagged
from zinspector.capture.packets.network import Datagrams
from zinspector.capture.packets.transport import UDP

IP_IN_IP, IPV6_IN_IP, GRE = 4, 41, 47
CARRIERS = (IP_IN_IP, IPV6_IN_IP, GRE, UDP)
ETHERNET = 0x6558
OPTIONAL = (0x8000, 0x2000, 0x1000)
"""Flags of GRE that say what more its header has, four bytes each: checksum, key, sequence number."""
ROUTED_OR_NEWER = 0x4007
UDP_HEADER, TUNNEL_HEADER = 8, 8
VXLAN_PORTS, GENEVE_PORT = (4789, 8472), 6081
VXLAN_FLAGS = 0x08


def inside(raw: Bytes, ip: Datagrams) -> tuple[Ints, Ints, Ints]:
    """What tunnels carry: which packets of the chunk, and places and EtherTypes of the network headers in them."""
    carries = np.flatnonzero(np.isin(ip.protocols, CARRIERS) & ~ip.fragments & (ip.starts + 8 <= ip.kept_ends))
    if not len(carries):
        return carries, carries, carries
    starts, kinds = ip.starts[carries], ip.protocols[carries]
    places = starts.copy()
    protocols = np.where(kinds == IP_IN_IP, IPV4, np.where(kinds == IPV6_IN_IP, IPV6, 0))
    for kind, unwrap in ((GRE, _gre), (UDP, _over_udp)):
        these = np.flatnonzero(kinds == kind)
        if len(these):
            places[these], protocols[these] = unwrap(raw, starts[these])
    known = np.isin(protocols, (IPV4, IPV6)) & (places < ip.kept_ends[carries])
    return ip.which[carries[known]], places[known], protocols[known]


def _gre(raw: Bytes, starts: Ints) -> Where:
    flags, protocols = u16(raw, starts), u16(raw, starts + 2)
    places = starts + 4
    for flag in OPTIONAL:
        places += np.where(flags & flag, 4, 0)
    protocols[flags & ROUTED_OR_NEWER > 0] = 0
    return _unpacked(raw, places, protocols)


def _over_udp(raw: Bytes, starts: Ints) -> Where:
    port, head = u16(raw, starts + 2), starts + UDP_HEADER
    vxlan = np.isin(port, VXLAN_PORTS) & (u8(raw, head) & VXLAN_FLAGS > 0)
    geneve = (port == GENEVE_PORT) & (u8(raw, head) >> 6 == 0)
    options = np.where(geneve, (u8(raw, head) & 0x3F) * 4, 0)
    protocols = np.where(vxlan, ETHERNET, np.where(geneve, u16(raw, head + 2), 0))
    return _unpacked(raw, head + TUNNEL_HEADER + options, protocols)


def _unpacked(raw: Bytes, places: Ints, protocols: Ints) -> Where:
    framed = np.flatnonzero(protocols == ETHERNET)
    if len(framed):
        places[framed], protocols[framed] = ethernet(raw, places[framed])
    return untagged(raw, places, protocols)
