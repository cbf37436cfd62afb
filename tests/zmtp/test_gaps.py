"""P6 and F6: streams that end anywhere, streams with holes. What is told was said; what is unknown isn't invented."""

from __future__ import annotations

import random
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers import zmtp
from tests.helpers.places import shared
from tests.helpers.streams import conversations
from zinspector.zmtp.connection import Connection
from zinspector.zmtp.events import Block, Command, Event, Gap, Handshake, Message, Side, Stopped, expand

CAPTURES = [
    *(f"zguide/{name}.pcap" for name in ("espresso", "hw", "lp", "psenv", "rr", "rtreq", "task", "task2", "wu")),
    *(f"apps/{name}.pcap" for name in ("jupyter", "pyomq", "sec_grasslands", "sec_ironhouse", "sec_woodhouse")),
    "tcpdump/zmtp1.pcap",
]


def messages(events: list[Event]) -> list[Message]:
    return [event for event in events if isinstance(event, Message)]


@pytest.mark.parametrize("name", CAPTURES)
def test_captured_streams_however_they_are_cut(name: str) -> None:
    """P1 on real bytes: as captured, byte by byte, at random places; both paths."""
    rng = random.Random(name)
    for steps in conversations(shared(f"captures/{name}"))[:6]:
        whole = zmtp.told(Connection(), steps)
        single = [(side, data[at : at + 1]) for side, data in steps for at in range(len(data))]
        assert zmtp.told(Connection(), single) == whole
        for _ in range(20):
            cuts = [rng.randrange(1 << 16) for _ in range(rng.randrange(8))]
            pieces = [(side, piece) for side, data in steps for piece in zmtp.cut(data, cuts)]
            assert zmtp.told(Connection(), pieces, scan=True) == whole


@pytest.mark.parametrize("name", CAPTURES)
def test_captured_streams_that_end_anywhere(name: str) -> None:
    """P6: all that was told before the cut, and at most one record of what was on its way."""
    steps = conversations(shared(f"captures/{name}"))[0]
    whole = zmtp.told(Connection(), steps, ends=False)
    sizes = {side: sum(len(data) for each, data in steps if each == side) for side in whole}
    for cut in range(0, min(sum(sizes.values()), 4000)):
        left, kept = cut, []
        for side, data in steps:
            kept.append((side, data[:left]))
            left -= min(left, len(data))
        told = zmtp.told(Connection(), kept, ends=False)
        assert {side: events == whole[side][: len(events)] for side, events in told.items()} == {
            "connect": True,
            "bind": True,
        }
    connection = Connection()
    zmtp.told(connection, kept, ends=False)
    for side in whole:
        assert len(connection.end(side)) <= 2


@pytest.mark.parametrize("cut", range(1, 40))
def test_an_incomplete_message_is_one_record(cut: int) -> None:
    data = zmtp.message(b"one") + zmtp.message(b"topic", b"x" * 300)
    connection = zmtp.opened()
    found = connection.feed("connect", data[:cut]) + connection.end("connect")
    ended = cut - len(zmtp.message(b"one"))
    assert [message.complete for message in messages(found)] == ([True] if ended >= 0 else []) + (
        [False] if ended else []
    )
    assert zmtp.codes(found) == (["incomplete-message"] if ended else [])
    assert len(found) == (ended >= 0) + (ended != 0)
    if ended > 2 + 5 + 9:
        assert found[-1].true_sizes == (5, ended - 2 - 5 - 9)


def test_an_incomplete_command_shows_nothing_of_itself() -> None:
    """A password may be in it."""
    connection = Connection()
    data = zmtp.greeting(b"PLAIN") + zmtp.hello(b"admin", b"secret")
    found = connection.feed("connect", data[:-2]) + connection.end("connect")
    assert zmtp.codes(found) == ["incomplete-command"]
    assert "secr" not in repr(found)


