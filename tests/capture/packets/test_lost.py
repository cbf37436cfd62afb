"""From packets to rows where packets are missing, late, repeated or cut: what is told, and what is not."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.conversations import GREETING, handshaken, message, ready
from tests.helpers.dissected import dissected, rows, said
from tests.helpers.packets import Packet, Talk, linked, moved, pcap
from zinspector.capture.packets import flow
from zinspector.capture.store import Store


def test_without_a_handshake_the_likelier_end_listens_and_types_are_unknown(tmp_path: Path) -> None:
    talk = handshaken()
    start = len(talk.packets)
    for number in range(4):
        talk.answers(message(b"weather.london", b"%d degrees" % number))
    found = rows(pcap(talk.packets[start:]), tmp_path)
    messages = [row for row in found if row.kind == "message"]
    assert [row.frames[1] for row in messages] == [b"%d degrees" % number for number in range(4)]
    assert {(row.direction, row.from_type, row.to_type) for row in messages} == {("bind->connect", None, None)}
    assert b"when the capture began" in found[0].frames[0]


@pytest.mark.parametrize("before", [4, 40, 400])
@pytest.mark.parametrize("after", [2, 6, 40])
def test_an_end_that_speaks_late_was_connected_before_the_capture_all_the_same(
    tmp_path: Path, before: int, after: int
) -> None:
    """Its first bytes may come in a run: they are no greeting of ZMTP 1.0 either."""
    talk = handshaken("DEALER", "ROUTER")
    start = len(talk.packets)
    for number in range(before):
        talk.answers(message(b"", b"news %d" % number))
    for number in range(after):
        talk.sends(message(b"", b"question %d" % number))
    found = rows(pcap(talk.packets[start:]), tmp_path)
    asked = [row for row in found if row.direction == "connect->bind" and row.name != "OPENED"]
    assert [row.name for row in asked] == ["GAP"] + [None] * after
    assert [row.frames[1] for row in asked[1:]] == [b"question %d" % number for number in range(after)]


def test_a_lost_syn_changes_nothing_but_the_certainty(tmp_path: Path) -> None:
    talk = handshaken().answers(message(b"a", b"b"))
    found = rows(pcap(talk.packets[3:]), tmp_path)
    assert said(found)[-1] == ("bind->connect", "a|b")
    assert (found[-1].from_type, found[-1].to_type) == ("PUB", "SUB")


@given(st.integers(0, 2**32), st.integers(1, 5), st.floats(0, 0.4))
def test_reordered_repeated_and_overlapping_packets_give_the_same_messages(
    seed: int, duplicates: int, overlap: float
) -> None:
    """Within the patience for packets that are out of order."""
    chance = random.Random(seed)
    talk = handshaken("PULL", "PUSH")
    start = len(talk.packets)
    bodies = [bytes([number]) * chance.randrange(1, 400) for number in range(30)]
    talk.answers(b"".join(map(message, bodies)), segment=chance.randrange(50, 900))
    tail = talk.packets[start:]
    for _ in range(duplicates):
        one = chance.choice(tail)
        cut = chance.randrange(len(one.payload)) if chance.random() < overlap else 0
        tail.append(moved([one], sequence=one.sequence + cut, payload=one.payload[cut:])[0])
    chance.shuffle(tail)
    tail = [moved([packet], time_ns=talk.time_ns + place)[0] for place, packet in enumerate(tail)]
    store = dissected([*talk.packets[:start], *tail])
    found = [row for row in store.rows(1, store.captured) if row.kind == "message"]
    assert [row.frames[0] for row in found] == bodies


def test_packets_that_were_cut_leave_gaps_and_a_remark(tmp_path: Path) -> None:
    talk = handshaken().answers(message(b"topic", b"x" * 100)).answers(message(b"topic", b"short"))
    size = len(linked(1, talk.packets[-2]))
    packets = [*talk.packets[:-2], moved([talk.packets[-2]], kept=size - 50)[0], talk.packets[-1]]
    found = rows(pcap(packets), tmp_path)
    assert ("bind->connect", "GAP") in said(found)
    assert [row.frames[0] for row in found if row.name == "DAMAGED"] == [
        b"1 packet cut short when it was captured: what was cut off is missing"
    ]
    assert not any(row.kind == "message" and row.frames[-1] == b"x" * 100 for row in found)
    assert said(found)[-1] == ("bind->connect", "topic|short")


@pytest.mark.parametrize("goes_on", [False, True])
def test_a_ready_that_nobody_captured_is_no_fault_of_who_waited_for_it(tmp_path: Path, goes_on: bool) -> None:
    talk = Talk().open().answers(GREETING).sends(GREETING).sends(ready("DEALER"))
    talk.answers(ready("ROUTER")).loses().sends(message(b"", b"request")).sends(message(b"", b"another"))
    if goes_on:
        talk.answers(message(b"", b"answer"))
    found = rows(pcap(talk.packets, nanoseconds=True), tmp_path)
    assert [row.frames[1] for row in found if row.direction == "connect->bind" and row.kind == "message"] == [
        b"request",
        b"another",
    ]
    assert not any("message-before-peer-ready" in code for row in found for code in row.anomalies)


def test_a_message_that_waited_for_nothing_is_its_senders_fault(tmp_path: Path) -> None:
    talk = Talk().open().answers(GREETING).sends(GREETING).sends(ready("DEALER")).sends(message(b"", b"early"))
    found = rows(pcap(talk.answers(ready("ROUTER")).packets, nanoseconds=True), tmp_path)
    assert [code for row in found for code in row.anomalies if "message-before-peer-ready" in code]


def test_the_rest_of_a_message_is_not_told_as_a_whole_one(tmp_path: Path) -> None:
    talk = handshaken("PULL", "PUSH").answers(message(b"head", b"x" * 9)[:6]).loses()
    talk.answers(message(b"head", b"x" * 9)[6:]).answers(message(b"head", b"next")).answers(message(b"head", b"last"))
    found = [row for row in rows(pcap(talk.packets), tmp_path) if row.kind == "message"]
    assert [row.frames for row in found] == [(b"x" * 9,), (b"head", b"next"), (b"head", b"last")]
    assert [[code.partition(":")[0] for code in row.anomalies] for row in found] == [["gap-before-message"], [], []]


def test_a_cut_capture_tells_what_is_whole_and_what_is_left_out(tmp_path: Path) -> None:
    data = pcap(handshaken().answers(message(b"a", b"b")).packets)
    found = rows(data + data[24:60], tmp_path)
    assert said(found)[-1] == ("bind->connect", "a|b")
    assert found[-1].name == "DAMAGED"
    assert b"last 36 bytes" in found[-1].frames[0]


@pytest.mark.parametrize("before", [0, 20])
def test_keepalives_and_probes_of_a_closed_window_change_nothing(tmp_path: Path, before: int) -> None:
    talk = handshaken("PULL", "PUSH")
    for number in range(before):
        talk.answers(message(b"%d" % number))
    for _ in range(3):  # a byte that was acknowledged long ago, with anything in it
        last = talk.acknowledges(client=False).packets.pop()
        talk.packets.append(moved([last], sequence=last.sequence - 1, payload=b"\0")[0])
        talk.acknowledges(client=True)
    whole = talk.answers(message(b"held back", b"by a closed window")).packets.pop()
    talk.packets += [*moved([whole] * 3, payload=whole.payload[:1]), whole]  # the first byte again and again
    talk.answers(message(b"last"))
    found = rows(pcap(talk.close().packets, nanoseconds=True), tmp_path)
    told = [row.frames for row in found if row.kind == "message"]
    assert told == [*((b"%d" % number,) for number in range(before)), (b"held back", b"by a closed window"), (b"last",)]
    assert not any(row.name == "GAP" or row.anomalies for row in found)


def test_packets_that_were_all_cut_short_tell_the_sizes_of_messages(tmp_path: Path) -> None:
    """As `tcpdump -s 96` does: the greeting, and what says who speaks, too."""
    talk = handshaken("PULL", "PUSH")
    for number in range(20):
        talk.answers(message(b"%d" % number, b"x" * 50 * number))
    cut = [replace(packet, kept=86) for packet in talk.close().packets]  # 32 bytes of what is said
    found = rows(pcap(cut, nanoseconds=True), tmp_path)
    told = [row for row in found if row.kind == "message"]
    assert [row.size for row in told] == [len(b"%d" % number) + 50 * number for number in range(20)]
    assert {row.from_type for row in told} == {"PUSH"}
    assert [bool(row.anomalies) for row in told] == [number > 0 for number in range(20)]
    shaken = sorted(row.name or "" for row in found if row.kind == "handshake")
    assert shaken == ["GREETING", "GREETING", "READY", "READY"]


def test_after_packets_that_cannot_be_followed_one_that_is_cut_short_may_be_proof(tmp_path: Path) -> None:
    talk = handshaken("PULL", "PUSH").answers(message(b"one", b"x" * 100, b"y" * 100)).answers(message(b"z" * 900))
    cut = [replace(packet, kept=100) for packet in talk.answers(message(b"last")).close().packets]
    told = [row for row in rows(pcap(cut, nanoseconds=True), tmp_path) if row.kind == "message"]
    assert [(row.size, row.frames[-1][:4]) for row in told] == [(42, b"xxxx"), (900, b"zzzz"), (4, b"last")]
    assert "gap-before-message" in str(told[1].anomalies)


@given(st.integers(0, 2**32))
def test_at_once_or_one_by_one_lost_late_and_repeated_packets_give_the_same(seed: int) -> None:
    """Within the patience for late ones: at once, a late one is also told when its hole might have been given up."""
    chance = random.Random(seed)
    talk = handshaken("REP", "REQ")
    start = len(talk.packets)
    for number in range(120):
        talk.answers(message(b"%d" % number, b"x" * chance.choice((0, 3, 300))), segment=chance.choice((50, 500)))
        if chance.random() < 0.3:
            talk.sends(message(b"yes", b"%d" % number))
    packets = [packet for packet in talk.close().packets[start:] if chance.random() > 0.03]
    for _ in range(6):
        at = chance.randrange(len(packets))
        packets.insert(chance.randrange(len(packets)), packets[at] if chance.random() < 0.5 else packets.pop(at))
    packets = [*talk.packets[:start], *moved_to_order(packets)]
    one, two = dissected(packets), in_pieces_of_one(packets)
    assert in_short(one) == in_short(two)


def moved_to_order(packets: list[Packet]) -> list[Packet]:
    times = sorted(packet.time_ns for packet in packets)
    return [moved([packet], time_ns=time)[0] for packet, time in zip(packets, times, strict=True)]


def in_pieces_of_one(packets: list[Packet]) -> Store:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flow, "WORTH_A_RUN", 1 << 30)
        return dissected(packets)


def in_short(store: Store) -> list[tuple[object, ...]]:
    """What is told of each direction, in order."""
    found = store.rows(1, store.captured)
    return sorted((row.direction, row.time_ns, row.kind, row.name or "", row.frames, row.anomalies) for row in found)
