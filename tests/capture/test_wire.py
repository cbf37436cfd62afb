"""From parsed events and blocks to rows: what was on the wire is in the columns, and memory is counted as it is."""

from __future__ import annotations

import json

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers import zmtp
from zinspector.capture.lines import lines
from zinspector.capture.message import Message as Row
from zinspector.capture.message import messages
from zinspector.capture.store import Store
from zinspector.capture.wire import WireSource, WireWriter
from zinspector.zmtp.connection import Connection
from zinspector.zmtp.events import Block, Event, Message, Side

SOURCE = WireSource("t1", "l1", 3, "connect", "PUSH", "PULL")
BODIES = st.binary(max_size=20) | st.binary(min_size=200, max_size=400)
SENT = st.lists(st.lists(BODIES, min_size=1, max_size=3), min_size=1, max_size=60)


def rows(writer: WireWriter) -> list[Row]:
    batch = writer.flush()
    assert batch is not None
    batch.validate(full=True)
    return list(messages(batch))


def written(items: list[Event | Block], max_frame: int = 1 << 20, source: WireSource = SOURCE) -> list[Row]:
    writer = WireWriter(max_frame)
    writer.add(source, items, 1_000)
    return rows(writer)


@given(sent=SENT, times=st.integers(1, 30), places=st.lists(st.integers(0, 100_000), max_size=5))
def test_rows_are_what_was_sent(sent: list[list[bytes]], times: int, places: list[int]) -> None:
    data = b"".join(zmtp.message(*frames) for frames in sent) * times
    for scan in (True, False):
        connection, writer = zmtp.opened(b"PUSH", b"PULL"), WireWriter()
        for at, piece in enumerate(zmtp.cut(data, places)):
            writer.add(SOURCE, connection.scan("connect", piece) if scan else connection.feed("connect", piece), at)
        found = rows(writer)
        assert [row.frames for row in found] == [tuple(frames) for frames in sent] * times
        assert all(
            row.size == sum(map(len, row.frames)) and row.true_sizes == tuple(map(len, row.frames)) for row in found
        )
        assert {(row.kind, row.name, row.direction) for row in found} == {("message", None, "connect->bind")}


def test_a_greeting_comes_before_the_types_that_a_ready_behind_it_tells() -> None:
    found = written([*Connection().scan("connect", zmtp.greeting() + zmtp.ready(b"PUSH"))])
    assert [(row.name, row.from_type, row.to_type) for row in found] == [
        ("GREETING", None, None),
        ("READY", "PUSH", "PULL"),
    ]
    old = written([*Connection().scan("connect", zmtp.SIGNATURE + b"\1\5\0\0")])
    assert [(row.name, row.from_type) for row in old] == [("GREETING", "PUSH"), ("IDENTITY", "PUSH")]


def test_events_and_blocks_keep_their_order() -> None:
    connection = zmtp.opened(b"PUSH", b"PULL")
    many = b"".join(zmtp.message(b"first %d" % n) for n in range(100))
    data = many + zmtp.command(b"PING", b"\0\1") + many + zmtp.frame(b"odd", 0xF8) + many
    items = connection.scan("connect", data)
    assert sum(isinstance(item, Block) for item in items) == 3
    found = written(items)
    assert [row.name for row in found] == [None] * 100 + ["PING"] + [None] * 201
    assert found[99].frames == found[200].frames == (b"first 99",)
    assert found[201].anomalies == ("reserved-flags: flags f8 use reserved bits",)
    assert found[100].anomalies == found[202].anomalies == ()


def test_every_kind_of_row() -> None:
    connection, writer = Connection(), WireWriter()
    steps: list[tuple[Side, bytes]] = [
        ("connect", zmtp.greeting()),
        ("bind", zmtp.greeting()),
        ("connect", zmtp.ready(b"SUB")),
        ("bind", zmtp.ready(b"PUB")),
        ("connect", zmtp.command(b"SUBSCRIBE", b"weather.")),
        ("connect", zmtp.command(b"CANCEL", b"weather.")),
        ("bind", zmtp.message(b"weather.", b"", b"x" * 300)),
        ("connect", b"\x02" + bytes([0xFF]) * 8),
    ]
    sides: dict[Side, WireSource] = {
        "connect": SOURCE._replace(from_type="SUB", to_type="PUB"),
        "bind": SOURCE._replace(side="bind", from_type="PUB", to_type="SUB"),
    }
    writer.event(sides["connect"], "OPENED", "a to b", {"connect": {"pid": 3}}, 5)
    for side, data in steps:
        writer.add(sides[side], connection.scan(side, data), 7)
    writer.add(sides["bind"], connection.gap("bind", 100), 8)
    writer.add(sides["bind"], Connection().feed("bind", b"SSH-2.0-x\r\n"), 9)
    found = rows(writer)
    told = [(row.kind, row.name, row.direction) for row in found]
    to_bind, to_connect = "connect->bind", "bind->connect"
    assert told == [
        ("event", "OPENED", to_bind),
        ("handshake", "GREETING", to_bind),
        ("handshake", "GREETING", to_connect),
        ("handshake", "READY", to_bind),
        ("handshake", "READY", to_connect),
        ("command", "SUBSCRIBE", to_bind),
        ("command", "CANCEL", to_bind),
        ("message", None, to_connect),
        ("event", "STOPPED", to_bind),
        ("event", "GAP", to_connect),
        ("event", "NOT_ZMTP", to_connect),
    ]
    assert found[1].frames == (zmtp.greeting(),)
    assert found[5].frames == found[6].frames == (b"weather.",)
    assert found[7].frames == (b"weather.", b"", b"x" * 300)
    assert found[7].topic == "weather."
    assert json.loads(found[0].frames[1]) == {"connect": {"pid": 3}}
    assert json.loads(found[9].frames[1]) == {"size": 100}
    assert json.loads(found[10].frames[1]) == {"protocol": "SSH"}
    assert found[8].anomalies[0].startswith("impossible-size: ")
    assert {(row.node, row.link, row.connection) for row in found} == {("t1", "l1", 3)}


