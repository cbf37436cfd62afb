"""Batches through the ring: the rows come out as they went in, whatever was left out before them."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers import zmtp
from zinspector.capture.message import Message, messages
from zinspector.capture.wire import WireSource, WireWriter
from zinspector.runtime.arena import SLABS, Arena
from zinspector.runtime.handing import Handing
from zinspector.runtime.passing import Packer, Unpacker, without_messages
from zinspector.runtime.ring import Ring
from zinspector.zmtp.connection import Connection
from zinspector.zmtp.events import Handshake
from zinspector.zmtp.events import Message as Found

GREETED = zmtp.greeting() + zmtp.ready(b"PUSH")


def batch(writer: WireWriter, node: str, frames: tuple[bytes, ...], name: str | None = None) -> pa.RecordBatch:
    source = WireSource(node, None, 1, "connect", "PUSH", None)
    event = Found(frames, tuple(map(len, frames))) if name is None else Handshake(name, frames[0])
    writer.add(source, [event], 1)
    made = writer.flush()
    assert made is not None
    return made


def rows(made: pa.RecordBatch) -> list[Message]:
    return list(messages(made))


@pytest.fixture(scope="module")
def arena() -> Iterator[Arena]:
    made = Arena(ring=Ring(capacity=4096), capacity=1 << 16)
    yield made
    made.close()


def through(packer: Packer, unpacker: Unpacker, made: pa.RecordBatch) -> pa.RecordBatch:
    head, size, fill = packer.pack(made)
    body = bytearray(size)
    fill(memoryview(body))
    packer.delivered()
    return unpacker.unpack(memoryview(head), memoryview(body))


def taken(ring: Ring, unpacker: Unpacker) -> list[Message]:
    found = []
    while (record := ring.take()) is not None:
        found += rows(unpacker.unpack(record.head, record.body))
        record.head.release()
        record.body.release()
        ring.release()
    return found


@given(
    st.lists(st.tuples(st.text(min_size=1, max_size=5), st.lists(st.binary(max_size=40), min_size=1), st.booleans()))
)
def test_what_was_left_out_takes_no_words_with_it(arena: Arena, steps: list[tuple[str, list[bytes], bool]]) -> None:
    writer, packer, unpacker = WireWriter(), Packer(arena), Unpacker(arena)
    for node, frames, left_out in steps:
        made = batch(writer, node, tuple(frames))
        if left_out:
            packer.pack(made)  # and not delivered
        else:
            assert rows(through(packer, unpacker, made)) == rows(made)


def test_a_full_ring_leaves_messages_out_counts_them_and_keeps_the_rest(arena: Arena) -> None:
    ring, (ours, theirs) = Ring(capacity=64 << 10), socket.socketpair()
    handing, unpacker, writer = Handing(ring, arena, ours), Unpacker(arena), WireWriter()
    for _ in range(30):
        handing.hand_over(batch(writer, "tap", (bytes(10_000),)))
    ready = b"ready" * 2000
    handing.hand_over(batch(writer, "tap", (ready,), "READY"))
    assert handing.skipped > 20

    first = taken(ring, unpacker)
    assert {row.kind for row in first} == {"message"}
    assert len(first) + handing.skipped == 30
    handing.hand_over(batch(writer, "tap", (b"after",)))
    assert [(row.kind, row.frames) for row in taken(ring, unpacker)] == [
        ("handshake", (ready,)),
        ("message", (b"after",)),
    ]
    handing.alone()
    handing.hand_over(batch(writer, "tap", (b"nobody",)))
    assert ring.empty
    for each in (ours, theirs):
        each.close()
    ring.close()


def test_rows_that_are_no_messages() -> None:
    writer = WireWriter()
    source = WireSource("tap", None, 1, "connect", None, None)
    writer.add(source, [Found((b"m",), (1,)), Handshake("READY", b"r"), Found((b"x" * 100,), (100,))], 1)
    made = writer.flush()
    assert made is not None
    assert [row.frames for row in rows(without_messages(made))] == [(b"r",)]


def in_arena(arena: Arena, messages: list[bytes]) -> pa.RecordBatch:
    """The rows of messages that were received into the arena, all at once."""
    data = b"".join(map(zmtp.message, messages))
    room = arena.room(len(data))
    room[:] = data
    arena.keep(room)
    connection, writer = Connection(), WireWriter()
    connection.scan("connect", GREETED)
    writer.add(WireSource("tap", None, 1, "connect", "PUSH", None), connection.scan("connect", room), 1)
    made = writer.flush()
    assert made is not None
    return made


def test_what_lies_in_the_arena_is_not_sent() -> None:
    ring, (ours, theirs) = Ring(capacity=1 << 16), socket.socketpair()
    arena = Arena(ring=ring, capacity=SLABS << 20)
    handing, unpacker = Handing(ring, arena, ours), Unpacker(arena)
    messages = [b"%05d" % number * 1000 for number in range(100)]
    handing.hand_over(in_arena(arena, messages))
    assert ring.put_bytes < 60_000  # half a megabyte would not fit
    found = taken(ring, unpacker)
    assert [row.frames for row in found] == [(body,) for body in messages]
    assert not handing.skipped
    for each in (ours, theirs, ring, arena):
        each.close()


@contextmanager
def small_ring(capacity: int, arena: Arena) -> Iterator[tuple[Ring, Handing]]:
    ring, (ours, theirs) = Ring(capacity=capacity), socket.socketpair()
    with ours, theirs:
        yield ring, Handing(ring, arena, ours)
    ring.close()


@pytest.mark.parametrize("name", ["READY", None])
@pytest.mark.parametrize("count", [100, 10_000])
def test_a_batch_that_is_larger_than_the_ring_goes_in_parts(arena: Arena, name: str | None, count: int) -> None:
    with small_ring(1 << 17, arena) as (ring, handing):
        unpacker, writer, source = Unpacker(arena), WireWriter(), WireSource("tap", None, 1, "connect", "PUSH", None)
        body = bytes(200_000 // count)
        each = Found((body,), (len(body),)) if name is None else Handshake(name, body)
        writer.add(source, [each] * count, 1)
        made = writer.flush()
        assert made is not None
        handing.hand_over(made)
        found = taken(ring, unpacker)
        assert found
        for step in range(100):
            handing.hand_over(batch(writer, "tap", (b"%d" % step,)))
            found += taken(ring, unpacker)
        assert found[-1].frames == (b"99",)
        assert len(found) + handing.skipped == count + 100
        assert name is None or sum(row.kind == "handshake" for row in found) == count


def test_a_row_that_never_fits_is_counted_and_stops_nothing(arena: Arena) -> None:
    with small_ring(1 << 16, arena) as (ring, handing):
        unpacker, writer = Unpacker(arena), WireWriter()
        handing.hand_over(batch(writer, "tap", (bytes(100_000),), "READY"))
        handing.hand_over(batch(writer, "tap", (b"after",)))
        assert [row.frames for row in taken(ring, unpacker)] == [(b"after",)]
        assert handing.skipped == 1


def test_what_is_owed_to_an_app_that_takes_nothing_is_limited(arena: Arena) -> None:
    with small_ring(4 << 20, arena) as (ring, handing):
        writer = WireWriter()
        for _ in range(100):
            handing.hand_over(batch(writer, "tap", (bytes(1 << 20),), "READY"))
        assert 30 < handing.skipped < 50
        assert not ring.empty
