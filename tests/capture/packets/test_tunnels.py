"""Tunnels: what they carry is read as if it came alone."""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np
import pytest

from tests.helpers.conversations import handshaken, message
from tests.helpers.packets import CLIENT6, SERVER6, Packet, ethernet, ip
from zinspector.capture.message import Message
from zinspector.capture.packets.columns import Packets
from zinspector.capture.packets.dissect import Dissector
from zinspector.capture.store import Store

HOSTS = ("10.0.0.1", "10.0.0.2")
Carrier = Callable[[Packet], bytes]


def udp(port: int, body: bytes) -> bytes:
    return ip(*HOSTS, 17, struct.pack(">HHHH", 50_000, port, 8 + len(body), 0) + body)


def frame(packet: Packet) -> bytes:
    """As Ethernet, without what pads it."""
    return bytes(12) + struct.pack(">H", packet.ethertype) + packet.ip()


CARRIERS: dict[str, Carrier] = {
    "IP in IP": lambda packet: ip(*HOSTS, 41 if packet.ethertype == 0x86DD else 4, packet.ip()),
    "GRE": lambda packet: ip(*HOSTS, 47, struct.pack(">HH", 0, packet.ethertype) + packet.ip()),
    "GRE with all fields": lambda packet: ip(*HOSTS, 47, struct.pack(">HH12x", 0xB000, packet.ethertype) + packet.ip()),
    "Ethernet over GRE": lambda packet: ip(*HOSTS, 47, struct.pack(">HH", 0, 0x6558) + ethernet(packet)),
    "VXLAN": lambda packet: udp(4789, b"\x08\0\0\0\0\0\1\0" + frame(packet)),
    "VXLAN with a VLAN in it": lambda packet: udp(8472, b"\x08\0\0\0\0\0\1\0" + ethernet(packet, (0x8100,))),
    "Geneve": lambda packet: udp(6081, b"\0\0\x65\x58\0\0\1\0" + frame(packet)),
    "Geneve with options": lambda packet: udp(6081, b"\2\0\x65\x58\0\0\1\0" + bytes(8) + frame(packet)),
    "GRE over IPv6": lambda packet: ip("fd00::1", "fd00::2", 47, struct.pack(">HH", 0, packet.ethertype) + packet.ip()),
    "VXLAN in VXLAN": lambda packet: udp(
        4789, b"\x08\0\0\0\0\0\1\0" + bytes(12) + b"\x08\0" + udp(4789, b"\x08\0\0\0\0\0\2\0" + frame(packet))
    ),
}


def dissected(packets: list[bytes]) -> list[Message]:
    """The rows of raw IP packets."""
    sizes = np.array([len(each) for each in packets])
    fill = np.zeros(len(packets), np.int64)
    dissector = Dissector("made")
    dissector.take(Packets(b"".join(packets), np.cumsum(sizes) - sizes, sizes, sizes, fill, fill + 101))
    dissector.finish()
    store, batch = Store(), dissector.rows()
    assert batch is not None
    store.append(batch)
    return store.rows(1, store.captured)


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("six", [False, True], ids=["IPv4", "IPv6"])
def test_tunnels_are_passed_through(carrier: str, six: bool) -> None:
    ends = {"client": CLIENT6, "server": SERVER6} if six else {}
    packets = handshaken("PULL", "PUSH", **ends).answers(message(b"topic", b"hello")).close().packets
    found = dissected([CARRIERS[carrier](packet) for packet in packets])
    alone = dissected([packet.ip() for packet in packets])
    assert [(row.name, row.frames) for row in found] == [(row.name, row.frames) for row in alone]


def test_a_tunnel_that_was_cut_to_fragments_is_put_together_first() -> None:
    packets = handshaken("PULL", "PUSH").answers(message(b"topic", b"hello" * 50)).close().packets
    parts = []
    for name, packet in enumerate(packets):
        whole = CARRIERS["VXLAN"](packet)
        for start in range(0, len(whole) - 20, 64):
            part = whole[20 + start : 84 + start]
            more = 84 + start < len(whole)
            places = struct.pack(">HHH", 20 + len(part), name, more << 13 | start // 8)
            parts.append(whole[:2] + places + whole[8:20] + part)
    found = dissected(parts)
    assert [row.frames for row in found if row.kind == "message"] == [(b"topic", b"hello" * 50)]
    assert not any(row.name == "NOT_ZMTP" for row in found)


@pytest.mark.parametrize(
    ("packet", "name"),
    [
        (ip(*HOSTS, 47, b"\x40\0\x08\0" + bytes(40)), b"GRE"),
        (ip(*HOSTS, 47, b"\0\0\x88\x0b" + bytes(40)), b"GRE"),
        (udp(4789, bytes(60)), b"UDP on port 4789"),
        (udp(4789, b"\x08\0\0\0\0\0\1\0" + bytes(12) + b"\x08\x06" + bytes(28)), b"UDP on port 4789"),
        (udp(6081, b"\x3f"), b"UDP on port 6081"),
        (ip(*HOSTS, 4, b"\x45" + bytes(7)), b"damaged IP headers"),
    ],
    ids=["GRE with a route", "PPP over GRE", "no VXLAN", "ARP over VXLAN", "cut Geneve", "cut IP in IP"],
)
def test_what_holds_no_ip_is_named_as_what_it_is(packet: bytes, name: bytes) -> None:
    (row,) = dissected([packet])
    assert row.frames[0].startswith(name + b": 1 packet")


def test_tunnels_in_each_other_without_end_are_bounded() -> None:
    packet = handshaken().packets[3].ip()
    for _ in range(50):
        packet = ip(*HOSTS, 4, packet)
    (row,) = dissected([packet])
    assert row.frames[0].startswith(b"IP in IP: 1 packet")