def test_long_frames_keep_their_heads() -> None:
    connection = zmtp.opened(b"PUSH", b"PULL", max_frame=1000)
    items = connection.scan("connect", zmtp.message(b"topic", bytes(5000)) + zmtp.message(b"short"))
    first, second = written(items)
    assert (first.frames, first.true_sizes, first.size) == ((b"topic", bytes(1000)), (5, 5000), 5005)
    assert (second.frames, second.true_sizes) == ((b"short",), (5,))
    again = written([Message((bytes(5000),), (9000,))], max_frame=100)[0]
    assert (len(again.frames[0]), again.true_sizes, again.size) == (100, (9000,), 9000)


def test_frames_of_all_lengths_and_owners() -> None:
    """Short ones in the view, others in a shared buffer, long ones in their own; text and empty ones too."""
    sent = [b"", b"x" * 12, b"y" * 13, b"z" * 40_000, b"", b"w" * 100_000, b"v" * 11, b"u" * 4000]
    items: list[Event | Block] = [Message((frame, b"second"), (len(frame), 6)) for frame in sent]
    assert [row.frames for row in written(items)] == [(frame, b"second") for frame in sent]


def test_frames_stay_in_the_chunk_that_they_came_in() -> None:
    connection = zmtp.opened(b"PUSH", b"PULL")
    chunk = b"".join(zmtp.message(b"payload of message %04d" % n) for n in range(2000))
    writer = WireWriter()
    writer.add(SOURCE, connection.scan("connect", chunk), 1)
    batch = writer.flush()
    assert batch is not None
    addresses = {buffer.address for buffer in batch.column("frames").values.buffers() if buffer is not None}
    assert pa.py_buffer(chunk).address in addresses


def test_what_a_store_counts_is_what_is_held() -> None:
    """A few messages in a large chunk of other things are copied: the chunk can go."""
    connection = zmtp.opened(b"PUSH", b"PULL")
    few = b"".join(zmtp.message(b"one of the few messages") for _ in range(20))
    chunk = few + b"".join(zmtp.command(b"PING", b"\0\0") for _ in range(30_000))
    items = [item for item in connection.scan("connect", chunk) if isinstance(item, Block)]
    writer, store = WireWriter(), Store()
    writer.add(SOURCE, items, 1)
    batch = writer.flush()
    assert batch is not None
    store.append(batch)
    assert sum(len(item.counts) for item in items) == 20
    assert store.retained_bytes < 20_000
    addresses = {buffer.address for buffer in batch.column("frames").values.buffers() if buffer is not None}
    assert pa.py_buffer(chunk).address not in addresses


def test_batches_can_be_written_and_read(tmp_path: object) -> None:
    connection = zmtp.opened(b"PUSH", b"PULL")
    chunk = b"".join(zmtp.message(b"t%d" % n, bytes(n % 40)) for n in range(3000))
    writer = WireWriter()
    writer.add(SOURCE, connection.scan("connect", chunk), 1)
    batch = writer.flush()
    assert batch is not None
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    again = pa.ipc.open_stream(sink.getvalue()).read_next_batch()
    again.validate(full=True)
    assert [row.frames for row in messages(again)] == [(b"t%d" % n, bytes(n % 40)) for n in range(3000)]


def test_nothing_is_no_batch() -> None:
    writer = WireWriter()
    writer.add(SOURCE, [], 1)
    assert writer.flush() is None


def test_encrypted_messages_have_no_text_whatever_their_noise_looks_like() -> None:
    many = b"".join(zmtp.message(b"%03d" % n) for n in range(100))
    items = zmtp.opened(b"PUSH", b"PULL").scan("connect", many + zmtp.frame(b"odd", 0xF8))
    assert any(isinstance(item, Block) for item in items)
    assert any(isinstance(item, Message) for item in items)
    found = written(items, source=SOURCE._replace(from_type="PUB", to_type="SUB", encrypted=True))
    assert {(row.kind, row.name, row.encrypted, row.topic) for row in found} == {("message", "MESSAGE", True, None)}
    (line,) = lines([found[0]])
    assert "encrypted, 3 B" in line
    assert found[0].as_json()["frames"][0]["text"] is None
