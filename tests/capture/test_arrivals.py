"""Chunks that are joined: the rows are those of chunk by chunk, with the same times."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.helpers import zmtp
from zinspector.capture.arrivals import Arrivals
from zinspector.capture.message import Message, messages
from zinspector.capture.wire import WireSource, WireWriter

SOURCE = WireSource("t1", None, 3, "connect", "PUSH", "PULL")
BODIES = st.binary(max_size=20) | st.binary(min_size=200, max_size=400)
SENT = st.lists(st.lists(BODIES, min_size=1, max_size=3), min_size=1, max_size=60)


def rows(writer: WireWriter) -> list[Message]:
    batch = writer.flush()
    return [] if batch is None else list(messages(batch))


@given(
    sent=SENT,
    times=st.integers(1, 30),
    places=st.lists(st.integers(0, 20_000), max_size=9),
    ping=st.booleans(),
    before=st.integers(0, 3),
)
def test_each_message_has_the_time_of_the_chunk_that_ended_it(
    sent: list[list[bytes]], times: int, places: list[int], ping: bool, before: int
) -> None:
    once = b"".join(zmtp.message(*frames) for frames in sent) + (zmtp.command(b"PING", b"\0\1") if ping else b"")
    pieces = [piece for piece in zmtp.cut(once * times, places) if piece]
    apart, joined = (zmtp.opened(b"PUSH", b"PULL") for _ in range(2))
    writer = WireWriter()
    for at, piece in enumerate(pieces):
        writer.add(SOURCE, apart.scan("connect", piece), at)
    expected = rows(writer)
    offset = joined._streams["connect"].position
    first, rest = pieces[:before], pieces[before:]
    for at, piece in enumerate(first):
        writer.add(SOURCE, joined.scan("connect", piece), at)
    offset += sum(map(len, first))
    if rest:
        ends, size = [], 0
        for piece in rest:
            size += len(piece)
            ends.append(size)
        arrivals = Arrivals(ends, list(range(before, len(pieces)))).behind(offset)
        writer.add(SOURCE, joined.scan("connect", b"".join(rest)), arrivals)
    assert rows(writer) == expected
