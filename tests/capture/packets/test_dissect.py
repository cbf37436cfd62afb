"""From packets to rows: who spoke with whom, what they said, and when."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.helpers.conversations import GREETING, SIGNATURE, handshaken, message, ready
from tests.helpers.dissected import dissected, rows, said
from tests.helpers.packets import SYN, Packet, Talk, moved, pcap, pcapng
from zinspector.capture.packets import conversation


def test_a_whole_connection(tmp_path: Path) -> None:
    talk = handshaken().sends(message(b"\1weather.")).answers(message(b"weather.london", b"17 C")).close()
    talk.answers(b"")
    found = rows(pcap(talk.packets, nanoseconds=True), tmp_path)
    assert [row.name or row.kind for row in found] == [
        *("OPENED", "GREETING", "GREETING", "READY", "READY", "SUBSCRIBE", "message", "CLOSED"),
    ]
    opened, last = found[0], found[-2]
    assert json.loads(opened.frames[1]) == {
        "connect": {"address": "127.0.0.1:40001"},
        "bind": {"address": "127.0.0.1:5556"},
    }
    assert opened.time_ns == talk.packets[1].time_ns
    assert (last.from_type, last.to_type, last.direction) == ("PUB", "SUB", "bind->connect")
    assert last.topic == "weather.london"
    assert last.time_ns == next(packet.time_ns for packet in talk.packets if b"17 C" in packet.payload)
    assert json.loads(found[-1].frames[1]) == {"by": "connect", "reset": False}


def test_a_message_has_the_time_of_the_packet_that_completed_it(tmp_path: Path) -> None:
    talk = handshaken().answers(message(b"t", b"x" * 90), segment=30)
    found = rows(pcap(talk.packets, nanoseconds=True), tmp_path)
    assert found[-1].time_ns == talk.packets[-1].time_ns


def test_times_are_right_in_runs_too(tmp_path: Path) -> None:
    talk = handshaken("PULL", "PUSH")
    first = len(talk.packets)
    for number in range(300):
        talk.answers(message(b"%d" % number))
    found = rows(pcap(talk.packets, nanoseconds=True), tmp_path)
    messages = [row for row in found if row.kind == "message"]
    assert [row.frames[0] for row in messages] == [b"%d" % number for number in range(300)]
    assert [row.time_ns for row in messages] == [packet.time_ns for packet in talk.packets[first:]]


def test_large_messages_over_many_packets_in_runs(tmp_path: Path) -> None:
    talk = handshaken("PULL", "PUSH")
    bodies = [bytes([number]) * 5000 for number in range(40)]
    for body in bodies:
        talk.answers(message(body, b"", body[:7]), segment=1448)
    ends = [packet for packet in talk.packets if len(packet.payload) not in (0, 1448)][-40:]
    found = [row for row in rows(pcap(talk.packets, nanoseconds=True), tmp_path) if row.kind == "message"]
    assert [row.frames for row in found] == [(body, b"", body[:7]) for body in bodies]
    assert [row.time_ns for row in found] == [packet.time_ns for packet in ends]


@pytest.mark.parametrize("swapped", [False, True])
def test_who_listened_is_told_by_the_handshake_not_by_the_port(tmp_path: Path, swapped: bool) -> None:
    ends = {"client": ("10.0.0.9", 80), "server": ("10.0.0.1", 60000)}
    talk = handshaken(**(ends if swapped else {})).answers(message(b"a", b"b"))
    assert rows(pcap(talk.packets), tmp_path)[-1].direction == "bind->connect"


def test_who_listens_elsewhere_in_the_capture_listens_here(tmp_path: Path) -> None:
    server = ("127.0.0.1", 60000)
    one = handshaken(server=server).answers(message(b"a", b"b"))
    two = handshaken(client=("127.0.0.1", 1025), server=server, time_ns=one.time_ns)
    start = len(two.packets)
    for _ in range(3):
        two.answers(message(b"weather.london", b"sunny"))
    found = rows(pcap([*one.packets, *two.packets[start:]]), tmp_path)
    assert {row.direction for row in found if row.connection == 2 and row.kind == "message"} == {"bind->connect"}


def test_a_port_that_was_asked_for_is_listened_on() -> None:
    talk = handshaken(client=("127.0.0.1", 1025), server=("127.0.0.1", 60000)).answers(message(b"a", b"b"))
    directions = [dissected(talk.packets[3:], ports=ports).rows(1, 100)[-1].direction for ports in ((), (60000,))]
    assert directions == ["connect->bind", "bind->connect"]


def test_connections_are_numbered_as_they_appeared(tmp_path: Path) -> None:
    slow = handshaken(client=("127.0.0.1", 41000))
    fast = handshaken(client=("127.0.0.1", 41001), time_ns=slow.packets[0].time_ns + 10)
    slow.later(2).answers(message(b"slow", b""))
    late = [packet for packet in slow.packets if packet.payload]
    packets = [*slow.packets[:3], *fast.answers(message(b"fast", b"")).packets, *moved_later(late, 3)]
    found = rows(pcap(packets), tmp_path)
    assert said(found, 1)[-1][1] == "slow|"
    assert said(found, 2)[-1][1] == "fast|"


def moved_later(packets: list[Packet], seconds: int) -> list[Packet]:
    return [moved([packet], time_ns=packet.time_ns + seconds * 10**9)[0] for packet in packets]


def test_a_port_that_is_used_again_is_another_connection(tmp_path: Path) -> None:
    one = handshaken().answers(message(b"a", b"1")).close()
    two = handshaken(client_first=5_000_000, server_first=77, time_ns=one.time_ns).answers(message(b"a", b"2")).reset()
    found = rows(pcap([*one.packets, *two.packets]), tmp_path)
    assert said(found, 1)[-2:] == [("bind->connect", "a|1"), ("connect->bind", "CLOSED")]
    assert said(found, 2)[-2:] == [("bind->connect", "a|2"), ("bind->connect", "RESET")]


@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize("first", [1 << 20, 1 << 31])
def test_a_port_that_is_used_again_is_another_connection_also_when_its_beginning_was_not_captured(
    reset: bool, first: int, tmp_path: Path
) -> None:
    one, two = handshaken("PUSH", "PULL"), handshaken("PUSH", "PULL", client_first=first, server_first=1 << 30)
    for talk in (one, two):
        talk.sends(message(b"before")).sends(message(b"after"))
    late = one.packets[-1]
    one = one.reset() if reset else one.close()
    two.close()
    found = rows(pcap([*one.packets, late, *moved(two.packets[3:], time_ns=one.time_ns + 10**9)]), tmp_path)
    for number in (1, 2):
        told = [row.frames for row in found if row.kind == "message" and row.connection == number]
        assert told == [(b"before",), (b"after",)]
    assert max(row.connection or 0 for row in found) == 2


def test_attempts_that_were_refused_are_told_and_not_numbered(tmp_path: Path) -> None:
    nobody = Talk(client=("127.0.0.1", 41000))
    nobody._send(True, SYN)
    nobody.reset()
    talk = handshaken(time_ns=nobody.time_ns).answers(message(b"a", b"b"))
    found = rows(pcap([*nobody.packets, *talk.packets]), tmp_path)
    assert found[0].name == "REFUSED"
    assert found[0].connection is None
    assert {row.connection for row in found[1:]} == {1}


@pytest.mark.parametrize(
    ("request_", "answer", "name"),
    [
        (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n", "HTTP"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\x16\x03\x03\x00\x7a\x02", "TLS"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", b"SSH-2.0-OpenSSH_9.2\r\n", "SSH"),
        (b"what\r\n", b"no\r\n", "unknown protocol"),
    ],
)
def test_other_protocols_are_named_and_counted(tmp_path: Path, request_: bytes, answer: bytes, name: str) -> None:
    packets = []
    for port in range(3):
        packets += Talk(client=("127.0.0.1", 41000 + port)).open().sends(request_).answers(answer * 3).close().packets
    found = rows(pcap(packets), tmp_path)
    assert [row.name for row in found] == ["NOT_ZMTP"]
    assert found[0].connection is None
    text = found[0].frames[0].decode()
    assert text.startswith(f"{name} on port 5556: 3 connections")
    assert json.loads(found[0].frames[1])["bytes"] == 3 * (len(request_) + 3 * len(answer))


def test_a_browser_at_a_zeromq_port_is_a_connection(tmp_path: Path) -> None:
    talk = Talk().open().answers(SIGNATURE).sends(b"GET / HTTP/1.1\r\n\r\n")
    found = rows(pcap(talk.packets), tmp_path)
    assert ("connect->bind", "NOT_ZMTP") in said(found)


@pytest.mark.parametrize("at_once", [1, 100, 1777])
def test_rows_do_not_depend_on_how_the_capture_arrives(at_once: int) -> None:
    talk = handshaken("PULL", "PUSH")
    for number in range(60):
        talk.answers(message(b"%d" % number, b"x" * number), segment=40)
    packets = talk.close().packets
    del packets[-20]
    whole, pieces = dissected(packets), dissected(packets, at_once)
    key = [(row.time_ns, row.kind, row.name, row.frames, row.anomalies) for row in whole.rows(1, whole.captured)]
    assert key == [(row.time_ns, row.kind, row.name, row.frames, row.anomalies) for row in pieces.rows(1, 9999)]
    assert len(key) > 60


def test_a_parser_that_fails_ends_that_connection_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing(conversation.Connection):
        def scan(self, side: object, data: bytes) -> list[object]:
            if b"boom" in data:
                raise RuntimeError("boom")
            return super().scan(side, data)

        feed = scan

    monkeypatch.setattr(conversation, "Connection", Failing)
    one = handshaken().answers(message(b"a", b"boom")).answers(message(b"a", b"later"))
    two = handshaken(client=("127.0.0.1", 41000), time_ns=one.time_ns).answers(message(b"a", b"fine"))
    found = rows(pcap([*one.packets, *two.packets]), tmp_path)
    assert said(found, 1)[-1] == ("bind->connect", "STOPPED")
    assert said(found, 2)[-1] == ("bind->connect", "a|fine")


def test_the_number_of_connections_followed_at_once_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    from zinspector.capture.packets import dissect

    monkeypatch.setattr(dissect, "MOST_FLOWS", 64)
    packets = []
    for number in range(300):
        packets += handshaken(client=("10.0.0.1", 1000 + number)).answers(message(b"a", b"%d" % number)).packets
    store = dissected(packets, 4096)
    found = [row for row in store.rows(1, store.captured) if row.kind == "message"]
    assert [row.frames[1] for row in found] == [b"%d" % number for number in range(300)]


def test_gzip_pcapng_and_ipv6(tmp_path: Path) -> None:
    talk = handshaken(client=("fe80::1", 40001), server=("fe80::2", 5556)).answers(message(b"a", b"b"))
    found = rows(pcapng(talk.packets, linktype=276), tmp_path, "made.pcapng")
    assert json.loads(found[0].frames[1])["connect"] == {"address": "[fe80::1]:40001"}
    assert said(found)[-1] == ("bind->connect", "a|b")


@pytest.mark.parametrize("segment", [1, 10, 64, 1000])
def test_a_greeting_has_no_types_however_it_came(tmp_path: Path, segment: int) -> None:
    talk = Talk().open().answers(GREETING + ready("PUB"), segment=segment)
    talk.sends(GREETING + ready("SUB"), segment=segment)
    greetings = [row for row in rows(pcap(talk.packets), tmp_path) if row.name == "GREETING"]
    assert [(row.from_type, row.to_type) for row in greetings] == [(None, None)] * 2


@pytest.mark.parametrize("linktype", [0, 1, 9, 50, 101, 108, 113, 228, 276])
@pytest.mark.parametrize("hosts", [("10.0.0.9", "10.0.0.1"), ("fe80::9", "fe80::1")])
def test_every_link_and_both_protocols_of_the_internet(tmp_path: Path, linktype: int, hosts: tuple[str, str]) -> None:
    talk = handshaken(client=(hosts[0], 40001), server=(hosts[1], 5556)).answers(message(b"a", b"b")).close()
    assert said(rows(pcap(talk.packets, linktype, order=">"), tmp_path))[-2:] == [
        ("bind->connect", "a|b"),
        ("connect->bind", "CLOSED"),
    ]


@pytest.mark.parametrize("host", ["10.0.0.1", "fe80::1"])
def test_segments_larger_than_an_ip_packet_as_cards_cut_them(tmp_path: Path, host: str) -> None:
    bodies = [bytes([number]) * 150_000 for number in range(12)]
    talk = handshaken("PULL", "PUSH", client=(host, 40001), server=(host, 5556))
    for body in bodies:
        talk.answers(message(body), segment=1 << 18)
    found = rows(pcap(talk.packets), tmp_path)
    assert [row.frames[0] for row in found if row.kind == "message"] == bodies
    assert not [row for row in found if row.name == "GAP"]
