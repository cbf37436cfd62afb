"""Batches through the ring: the rows come out as they went in, whatever was left out before them."""

from __future__ import annotations

import socket

import pyarrow as pa
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

    def taken() -> list[Message]:
        found = []
        while (record := ring.take()) is not None:
            found += rows(unpacker.unpack(record.head, record.body))
            record.head.release()
            record.body.release()
            ring.release()
        return found

    first = taken()
    assert {row.kind for row in first} == {"message"}
    assert len(first) + handing.skipped == 30
    handing.hand_over(batch(writer, "tap", (b"after",)))
    assert [(row.kind, row.frames) for row in taken()] == [("handshake", (b"ready",)), ("message", (b"after",))]
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
