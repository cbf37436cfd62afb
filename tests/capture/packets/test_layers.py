"""Link layers, IP and TCP headers of whole chunks, and what else is in them."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from tests.helpers.packets import CLIENT6, SERVER6, Packet, Talk, enhanced, ethernet, ip, linked, pcap, section
from zinspector.capture.packets import census
from zinspector.capture.packets.columns import Packets
from zinspector.capture.packets.link import network_headers
from zinspector.capture.packets.network import Addresses, datagrams
from zinspector.capture.packets.records import PacketReader
from zinspector.capture.packets.tally import Tally, sentence
from zinspector.capture.packets.transport import flows

LINKTYPES = [0, 1, 9, 50, 101, 108, 113, 228, 276]
FOUR = Talk().open().sends(b"hello").answers(b"world").packets
SIX = Talk(CLIENT6, SERVER6).open().sends(b"hello").answers(b"world").packets


def chunk(frames: list[bytes], linktype: int, sizes: list[int] | None = None) -> Packets:
    starts = np.cumsum([0, *map(len, frames)])[:-1]
    kept = np.array([len(frame) for frame in frames])
    fill = np.full(len(frames), linktype)
    return Packets(b"".join(frames), starts, kept, kept if sizes is None else np.array(sizes), fill * 0, fill)


def payloads(packets: Packets) -> tuple[list[tuple[str, str, bytes, int]], Tally]:
    """Source, target, payload and its true length of all TCP segments, in order; and what else there was."""
    raw = np.frombuffer(packets.data, np.uint8)
    addresses, tally = Addresses(), Tally()
    places, protocols = network_headers(raw, packets)
    found = datagrams(raw, packets, places, protocols, addresses)
    census.count(tally, raw, packets, protocols, found)
    segments = []
    for flow in flows(raw, found):
        ends = [f"{addresses.text(end >> 16)}:{end & 0xFFFF}" for end in flow.ends]
        for place in range(len(flow.segments)):
            side, start, kept, length, which = (
                int(getattr(flow.segments, name)[place]) for name in ("sides", "starts", "kept", "lengths", "which")
            )
            segments.append((which, ends[side], ends[1 - side], packets.data[start : start + kept], length))
    return [segment[1:] for segment in sorted(segments)], tally


@pytest.mark.parametrize("linktype", LINKTYPES)
@pytest.mark.parametrize("packets", [FOUR, SIX], ids=["IPv4", "IPv6"])
def test_every_link_type_gives_the_same_segments(linktype: int, packets: list[Packet]) -> None:
    found, tally = payloads(chunk([linked(linktype, packet) for packet in packets], linktype))
    host = "[::1]" if packets is SIX else "127.0.0.1"
    client, server = f"{host}:40001", f"{host}:5556"
    assert [segment[:2] for segment in found] == [
        *[(client, server), (server, client), (client, server)],
        *[(client, server), (server, client)],
    ]
    assert [segment[2] for segment in found] == [b"", b"", b"", b"hello", b"world"]
    assert not tally.totals


@pytest.mark.parametrize("tags", [(0x8100,), (0x88A8, 0x8100), (0x8100, 0x8100), (0x9100, 0x8100)])
def test_vlan_tags_are_passed_over(tags: tuple[int, ...]) -> None:
    frames = [ethernet(FOUR[3], tags), ethernet(FOUR[4]), ethernet(SIX[3], tags)]
    assert [segment[2] for segment in payloads(chunk(frames, 1))[0]] == [b"hello", b"world", b"hello"]


def test_sessions_of_pppoe_are_passed_over() -> None:
    frames = []
    for packet, protocol in ((FOUR[3], 0x21), (SIX[3], 0x57), (FOUR[4], 0xC021)):
        inner = struct.pack(">H", protocol) + packet.ip()
        frames.append(bytes(12) + struct.pack(">HBBHH", 0x8864, 0x11, 0, 7, len(inner)) + inner)
    found, tally = payloads(chunk(frames, 1))
    assert [segment[2] for segment in found] == [b"hello", b"hello"]
    assert list(tally.totals) == ["PPPoE"]


def test_padding_of_the_wire_is_no_payload() -> None:
    (segment,) = payloads(chunk([ethernet(FOUR[2])], 1))[0]
    assert segment[2:] == (b"", 0)


def test_extension_headers_of_ipv6_are_passed_over() -> None:
    hops = bytes([43, 0, 1, 4, 0, 0, 0, 0])
    routing = bytes([44, 0, 0, 0, 0, 0, 0, 0])
    atomic = bytes([60, 0, 0, 0, 0, 0, 0, 9])  # a fragment that is whole
    options = bytes([6, 1]) + bytes(14)
    frame = SIX[3].ip(extensions=hops + routing + atomic + options, first=0)
    assert [segment[2] for segment in payloads(chunk([frame], 101))[0]] == [b"hello"]


def test_labels_of_mpls_are_passed_over() -> None:
    labels = struct.pack(">II", 16 << 12 | 64, 17 << 12 | 1 << 8 | 64)
    frames = [bytes(12) + struct.pack(">H", 0x8847) + labels + each.ip() for each in (FOUR[3], SIX[3])]
    frames += [bytes(12) + b"\x88\x47" + labels + bytes(60), bytes(12) + b"\x88\x47" + bytes(100)]
    found, tally = payloads(chunk(frames, 1))
    assert [segment[2] for segment in found] == [b"hello", b"hello"]
    assert tally.totals["MPLS"].packets == 2


def test_ppp_may_write_its_protocol_in_one_byte() -> None:
    frames = [head + packet.ip() for head in (b"\x21", b"\xff\x03\x21") for packet in (FOUR[3], FOUR[4])]
    assert [segment[2] for segment in payloads(chunk(frames, 9))[0]] == [b"hello", b"world", b"hello", b"world"]


def test_a_first_fragment_is_cut_short_and_the_others_have_no_segment() -> None:
    whole = Talk().open().sends(b"x" * 100).packets[3].ip()
    first = bytearray(whole[:60])
    first[2:4], first[6:8] = struct.pack(">H", 60), struct.pack(">H", 0x2000)
    rest = bytearray(whole[:20] + whole[60:])
    rest[2:4], rest[6:8] = struct.pack(">H", len(rest)), struct.pack(">H", 5)
    found, tally = payloads(chunk([bytes(first), bytes(rest)], 101))
    assert [(segment[2], segment[3]) for segment in found] == [(b"x" * 20, 20)]
    later = bytes([6, 0]) + struct.pack(">HI", 8 << 3 | 1, 9)
    assert not payloads(chunk([SIX[3].ip(extensions=later, first=44)], 101))[0]
    assert not tally.totals


def test_packets_that_were_cut_keep_their_true_length() -> None:
    frame = linked(101, FOUR[3])
    assert payloads(chunk([frame[:42]], 101, [len(frame)]))[0][0][2:] == (b"he", 5)


def test_a_length_of_zero_means_all_of_the_packet() -> None:
    frame = bytearray(linked(101, FOUR[3]))
    frame[2:4] = b"\0\0"
    assert payloads(chunk([bytes(frame)], 101))[0][0][2:] == (b"hello", 5)


def test_other_traffic_is_named() -> None:
    udp = struct.pack(">HHHH", 40000, 53, 8 + 4, 0) + b"dns?"
    others = ((1, b"ping"), (17, udp), (99, b"?"))
    frames = [
        bytes(12) + b"\x08\x06" + bytes(28),
        bytes(14) + b"\x45",
        *(bytes(12) + b"\x08\x00" + ip("10.0.0.1", "10.0.0.2", *rest) for rest in others),
    ]
    tally = payloads(chunk(frames, 1))[1]
    assert {sentence(name, total) for name, total in tally.totals.items()} == {
        "ARP: 1 packet, 42 B",
        "no IP: 1 packet, 15 B",
        "ICMP: 1 packet, 38 B",
        "UDP on port 53: 1 packet, 46 B",
        "IP protocol 99: 1 packet, 35 B",
    }


def test_zeros_over_udp_are_no_epgm() -> None:
    zeros = ip("10.0.0.1", "10.0.0.2", 17, struct.pack(">HHHH", 40000, 4000, 68, 0) + bytes(60))
    assert list(payloads(chunk([zeros], 101))[1].totals) == ["UDP on port 4000"]


def test_unknown_link_types_and_damaged_headers_are_counted() -> None:
    reader = PacketReader()
    data = bytearray(pcap(FOUR))
    data[20:22] = struct.pack("<H", 147)
    (packets,) = reader.feed(bytes(data))
    assert payloads(packets)[1].totals["packets of link type 147, which zinspector doesn't know"].packets == 5
    for frame in (b"\x41" + bytes(40), b"\x4f" + bytes(30), b"\x45", b"\x60" + bytes(30)):
        found, tally = payloads(chunk([frame], 101))
        assert not found
        assert tally.totals


def test_packets_of_an_interface_that_nothing_describes_are_told_as_such() -> None:
    (packets,) = PacketReader().feed(section() + enhanced(ethernet(FOUR[3]), 0))
    (name,) = payloads(packets)[1].totals
    assert name == "packets of an interface whose description is missing or damaged, so they can't be read"


def test_names_are_bounded() -> None:
    tally = Tally()
    for port in range(1000):
        tally.count(f"UDP on port {port}", 0, packets=1)
    assert len(tally.totals) == 201
    assert tally.totals["other traffic"].packets == 800
