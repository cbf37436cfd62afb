"""P2, P3, P4, P7, P16, P18 and the corpora of libzmq: nothing that arrives hurts, and each deviation has a name."""

from __future__ import annotations

import os
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers import zmtp
from tests.helpers.places import SHARED
from zinspector.zmtp.connection import Connection
from zinspector.zmtp.describe import fields
from zinspector.zmtp.events import Block, Command, Event, Greeting, Handshake, Message, NotZmtp, Side, Stopped, expand

CASES = int(os.environ.get("ZINSPECTOR_FUZZ_CASES", "600"))
"""The bar is 100,000: `ZINSPECTOR_FUZZ_CASES=100000`, some minutes."""
SIDES: tuple[Side, Side] = ("connect", "bind")
OPENED = [
    b"",
    zmtp.SIGNATURE,
    zmtp.greeting(),
    zmtp.greeting() + zmtp.ready(),
    zmtp.greeting(b"PLAIN"),
    zmtp.greeting(b"CURVE") + zmtp.command(b"HELLO", bytes(194)) + zmtp.command(b"INITIATE", bytes(300)),
    zmtp.SIGNATURE + b"\1\5\0\0",
    b"\1\0",
]


@contextmanager
def at_most(kilobytes: int) -> Iterator[None]:
    """Python's and numpy's memory must not grow by more than this at any time."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        yield
        grown = (tracemalloc.get_traced_memory()[1] - before) / 1024
    finally:
        tracemalloc.stop()
    assert grown < kilobytes, f"grew by {grown:.0f} KiB"


def calls(work: Callable[[], object]) -> int:
    """How many functions run, of Python and of C: a measure of work that doesn't depend on the machine."""
    count = 0

    def step(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(step)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@settings(max_examples=CASES)
@given(
    opening=st.tuples(st.sampled_from(OPENED), st.sampled_from(OPENED)),
    steps=st.lists(st.tuples(st.sampled_from(SIDES), st.binary(max_size=300), st.booleans()), max_size=8),
    gaps=st.sets(st.integers(0, 7), max_size=2),
)
def test_no_bytes_raise(opening: tuple[bytes, bytes], steps: list[tuple[Side, bytes, bool]], gaps: set[int]) -> None:
    connection = Connection()
    found: list[Event | Block] = []
    for side, data in zip(SIDES, opening, strict=True):
        found += connection.feed(side, data)
    for turn, (side, data, scan) in enumerate(steps):
        if turn in gaps:
            found += connection.gap(side, turn or None)
        found += connection.scan(side, data) if scan else connection.feed(side, data)
    found += connection.end("connect") + connection.end("bind")
    for event in found:
        if isinstance(event, Handshake | Command):
            fields(event.name, event.data)
        elif isinstance(event, Greeting):
            fields("GREETING", event.data)
    assert connection.feed("bind", b"after the end") == []


HARD = {
    "commands between messages": zmtp.message(b"abc") + zmtp.command(b"PING", b"\0\0"),
    "empty frames": b"\1\0",
    "odd flags": zmtp.frame(b"x", 0xF8),
    "messages of many frames": zmtp.message(*[b"a"] * 200),
    "short runs": zmtp.message(b"a") * 9 + zmtp.message(b"bcd") * 9,
    "clear frames in CURVE": zmtp.frame(b"x" * 30),
    "nearly long topics": b"\0\0\0\0\0\0\0\1",
    "one long frame": b"\2" + (1 << 30).to_bytes(8, "big"),
}


@pytest.mark.parametrize("what", HARD)
@pytest.mark.parametrize("after", ["a handshake", "a gap", "CURVE"])
def test_twice_the_bytes_are_twice_the_work(what: str, after: str) -> None:
    def work(size: int) -> int:
        connection = zmtp.curved() if after == "CURVE" else zmtp.opened(b"XSUB", b"XPUB", minor=0)
        if after == "a gap":
            connection.gap("connect", None)
        data = (HARD[what] * (size // len(HARD[what]) + 1))[:size]

        def run() -> None:
            for at in range(0, size, 16384):
                connection.scan("connect", data[at : at + 16384])

        return calls(run)

    assert work(120_000) < 2.2 * work(60_000) + 500


BANNERS = [
    (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP"),
    (b"POST /api HTTP/1.1\r\n", "HTTP"),
    (b"HTTP/1.1 400 Bad Request\r\n", "HTTP"),
    (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP"),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "TLS"),
    (b"\x15\x03\x03\x00\x02\x02\x28", "TLS"),
    (b"SSH-2.0-OpenSSH_9.2\r\n", "SSH"),
    (b"220 mail.example.org ESMTP\r\n", "SMTP or FTP"),
    (b"\x00\x00\x00\x00", "unknown"),
    (b"hello world", "unknown"),
    (b"\xff" * 20, "bad-signature"),
    (b"\xff" * 9 + b"\xfe", "unknown"),
]


@pytest.mark.parametrize(("data", "protocol"), BANNERS)
@pytest.mark.parametrize("side", SIDES)
def test_other_protocols_are_told_by_name(data: bytes, protocol: str, side: Side) -> None:
    """P3: and told once, whatever else comes."""
    found = zmtp.told(Connection(), [(side, data[at : at + 1]) for at in range(len(data))])[side]
    if protocol == "bad-signature":
        assert not any(isinstance(event, NotZmtp) for event in found)
        return
    assert [event.protocol for event in found if isinstance(event, NotZmtp)] == [protocol]
    assert len(found) == 1
    assert "libzmq takes this for ZMTP 1.0" in found[0].text


@pytest.mark.parametrize("first", SIDES)
@pytest.mark.parametrize("data", [data for data, protocol in BANNERS if protocol != "bad-signature"])
def test_what_libzmq_answers_to_another_protocol_is_zmtp_1(data: bytes, first: Side) -> None:
    """It takes the other for 1.0, and its publisher begins to publish."""
    message = zmtp.old_frame(b"weather.london", 1) + zmtp.old_frame(b"{}" * 40)
    steps: list[tuple[Side, bytes]] = [("connect", data), ("bind", zmtp.SIGNATURE)]
    if first == "bind":
        steps.reverse()
    found = zmtp.told(Connection(), [*steps, ("bind", message), ("bind", message)])["bind"]
    assert zmtp.codes(found) == []
    assert isinstance(found[0], Greeting)
    assert found[0].version == (1, 0)
    assert [event.frames for event in found if isinstance(event, Message)] == [(b"weather.london", b"{}" * 40)] * 2


def flipped(place: int) -> list[str]:
    """What is told of a greeting with all bits of one byte flipped, and of the READY that follows it."""
    data = bytearray(zmtp.greeting() + zmtp.ready())
    data[place] ^= 0xFF
    events = zmtp.told(Connection(), [("connect", bytes(data))])["connect"]
    return [event.protocol for event in events if isinstance(event, NotZmtp)] or zmtp.codes(events)


def test_every_flipped_byte_of_a_greeting_has_its_verdict() -> None:
    """P3."""
    assert flipped(0) == ["unknown"]
    assert {place: flipped(place) for place in range(1, 9)} == {place: [] for place in range(1, 9)}  # padding: anything
    assert flipped(9) == ["unknown"]
    assert flipped(10) == flipped(11) == ["unknown-version"]
    for place in range(12, 16):
        assert flipped(place)[0] == "unknown-mechanism"
    assert flipped(16) == ["unknown-mechanism"]
    for place in range(17, 32):
        assert flipped(place) == ["mechanism-padding"]
    assert flipped(32) == ["bad-as-server"]
    for place in range(33, 64):
        assert flipped(place) == ["filler-not-zero"]


@pytest.mark.parametrize("size", range(1, 64))
def test_a_greeting_that_ends_early(size: int) -> None:
    found = zmtp.told(Connection(), [("connect", zmtp.greeting()[:size])])["connect"]
    assert [type(event) for event in found] == [Greeting]
    assert found[0].data == zmtp.greeting()[:size]
    assert zmtp.codes(found) == ["incomplete-greeting"]


def test_silence_is_nothing() -> None:
    assert zmtp.told(Connection(), []) == {"connect": [], "bind": []}


SIZES = [1 << 31, 1 << 32, 1 << 40, (1 << 63) - 1, 1 << 63, (1 << 64) - 9, (1 << 64) - 1]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("flags", [2, 3, 6])
def test_a_declared_size_is_not_believed(size: int, flags: int) -> None:
    """P4: nothing is allocated, the direction stops with a marker, the other one goes on."""
    connection = zmtp.opened()
    with at_most(kilobytes=256):
        found = connection.scan("connect", bytes([flags]) + size.to_bytes(8, "big") + b"x" * 100)
        for _ in range(100):
            found += connection.scan("connect", b"x" * 1000)
    assert [type(event) for event in found] == [Stopped]
    assert zmtp.codes(found) == ["impossible-size" if size >> 63 else "oversize-frame"]
    assert connection.feed("bind", zmtp.message(b"answer")) == [Message((b"answer",), (6,), offset=94)]


def test_a_large_frame_is_followed_but_not_kept() -> None:
    connection = zmtp.opened(max_frame=1000)
    chunk = bytes(1 << 16)
    with at_most(kilobytes=700):
        assert connection.scan("connect", b"\2" + (1 << 28).to_bytes(8, "big")) == []
        for _ in range((1 << 12) - 1):
            assert connection.scan("connect", chunk) == []
        found = expand(connection.scan("connect", chunk + zmtp.message(b"next")))
    assert [event.true_sizes for event in found if isinstance(event, Message)] == [(1 << 28,), (4,)]
    assert found[0].frames == (bytes(1000),)


@pytest.mark.parametrize("scan", [True, False])
def test_a_message_of_a_million_frames(scan: bool) -> None:
    """P7."""
    connection = zmtp.opened()
    data = b"\1\0" * 1_000_000 + b"\0\0"
    found = zmtp.told(connection, [("connect", data)], scan=scan)["connect"]
    assert [len(event.true_sizes) for event in found if isinstance(event, Message)] == [1_000_001]
    assert zmtp.codes(found) == []


def test_a_message_without_an_end_is_told_in_pieces() -> None:
    connection = zmtp.opened()
    found = [event for _ in range(17) for event in connection.scan("connect", b"\1\0" * 65536)]
    assert [len(event.true_sizes) for event in found if isinstance(event, Message)] == [1 << 20]
    assert zmtp.codes(found) == ["endless-message"]
    assert not any(event.complete for event in found if isinstance(event, Message))


def test_a_message_keeps_a_limited_part_of_its_frames() -> None:
    connection = zmtp.opened()
    part = zmtp.frame(bytes(1 << 20), 1)
    with at_most(kilobytes=32 << 10):
        for _ in range(100):
            assert connection.scan("connect", part) == []
        (message,) = connection.scan("connect", zmtp.message(b"end"))
    assert isinstance(message, Message)
    assert message.true_sizes == (*[1 << 20] * 100, 3)
    assert sum(map(len, message.frames)) == 24 << 20


def test_a_message_tells_the_first_of_very_many_anomalies() -> None:
    connection = zmtp.opened()
    connection.scan("connect", b"\xf9\0" * 10_000)
    (message,) = connection.scan("connect", zmtp.message(b"end"))
    assert isinstance(message, Message)
    assert len(message.true_sizes) == 10_001
    assert [each.code for each in message.anomalies] == ["reserved-flags"] * 100


CORRUPT = bytes.fromhex("00 00 00 00 00 00 00 01 00 01".replace(" ", "")) + b"T" * 255


@pytest.mark.parametrize("minor", [0, 1])
def test_a_corrupt_long_topic_has_its_reason(minor: int) -> None:
    """P16: to a 3.0 peer, libzmq sends a topic of 255 bytes with flags that deny its long length."""
    connection = zmtp.opened(b"SUB", b"PUB", minor=minor)
    found = connection.feed("connect", CORRUPT + zmtp.message(b"\1next"))
    if minor:
        assert "corrupt-long-topic" not in zmtp.codes(found)
        return
    assert [(event.name, event.data) for event in found if isinstance(event, Command)] == [
        ("SUBSCRIBE", b"T" * 255),
        ("SUBSCRIBE", b"next"),
    ]
    (wrong,) = zmtp.anomalies(found)
    assert wrong.code == "corrupt-long-topic"
    assert "the sender encoded a corrupt frame" in wrong.text


@pytest.mark.parametrize("first", SIDES)
def test_a_corrupt_long_topic_has_its_reason_whoever_was_seen_first(first: Side) -> None:
    connection = Connection()
    steps: list[tuple[Side, bytes]] = [("connect", zmtp.greeting() + zmtp.ready(b"SUB"))]
    steps.insert(first == "connect", ("bind", zmtp.greeting(minor=0) + zmtp.ready(b"PUB")))
    found = zmtp.told(connection, [*steps, ("connect", CORRUPT)])["connect"]
    assert zmtp.codes(found) == ["corrupt-long-topic"]


def test_corrupt_topics_over_2_0_too() -> None:
    connection = Connection()
    steps: list[tuple[Side, bytes]] = [
        ("connect", zmtp.SIGNATURE + b"\3"),
        ("bind", zmtp.SIGNATURE + b"\1\1\0\0"),
        ("connect", b"\2\0\0" + CORRUPT + zmtp.message(b"\0x")),
    ]
    found = zmtp.told(connection, steps)["connect"]
    assert [event.name for event in found if isinstance(event, Command)] == ["SUBSCRIBE", "CANCEL"]
    assert zmtp.codes(found) == ["corrupt-long-topic"]


PINGS = [
    (b"", ["short-ping"]),
    (b"\0", ["short-ping"]),
    (b"\0\x0a", []),
    (b"\x02\x8f", []),
    (b"\x02\x90", ["ping-ttl-overflow"]),
    (b"\0\0" + b"c" * 16, []),
    (b"\0\0" + b"c" * 17, ["long-ping-context"]),
]


@pytest.mark.parametrize(("data", "expected"), PINGS)
def test_pings_are_diagnosed(data: bytes, expected: list[str]) -> None:
    """P18."""
    connection = zmtp.opened()
    assert zmtp.codes(connection.feed("connect", zmtp.command(b"PING", data))) == expected


def test_the_overflow_of_a_ttl_is_worked_out() -> None:
    connection = zmtp.opened()
    (wrong,) = zmtp.anomalies(connection.feed("connect", zmtp.command(b"PING", (656).to_bytes(2, "big"))))
    assert "65.6 s becomes 64 ms" in wrong.text


def test_a_flood_of_pings_is_rows_and_no_more() -> None:
    """Whether that is too many is a question of time, so of the doctor."""
    connection = zmtp.opened()
    found = connection.feed("connect", zmtp.command(b"PING", b"\0\0") * 1000)
    assert len(found) == 1000
    assert zmtp.codes(found) == []


CORPORA = sorted((SHARED / "corpora").glob("*/*")) if (SHARED / "corpora").exists() else []


@pytest.mark.parametrize("path", CORPORA, ids=lambda path: f"{path.parent.name[5:]}-{path.name[:8]}")
def test_the_corpora_of_libzmq(path: Path) -> None:
    """Whole, byte by byte and beside each kind of peer, in bounded memory, with equal results."""
    data = path.read_bytes()
    mine: Side = "connect" if "bind" in path.parent.name else "bind"
    other: Side = "bind" if mine == "connect" else "connect"
    for peer in OPENED:
        whole: list[tuple[Side, bytes]] = [(other, peer), (mine, data)]
        with at_most(kilobytes=4096 + 40 * len(data) // 1024):
            told = zmtp.told(Connection(), whole)
        pieces: list[tuple[Side, bytes]] = [(other, peer)]
        pieces += [(mine, data[at : at + 1]) for at in range(len(data))]
        assert zmtp.told(Connection(), whole, scan=True) == told
        if len(data) < 10_000 or peer == OPENED[3]:
            assert zmtp.told(Connection(), pieces, scan=True) == told