def stream(seed: int, count: int = 400) -> tuple[bytes, list[int]]:
    """Irregular messages, and where each begins."""
    rng = random.Random(seed)
    data, places = b"", []
    for _ in range(count):
        places.append(len(data))
        frames = [rng.randbytes(rng.choice([0, 3, 5, 16, 100, 300, 2000])) for _ in range(rng.choice([1, 1, 2, 3]))]
        data += zmtp.message(*frames)
    return data, places


@settings(max_examples=60)
@given(seed=st.integers(0, 50), where=st.integers(1, 20_000), size=st.integers(1, 3000), known=st.booleans())
def test_after_a_gap_only_messages_that_were_sent_are_told(seed: int, where: int, size: int, known: bool) -> None:
    """F6: each is one of those sent, at its place, and most of what came is found again."""
    data, places = stream(seed)
    connection = zmtp.opened(b"PUSH", b"PULL")
    base = len(zmtp.greeting() + zmtp.ready(b"PUSH"))
    sent = {event.offset: event.frames for event in messages(zmtp.opened(b"PUSH", b"PULL").feed("connect", data))}
    found = expand(connection.scan("connect", data[:where]))
    found += connection.gap("connect", size if known else None)
    found += expand(connection.scan("connect", data[where + size :])) + connection.end("connect")
    shift = 0 if known else size
    after = where + base
    for message in messages(found):
        if message.complete and "gap-in-message" not in zmtp.codes([message]):
            offset = message.offset if message.offset < after else message.offset + shift
            assert sent[offset] == message.frames
    whole = [message for message in messages(found) if message.complete]
    expected = sum(not where - 6000 < place < where + size + 12_000 for place in places)
    assert len(whole) >= expected
    assert sum(isinstance(event, Gap) for event in found) == 1


@settings(max_examples=25)
@given(seed=st.integers(0, 50), where=st.integers(0, 5000), places=st.lists(st.integers(0, 50_000), max_size=20))
def test_proof_depends_on_bytes_not_on_chunks(seed: int, where: int, places: list[int]) -> None:
    data = stream(seed)[0][where:]
    told = []
    for pieces in ([data], zmtp.cut(data, places), [data[at : at + 700] for at in range(0, len(data), 700)]):
        connection = Connection()
        found: list[Event | Block] = [*connection.gap("connect", None)]
        for piece in pieces:
            found += connection.scan("connect", piece)
        told.append(expand([*found, *connection.end("connect")]))
    assert told[0] == told[1] == told[2]
    assert len(messages(told[0])) > 100


def test_a_gap_inside_a_frame_costs_that_frame_only() -> None:
    connection = zmtp.opened(b"PUSH", b"PULL")
    data = zmtp.message(b"topic", b"x" * 5000) + zmtp.message(b"next")
    found = connection.feed("connect", data[:1000]) + connection.gap("connect", 2000)
    found += connection.feed("connect", data[3000:])
    gap, cut, following = found
    assert gap == Gap(2000, gap.offset)
    assert isinstance(cut, Message)
    assert (cut.true_sizes, [len(frame) for frame in cut.frames]) == ((5, 5000), [5, 984])
    assert zmtp.codes(found) == ["gap-in-message"]
    assert isinstance(following, Message)
    assert following.frames == (b"next",)


def test_joined_in_the_middle_with_commands() -> None:
    connection = Connection()
    connection.gap("connect", None)
    found = connection.feed("connect", b"rest" + zmtp.command(b"PING", b"\0\0") + zmtp.command(b"SUBSCRIBE", b"abc"))
    found += connection.feed("connect", zmtp.command(b"PING", b"\0\0") * 2)
    assert [event.name for event in found if isinstance(event, Command)][-1:] == ["PING"]
    assert zmtp.codes(found) == []


def test_curve_is_known_by_its_messages() -> None:
    connection = Connection()
    connection.gap("bind", None)
    data = b"".join(zmtp.curve_message(b"x" * size, 7 + size) for size in range(100))
    found = connection.feed("bind", b"\0\x50rest of a message"[3:] + data)
    assert len(found) > 90
    assert {type(event) for event in found} == {Message}
    assert zmtp.codes(found) == []
    assert connection.peers["bind"].mechanism == "CURVE"


