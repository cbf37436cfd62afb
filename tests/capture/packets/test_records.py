"""pcap and pcapng, whole and damaged, at once and in pieces."""

from __future__ import annotations

import struct
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.packets import (
    MASK,
    Talk,
    block,
    enhanced,
    ethernet,
    gzipped,
    interface,
    linked,
    pcap,
    pcapng,
    section,
)
from zinspector.capture.packets.records import PacketReader
from zinspector.errors import FileError

TALK = Talk().open().sends(b"one").answers(b"two").close()
FRAMES = [ethernet(packet) for packet in TALK.packets]
TIMES = [packet.time_ns for packet in TALK.packets]


def read(pieces: Iterable[bytes]) -> tuple[list[bytes], list[int], PacketReader]:
    """The packets of a capture and their times, fed in these pieces."""
    reader = PacketReader()
    frames, times = [], []
    for piece in pieces:
        for packets in reader.feed(piece):
            for start, kept in zip(packets.starts.tolist(), packets.kept.tolist(), strict=True):
                frames.append(packets.data[start : start + kept])
            times += packets.times.tolist()
    reader.finish()
    assert reader.packets == len(frames)
    return frames, times, reader


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("nanoseconds", [False, True])
@pytest.mark.parametrize("packed", [False, True])
def test_pcap(order: str, nanoseconds: bool, packed: bool) -> None:
    data = pcap(TALK.packets, order=order, nanoseconds=nanoseconds)
    frames, times, reader = read([gzipped(data) if packed else data])
    assert frames == FRAMES
    assert times == [time if nanoseconds else time // 1000 * 1000 for time in TIMES]
    assert reader.damage == []


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("resolution", [6, 9, 0x80 | 20, 0x80 | 30])
def test_pcapng_of_any_byte_order_and_resolution(order: str, resolution: int) -> None:
    frames, times, reader = read([pcapng(TALK.packets, order=order, resolution=resolution)])
    assert frames == FRAMES
    tick = 1e9 / (2 ** (resolution & 0x7F) if resolution & 0x80 else 10**resolution)
    assert all(abs(mine - real) <= tick + 1 for mine, real in zip(times, TIMES, strict=True))
    assert reader.damage == []


@given(st.lists(st.integers(1, 200), max_size=30), st.booleans(), st.booleans())
def test_any_split_gives_the_same_packets(sizes: list[int], ng: bool, packed: bool) -> None:
    data = pcapng(TALK.packets) if ng else pcap(TALK.packets, nanoseconds=True)
    data = gzipped(data) if packed else data
    pieces = []
    for size in sizes:
        pieces.append(data[:size])
        data = data[size:]
    frames, times, reader = read([*pieces, data])
    assert (frames, times, reader.damage) == (FRAMES, TIMES, [])


def test_each_interface_has_its_own_link_type_and_clock() -> None:
    one, two = TALK.packets[3:5]
    data = section() + interface(1, 9) + interface(101, 6, offset_s=-100)
    data += enhanced(linked(1, one), one.time_ns)
    data += enhanced(linked(101, two), two.time_ns // 1000 + 100_000_000, which=1)
    reader = PacketReader()
    (packets,) = reader.feed(data)
    assert packets.linktypes.tolist() == [1, 101]
    assert packets.times.tolist() == [one.time_ns, two.time_ns]


def test_sections_may_change_the_byte_order_and_begin_interfaces_anew() -> None:
    data = pcapng(TALK.packets[:2], order="<") + pcapng(TALK.packets[2:], order=">", resolution=6)
    frames, times, _ = read([data])
    assert frames == FRAMES
    assert times == TIMES


def test_simple_and_obsolete_packet_blocks_are_read_and_unknown_blocks_passed_over() -> None:
    old = struct.pack("<HHIIII", 0, 0, *divmod(TIMES[0] // 1000, 1 << 32), len(FRAMES[0]), len(FRAMES[0])) + FRAMES[0]
    data = section() + interface(1) + block(0xBAD, b"what is this") + block(2, old)
    data += block(3, struct.pack("<I", len(FRAMES[1])) + FRAMES[1])
    frames, times, reader = read([data])
    assert frames == FRAMES[:2]
    assert times == [TIMES[0], TIMES[0]]
    assert reader.damage == []


def test_statistics_tell_what_was_dropped() -> None:
    counts = struct.pack("<HHQHHQ", 5, 8, 3, 7, 8, 4) + bytes(4)
    data = pcapng(TALK.packets) + block(5, struct.pack("<III", 0, 0, 0) + counts)
    assert read([data])[2].dropped == 7


@pytest.mark.parametrize("length", [0, 8, 33, 37, MASK, MASK - 3])
def test_a_block_of_impossible_length_costs_that_block_only(length: int) -> None:
    whole = pcapng(TALK.packets)
    at = len(section() + interface(1, 9)) + len(enhanced(FRAMES[0], 0))
    data = whole[: at + 4] + struct.pack("<I", length) + whole[at + 8 :]
    frames, _, reader = read([data])
    assert frames == [FRAMES[0], *FRAMES[2:]]
    assert [damage.offset for damage in reader.damage] == [at]


def test_a_packet_of_impossible_size_costs_that_packet_only() -> None:
    whole = pcap(TALK.packets)
    at = 24 + 16 + len(FRAMES[0])
    data = whole[: at + 8] + struct.pack("<I", 1 << 31) + whole[at + 12 :]
    frames, _, reader = read([data])
    assert frames == [FRAMES[0], *FRAMES[2:]]
    assert len(reader.damage) == 1


@pytest.mark.parametrize("make", [pcap, pcapng])
def test_a_capture_that_ends_anywhere_gives_what_is_whole(make: object) -> None:
    data = pcap(TALK.packets) if make is pcap else pcapng(TALK.packets)
    counts = []
    for end in range(24 if make is pcap else 28, len(data)):
        frames, _, reader = read([data[:end]])
        assert frames == FRAMES[: len(frames)]
        assert len(reader.damage) <= 1
        counts.append(len(frames))
    assert counts == sorted(counts)
    assert counts[-1] == len(FRAMES) - 1


def test_gzip_that_ends_early_or_is_damaged_gives_what_came_out() -> None:
    packed = gzipped(pcap(TALK.packets * 50))
    frames, _, reader = read([packed[: len(packed) * 2 // 3]])
    assert 0 < len(frames) < len(FRAMES) * 50
    assert "ends too early" in reader.damage[0].text
    broken = bytearray(packed)
    broken[-6] ^= 0xFF  # the checksum
    frames, _, reader = read([bytes(broken)])
    assert len(frames) == len(FRAMES) * 50
    assert "damaged" in reader.damage[0].text


def test_members_of_gzip_follow_each_other() -> None:
    data = pcap(TALK.packets)
    frames, _, reader = read([gzipped(data[:100]) + gzipped(data[100:]) + b"\0" * 512])
    assert frames == FRAMES
    assert reader.damage == []


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\3\4 something", gzipped(b"a text, packed"), gzipped(b"")])
def test_what_is_no_capture_is_refused(data: bytes) -> None:
    with pytest.raises(FileError, match="not a capture"):
        read([data])


@pytest.mark.parametrize("header", [pcap([]), pcap([], order=">", nanoseconds=True), section(), section(">")])
def test_a_file_that_ends_within_its_header_is_refused_with_the_place(header: bytes) -> None:
    for end in range(4, len(header)):
        with pytest.raises(FileError, match=f"ends within its header, at byte {end}"):
            read([header[:end]])
    assert read([header])[0] == []


def test_gzip_that_ends_before_a_capture_begins_is_refused() -> None:
    for end in range(4, 12):
        with pytest.raises(FileError, match="ends too early, before any capture begins"):
            read([gzipped(pcap(TALK.packets))[:end]])


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_section_whose_mark_of_byte_order_is_damaged_is_read_by_its_length(order: str) -> None:
    data = bytearray(pcapng(TALK.packets, order=order))
    data[9] ^= 0xFF
    assert read([bytes(data)])[0] == FRAMES
