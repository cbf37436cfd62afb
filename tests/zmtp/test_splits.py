"""P1 and the fast path: however a stream is cut, and whichever path reads it, the same is told."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.helpers import zmtp
from zinspector.zmtp import stream
from zinspector.zmtp.connection import Connection
from zinspector.zmtp.events import Block, Side, expand

BODIES = (
    st.binary(max_size=40) | st.binary(min_size=250, max_size=300) | st.sampled_from([b"", b"\1A", b"\0A", b"A" * 16])
)
MESSAGES = st.lists(BODIES, min_size=1, max_size=4).map(lambda frames: zmtp.message(*frames))
ODD = st.sampled_from(
    [
        zmtp.command(b"PING", b"\0\1"),
        zmtp.command(b"PONG"),
        zmtp.command(b"SUBSCRIBE", b"A"),
        zmtp.command(b"FOO", b"x" * 300),
        zmtp.frame(b"reserved", 0xF8),
        b"\2" + (5).to_bytes(8, "big") + b"long!",
        zmtp.frame(b"", 4),
        zmtp.frame(b"\5READY", 5),
        b"\2" + (1 << 40).to_bytes(8, "big"),
        zmtp.frame(bytes(3000)),
        zmtp.curve_message(b"hidden", 5),
        b"\0\0\0\0\0\0\0\1\0\1" + b"T" * 255,
        b"\0\0\0\0\0\0\0\1",
    ]
)
REPEATED = st.builds(lambda one, times: one * times, MESSAGES, st.integers(8, 200))
TRAFFIC = st.lists(MESSAGES | ODD | REPEATED, max_size=12).map(b"".join)
OPENINGS = st.sampled_from(
    [
        zmtp.greeting() + zmtp.ready(),
        zmtp.greeting() + zmtp.ready(b"SUB"),
        zmtp.greeting(minor=0) + zmtp.ready(b"XSUB"),
        zmtp.greeting(b"PLAIN")
        + zmtp.hello(b"me", b"secret")
        + zmtp.command(b"INITIATE", zmtp.metadata(Socket_Type=b"REQ")),
        zmtp.greeting(b"CURVE") + zmtp.command(b"HELLO", bytes(194)) + zmtp.command(b"INITIATE", bytes(300)),
        zmtp.greeting(b"MINE") + zmtp.command(b"HELLO", b"abc"),
        zmtp.SIGNATURE + b"\1\5\0\0",
        zmtp.SIGNATURE + b"\3\2\0\3abc",
        zmtp.SIGNATURE + b"\0\2\1\0",
        b"\1\0",
        b"GET / HTTP/1.1\r\n",
        b"SSH-2.0-x\r\n",
        b"\x16\x03\x01\x02\x00\x01",
        b"",
    ]
)
STREAMS = st.builds(lambda opening, traffic: opening + traffic, OPENINGS, TRAFFIC) | st.binary(max_size=200)
PLACES = st.lists(st.integers(0, 20_000), max_size=12)


def conversation(connect: bytes, bind: bytes, rounds: int) -> list[tuple[Side, bytes]]:
    """The bytes of both sides in turns."""
    steps: list[tuple[Side, bytes]] = []
    for turn in range(rounds):
        for side, data in (("connect", connect), ("bind", bind)):
            first, last = len(data) * turn // rounds, len(data) * (turn + 1) // rounds
            steps.append((side, data[first:last]))
    return steps


@settings(max_examples=200)
@given(
    connect=STREAMS, bind=STREAMS, rounds=st.integers(1, 6), places=PLACES, limit=st.sampled_from([16, 256, 1 << 20])
)
def test_cuts_change_nothing(connect: bytes, bind: bytes, rounds: int, places: list[int], limit: int) -> None:
    steps = conversation(connect, bind, rounds)
    pieces = [(side, piece) for side, data in steps for piece in zmtp.cut(data, places)]
    whole = zmtp.told(Connection(limit), steps)
    assert zmtp.told(Connection(limit), pieces) == whole
    assert zmtp.told(Connection(limit), steps, scan=True) == whole
    assert zmtp.told(Connection(limit), pieces, scan=True) == whole


@settings(
    max_examples=200, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture], deadline=None
)
@given(connect=STREAMS, bind=STREAMS, rounds=st.integers(1, 6), places=PLACES)
def test_nothing_is_kept_of_what_is_only_lent(
    monkeypatch: pytest.MonkeyPatch, connect: bytes, bind: bytes, rounds: int, places: list[int]
) -> None:
    monkeypatch.setattr(stream, "MUCH", 16)  # from here on views are looked at without a copy
    steps = conversation(connect, bind, rounds)
    pieces = [(side, piece) for side, data in steps for piece in zmtp.cut(data, places)]
    whole = zmtp.told(Connection(), steps)
    assert zmtp.told_of_views(Connection(), steps) == whole
    assert zmtp.told_of_views(Connection(), pieces) == whole


@settings(max_examples=30)
@given(connect=STREAMS, bind=STREAMS, rounds=st.integers(1, 3))
def test_byte_by_byte_is_the_same(connect: bytes, bind: bytes, rounds: int) -> None:
    steps = conversation(connect[:4000], bind[:4000], rounds)
    single = [(side, data[at : at + 1]) for side, data in steps for at in range(len(data))]
    whole = zmtp.told(Connection(), steps)
    assert zmtp.told(Connection(), single) == whole
    assert zmtp.told(Connection(), single, scan=True) == whole


@settings(max_examples=60)
@given(
    sizes=st.lists(st.sampled_from([0, 1, 16, 33, 255, 256, 1000]), min_size=20, max_size=300),
    nonce=st.integers(1, 1 << 60),
    repeats=st.booleans(),
    places=PLACES,
)
def test_opaque_messages_of_curve_too(sizes: list[int], nonce: int, repeats: bool, places: list[int]) -> None:
    data = b"".join(
        zmtp.curve_message(b"x" * size, nonce + (0 if repeats and at % 50 == 49 else at))
        for at, size in enumerate(sizes)
    )
    steps: list[tuple[Side, bytes]] = [("connect", piece) for piece in zmtp.cut(data, places)]
    whole = zmtp.told(zmtp.curved(), [("connect", data)])["connect"]
    assert zmtp.told(zmtp.curved(), steps, scan=True)["connect"] == whole
    assert [event.true_sizes for event in whole] == [(size,) for size in sizes]


def test_most_messages_of_a_chunk_are_in_blocks() -> None:
    regular = b"".join(zmtp.message(b"topic", bytes((n % 256,)) * 100) for n in range(1000))
    irregular = b"".join(zmtp.message(b"t" * (n % 7), b"p" * (n * 37 % 500)) for n in range(1000))
    connection = zmtp.opened(b"PUSH", b"PULL")
    items = connection.scan("connect", regular + irregular)
    blocks = [item for item in items if isinstance(item, Block)]
    assert sum(len(block.counts) for block in blocks) > 1900
    assert len(expand(items)) == 2000