def test_curve_is_known_by_the_first_frame_alone() -> None:
    """Not by what follows it: how much of that has come depends on chunks."""
    data = zmtp.ready(b"PUSH") + zmtp.message(b"a", b"b") * 2 + zmtp.curve_message(b"h", 5) + zmtp.ready(b"SUB")
    told = []
    for size in (1, len(data)):
        connection = Connection()
        connection.feed("bind", zmtp.SIGNATURE + b"\1\5")
        connection.gap("bind", 7)
        pieces: list[tuple[Side, bytes]] = [("bind", data[at : at + size]) for at in range(0, len(data), size)]
        told.append(zmtp.told(connection, pieces)["bind"])
    assert told[0] == told[1]
    assert len(told[0]) > 2


PAYLOADS = {
    "zeros": bytes(200_000),
    "equal records": bytes.fromhex("0004") * 50_000,
    "text": b"All work and no play makes Jack a dull boy. " * 3000,
    "small numbers": b"".join(n.to_bytes(4, "big") for n in range(30_000)),
    "small numbers of eight bytes": b"".join(n.to_bytes(8, "big") for n in range(30_000)),
    "little numbers": b"".join((n * 7).to_bytes(4, "little") for n in range(30_000)),
    "random small numbers": b"".join(random.Random(2).randrange(1000).to_bytes(4, "big") for n in range(30_000)),
    "shorts": b"".join((n % 400).to_bytes(2, "big") for n in range(30_000)),
    "floats": b"".join(struct.pack(">d", n / 8) for n in range(20_000)),
    "records": b"".join(struct.pack(">IHHq", n, n % 7, 14, n * 1000) for n in range(10_000)),
    "noise": random.Random(1).randbytes(200_000),
}


@pytest.mark.parametrize("payload", PAYLOADS)
def test_payloads_are_no_proof(payload: str) -> None:
    """In the middle of a long frame nothing is found, and after it everything."""
    connection = Connection()
    connection.gap("connect", None)
    assert messages(expand(connection.scan("connect", PAYLOADS[payload]))) == []
    found = expand(connection.scan("connect", stream(3)[0])) + connection.end("connect")
    assert len(messages(found)) > 300


def test_zmtp_in_a_payload_is_not_taken_for_the_stream() -> None:
    """The outer frame is in doubt until it ends; then the stream goes on. The tunnelled messages are never told."""
    inner = b"".join(zmtp.message(b"inner", b"%d" % n) for n in range(500))
    outer = b"".join(zmtp.message(b"outer %d" % n, inner) for n in range(5))
    connection = Connection()
    connection.gap("connect", None)
    found = expand(connection.scan("connect", b"rest" + outer)) + connection.end("connect")
    assert all(message.frames[0].startswith(b"outer") for message in messages(found))


def test_the_caller_may_have_proof() -> None:
    connection = Connection()
    connection.gap("bind", None, aligned=True)
    first, second = connection.feed("bind", zmtp.message(b"abc") * 2)
    assert zmtp.codes([first]) == ["gap-before-message"]
    assert second == Message((b"abc",), (3,), offset=5)


@pytest.mark.parametrize("scan", [False, True])
def test_what_may_be_the_rest_of_a_message_is_told_as_that(scan: bool) -> None:
    """The parser's own proof is of the beginning of a message; that of the caller is of a frame only."""
    data = zmtp.command(b"PING", b"\0\0") + zmtp.message(b"topic", b"payload" * 9)[7:] + zmtp.message(b"a", b"b") * 99
    connection = zmtp.opened(b"PUSH", b"PULL")
    connection.gap("connect", 50, aligned=True)
    found = zmtp.told(connection, [("connect", data)], scan=scan)["connect"]
    assert [(place, event.anomalies[0].code) for place, event in enumerate(found) if event.anomalies] == [
        (1, "gap-before-message")
    ]
    assert len(found) == 101


