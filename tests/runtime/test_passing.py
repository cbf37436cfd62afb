"""Batches through the ring: the rows come out as they went in, whatever was left out before them."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zinspector.capture.message import Message, messages
from zinspector.capture.wire import WireSource, WireWriter
from zinspector.runtime.handing import Handing
from zinspector.runtime.passing import Packer, Unpacker, without_messages
from zinspector.runtime.ring import Ring
from zinspector.zmtp.events import Handshake
from zinspector.zmtp.events import Message as Found


def batch(writer: WireWriter, node: str, frames: tuple[bytes, ...], name: str | None = None) -> pa.RecordBatch:
    source = WireSource(node, None, 1, "connect", "PUSH", None)
    event = Found(frames, tuple(map(len, frames))) if name is None else Handshake(name, frames[0])
    writer.add(source, [event], 1)
    made = writer.flush()
    assert made is not None
    return made


def rows(made: pa.RecordBatch) -> list[Message]:
    return list(messages(made))


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
def test_what_was_left_out_takes_no_words_with_it(steps: list[tuple[str, list[bytes], bool]]) -> None:
    writer, packer, unpacker = WireWriter(), Packer(), Unpacker()
    for node, frames, left_out in steps:
        made = batch(writer, node, tuple(frames))
        if left_out:
            packer.pack(made)  # and not delivered
        else:
            assert rows(through(packer, unpacker, made)) == rows(made)


def test_a_full_ring_leaves_messages_out_counts_them_and_keeps_the_rest() -> None:
    ring, (ours, theirs) = Ring(capacity=64 << 10), socket.socketpair()
    handing, unpacker, writer = Handing(ring, ours), Unpacker(), WireWriter()
    for _ in range(30):
        handing.hand_over(batch(writer, "tap", (bytes(10_000),)))
    handing.hand_over(batch(writer, "tap", (b"ready",), "READY"))
    assert handing.skipped > 20

    first = taken(ring, unpacker)
    assert {row.kind for row in first} == {"message"}
    assert len(first) + handing.skipped == 30
    handing.hand_over(batch(writer, "tap", (b"after",)))
    assert [(row.kind, row.frames) for row in taken(ring, unpacker)] == [
        ("handshake", (b"ready",)),
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


@contextmanager
def small_ring(capacity: int) -> Iterator[tuple[Ring, Handing]]:
    ring, (ours, theirs) = Ring(capacity=capacity), socket.socketpair()
    with ours, theirs:
        yield ring, Handing(ring, ours)
    ring.close()


@pytest.mark.parametrize("name", ["READY", None])
@pytest.mark.parametrize("count", [100, 10_000])
def test_a_batch_that_is_larger_than_the_ring_goes_in_parts(name: str | None, count: int) -> None:
    with small_ring(1 << 17) as (ring, handing):
        unpacker, writer, source = Unpacker(), WireWriter(), WireSource("tap", None, 1, "connect", "PUSH", None)
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


def test_a_row_that_never_fits_is_counted_and_stops_nothing() -> None:
    with small_ring(1 << 16) as (ring, handing):
        unpacker, writer = Unpacker(), WireWriter()
        handing.hand_over(batch(writer, "tap", (bytes(100_000),), "READY"))
        handing.hand_over(batch(writer, "tap", (b"after",)))
        assert [row.frames for row in taken(ring, unpacker)] == [(b"after",)]
        assert handing.skipped == 1


def test_what_is_owed_to_an_app_that_takes_nothing_is_limited() -> None:
    with small_ring(4 << 20) as (ring, handing):
        writer = WireWriter()
        for _ in range(100):
            handing.hand_over(batch(writer, "tap", (bytes(1 << 20),), "READY"))
        assert 30 < handing.skipped < 50
        assert not ring.empty
