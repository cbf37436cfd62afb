"""Fragments of IP packets: in any order, twice, late, too many, or not all of them."""

from __future__ import annotations

import random
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.conversations import handshaken, message
from tests.helpers.dissected import rows
from tests.helpers.packets import CLIENT6, SERVER6, Packet, pcap
from zinspector.capture.message import Message
from zinspector.capture.packets import fragments
from zinspector.capture.packets.columns import Packets
from zinspector.capture.packets.dissect import Dissector

ROOM = 24  # of a fragment, in bytes: less than a TCP header with options


def cut(packet: Packet, name: int, room: int = ROOM) -> list[bytes]:
    """The fragments of an IP packet, each with so much of its body."""
    whole = packet.ip()
    six = whole[0] >> 4 == 6
    head, body = whole[: 40 if six else 20], whole[40 if six else 20 :]
    parts = []
    for start in range(0, len(body), room):
        part, more = body[start : start + room], start + room < len(body)
        if six:
            extension = struct.pack(">BBHI", 6, 0, start | more, name)
            parts.append(head[:4] + struct.pack(">HB", 8 + len(part), 44) + head[7:] + extension + part)
        else:
            places = struct.pack(">HHH", 20 + len(part), name & 0xFFFF, more << 13 | start // 8)
            parts.append(head[:2] + places + head[8:] + part)
    return parts


def captured(parts: list[bytes]) -> bytes:
    """A capture of raw IP packets, a microsecond after each other."""
    records = (struct.pack("<IIII", 9, at, len(each), len(each)) + each for at, each in enumerate(parts))
    return pcap([], 101) + b"".join(records)


def talk(six: bool) -> list[Packet]:
    ends = {"client": CLIENT6, "server": SERVER6} if six else {}
    made = handshaken("PULL", "PUSH", **ends).answers(message(b"x" * 200)).answers(message(b"topic", b"y" * 70_000))
    return made.answers(message(b"last")).close().packets


def messages(found: list[Message]) -> list[tuple[bytes, ...]]:
    return [row.frames for row in found if row.kind == "message"]


SENT = [(b"x" * 200,), (b"topic", b"y" * 70_000), (b"last",)]


@pytest.mark.parametrize("six", [False, True], ids=["IPv4", "IPv6"])
@pytest.mark.parametrize("how", ["in order", "reversed", "shuffled", "twice"])
def test_fragments_are_put_together(six: bool, how: str, tmp_path: Path) -> None:
    chance = random.Random(how)
    parts: list[bytes] = []
    for name, packet in enumerate(talk(six)):
        mine = cut(packet, name, ROOM if len(packet.payload) < 1000 else 1480)
        mine = {"reversed": mine[::-1], "twice": [each for each in mine for _ in (0, 1)]}.get(how, mine)
        if how == "shuffled":
            chance.shuffle(mine)
        parts += mine
    found = rows(captured(parts), tmp_path)
    assert messages(found) == SENT
    assert [row.name for row in found if row.kind == "event"] == ["OPENED", *["NOT_ZMTP"] * (how == "twice"), "CLOSED"]
    assert not any(row.anomalies for row in found)


def test_what_a_fragment_ends_does_not_end_the_connection(tmp_path: Path) -> None:
    *before, last = handshaken("PULL", "PUSH").answers(message(b"goodbye" * 20)).packets
    last = Packet(last.source, last.target, last.sequence, last.acknowledged, last.flags | 1, last.payload)
    found = rows(captured([*(packet.ip() for packet in before), *cut(last, 7)]), tmp_path)
    assert messages(found) == [(b"goodbye" * 20,)]


def test_a_first_fragment_alone_is_a_packet_that_is_cut_short(tmp_path: Path) -> None:
    """As a filter by port gives them."""
    *before, last = handshaken("PULL", "PUSH").answers(message(b"one")).answers(message(b"x" * 200)).packets
    found = rows(captured([*(packet.ip() for packet in before), cut(last, 7, 104)[0]]), tmp_path)
    assert messages(found) == [(b"one",), (b"x" * 82,)]
    assert found[-2].anomalies == ("incomplete-message: the stream ended inside a message",)
    assert found[-1].frames[0].startswith(fragments.MISSED.encode() + b": 1 packet")


def test_fragments_that_overlap_make_no_packet() -> None:
    one = fragments.Datagram(0)
    blank = fragments.Fragment(0, (1, 2, 6, 7), 0, False, b"", b"a" * 16, 36, 0)
    assert one.add(blank) is None
    assert one.add(blank._replace(offset=8, body=b"b" * 16)) is None
    assert one.add(blank._replace(offset=24, body=b"c" * 8, last=True)) is None
    assert one.packets == 3


def taken(parts: list[bytes], times: list[int]) -> tuple[Dissector, int]:
    """What is left open of raw IP packets seen at these times (ns)."""
    dissector = Dissector("made")
    for part, time_ns in zip(parts, times, strict=True):
        one = fragments.np.array([len(part)])
        dissector.take(Packets(part, one * 0, one, one, one * 0 + time_ns, one * 0 + 101))
    return dissector, len(dissector._fragments._open)


def test_fragments_are_waited_for_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    packet = talk(False)[-4]
    names = range(1, 10)
    parts = [cut(packet, name)[0] for name in names]
    assert taken(parts, list(names))[1] == 9
    monkeypatch.setattr(fragments, "MOST_DATAGRAMS", 4)
    assert taken(parts, list(names))[1] == 4
    first, *_, last = cut(packet, 5)
    late = 1 + fragments.PATIENCE_NS
    assert taken([first, last], [0, late])[1] == 1
    dissector, _ = taken([first, last], [0, late])
    dissector.finish()
    batch = dissector.rows()
    assert batch is not None
    told = [frames[0] for frames in batch.column("frames").to_pylist()]
    assert any(text.startswith(fragments.MISSED.encode() + b": 2 packets") for text in told)


@given(st.lists(st.binary(min_size=20, max_size=60), max_size=20), st.integers(0, 2**32))
def test_any_fragments_raise_nothing(bodies: list[bytes], seed: int) -> None:
    chance = random.Random(seed)
    parts = []
    for body in bodies:
        place = struct.pack(">HHH", 20 + len(body), chance.randrange(3), chance.randrange(1 << 14))
        parts.append(b"\x45\0" + place + b"\x40\x06\0\0" + b"\x7f\0\0\1" * 2 + body)
    dissector, _ = taken(parts, list(range(len(parts))))
    dissector.finish()
    dissector.rows()