def test_a_handshake_leaves_no_doubt_where_messages_begin() -> None:
    connection = Connection()
    connection.gap("connect", None, aligned=True)
    assert zmtp.codes(connection.feed("connect", zmtp.ready() + zmtp.message(b"abc"))) == []


def test_1_0_stops_at_a_gap() -> None:
    connection = Connection()
    connection.feed("connect", zmtp.old_frame(b"") + zmtp.old_frame(b"ok"))
    found = connection.gap("connect", 10)
    assert [type(event) for event in found] == [Gap, Stopped]
    assert connection.feed("connect", zmtp.old_frame(b"ok") * 100) == []


@pytest.mark.parametrize("phase", ["greeting", "handshake", "identity"])
def test_a_gap_in_a_handshake(phase: str) -> None:
    steps: dict[str, bytes] = {
        "greeting": zmtp.greeting()[:30],
        "handshake": zmtp.greeting() + zmtp.ready()[:10],
        "identity": zmtp.SIGNATURE + b"\1\5\0",
    }
    connection = Connection()
    side: Side = "connect"
    connection.feed(side, steps[phase])
    found = connection.gap(side, None)
    assert isinstance(found[-1], Gap)
    found = connection.feed(side, b"".join(zmtp.message(b"message %d" % n) for n in range(100)))
    assert len(messages(found)) > 80
    assert zmtp.codes(found) == []


def test_a_message_before_the_peer_is_ready_is_told_once() -> None:
    connection = Connection()
    connection.feed("bind", zmtp.greeting())
    found = connection.feed("connect", zmtp.greeting() + zmtp.ready() + zmtp.message(b"", b"two", b"three"))
    assert zmtp.codes(found) == ["message-before-peer-ready"]


@pytest.mark.parametrize("gap", [False, True])
def test_who_spoke_first_is_not_judged_when_bytes_are_missing(gap: bool) -> None:
    """Nor after a gap that cost a part of one frame only."""
    connection = Connection()
    connection.feed("bind", zmtp.greeting())
    connection.feed("connect", zmtp.greeting() + zmtp.ready() + zmtp.frame(bytes(1000))[:500])
    if gap:
        connection.gap("connect", 100)
    else:
        connection.unordered()
    found = connection.feed("connect", zmtp.frame(bytes(1000))[600 if gap else 500 :] + zmtp.message(b"a", b"b"))
    assert len(messages(found)) == 2
    assert "message-before-peer-ready" not in zmtp.codes(found[1:])


@pytest.mark.parametrize("mechanism", [b"NULL", b"PLAIN"])
def test_a_ready_after_a_gap_in_the_greeting_tells_who_it_is(mechanism: bytes) -> None:
    connection = Connection()
    connection.feed("bind", zmtp.greeting(mechanism))
    connection.feed("connect", zmtp.greeting(mechanism)[:11])
    connection.gap("connect", 53, aligned=True)
    found = connection.feed("connect", zmtp.ready(b"SUB", Identity=b"me") + zmtp.message(b"\1topic"))
    assert [event.name for event in found if isinstance(event, Handshake | Command)] == ["READY", "SUBSCRIBE"]
    assert zmtp.codes(found) == []
    peer = connection.peers["connect"]
    assert (peer.socket_type, peer.identity) == ("SUB", b"me")
    assert zmtp.codes(connection.feed("connect", zmtp.ready(b"SUB"))) == ["late-command"]


def test_a_ready_after_a_gap_in_the_traffic_is_late() -> None:
    connection = zmtp.opened()
    connection.gap("connect", 10, aligned=True)
    assert zmtp.codes(connection.feed("connect", zmtp.ready())) == ["late-command"]


def test_a_misspelt_refusal_is_known_without_the_greeting() -> None:
    connection = Connection()
    connection.gap("bind", None, aligned=True)
    found = connection.feed("bind", bytes([4, 9]) + b"^RROR\x03400")
    assert [event.name for event in found if isinstance(event, Handshake | Command)] == ["ERROR"]
    assert zmtp.codes(found) == ["misspelt-error", "error"]
