"""Captures that are not in the order of time."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.helpers.conversations import handshaken, message
from tests.helpers.dissected import rows
from tests.helpers.packets import Packet, moved, pcap
from zinspector.capture.packets import sorting
from zinspector.capture.packets.columns import Packets
from zinspector.capture.packets.records import PacketReader

TALK = handshaken().answers(message(b"a", b"1")).answers(message(b"a", b"2")).close()
SORTED = "are not in the order of time in the file: they were sorted"


def read(packets: list[Packet]) -> Packets:
    (chunk,) = PacketReader().feed(pcap(packets, nanoseconds=True))
    return chunk


def shuffled() -> list[Packet]:
    packets = list(TALK.packets)
    random.Random(7).shuffle(packets)
    return packets


@pytest.mark.parametrize("packets", [TALK.packets[::-1], shuffled()], ids=["reversed", "shuffled"])
def test_a_capture_in_no_order_is_read_by_its_times_and_says_so(tmp_path: Path, packets: list[Packet]) -> None:
    straight = rows(pcap(TALK.packets, nanoseconds=True), tmp_path)
    found = rows(pcap(packets, nanoseconds=True), tmp_path)
    assert [(row.name, row.frames) for row in found[:-1]] == [(row.name, row.frames) for row in straight]
    assert found[-1].name == "REMARK"
    assert found[-1].frames[0].decode().endswith(SORTED)


def test_packets_of_one_time_are_turned_round() -> None:
    packets = moved(TALK.packets[:4], time_ns=9)
    chunk = sorting.by_time([read(packets[2:][::-1]), read(packets[:2][::-1])])
    assert [chunk.data[start:][:60] for start in chunk.starts.tolist()] == [
        each.data[start:][:60] for each in [read(packets)] for start in each.starts.tolist()
    ]


def test_a_few_packets_out_of_order_are_left_where_they_are() -> None:
    packets = list(TALK.packets)
    packets[3], packets[4] = packets[4], packets[3]
    chunk = read(packets)
    sorter = sorting.Sorter()
    assert list(sorter.chunks([chunk])) == [chunk]
    assert sorter.remark == ""


def test_what_is_sorted_at_once_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sorting, "MOST_BYTES", 600)
    sorter = sorting.Sorter()
    pieces = [read(TALK.packets[at : at + 4][::-1]) for at in range(0, 12, 4)]
    found = list(sorter.chunks(pieces))
    assert len(found) == 2
    assert all((chunk.times[1:] >= chunk.times[:-1]).all() for chunk in found)
    assert "reordercap" in sorter.remark


def test_a_capture_without_rows_says_why(tmp_path: Path) -> None:
    turned = [moved([one], time_ns=two.time_ns)[0] for one, two in zip(TALK.packets[::-1], TALK.packets, strict=True)]
    (row,) = rows(pcap(turned), tmp_path)
    assert (row.name, "the packets are in no order" in row.frames[0].decode()) == ("DAMAGED", True)
    (row,) = rows(pcap(TALK.packets[:3]), tmp_path)
    assert (row.name, row.frames[0]) == ("NOT_ZMTP", b"TCP without any data: 1 connection")


def test_bytes_before_the_first_are_told_when_they_are_most(tmp_path: Path) -> None:
    turned = [moved([one], time_ns=at)[0] for at, one in enumerate([TALK.packets[-4], *TALK.packets[3:-4][::-1]])]
    found = rows(pcap(turned, nanoseconds=True), tmp_path)
    assert any(b"bytes belong before those that came first" in row.frames[0] for row in found if row.name == "DAMAGED")
