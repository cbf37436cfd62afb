"""What holds of open connections: the same as all rows told, whenever it is asked for, and bounded."""

from __future__ import annotations

import base64
import zlib

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.wired import Wire
from zinspector.capture import standing
from zinspector.capture.connection import Connection, End
from zinspector.capture.connections import ConnectionBook
from zinspector.capture.message import messages
from zinspector.capture.schema import SCHEMA
from zinspector.capture.standing import Standing, as_text, from_text
from zinspector.capture.store import Store

ENDS = ("CLOSED", "RESET")
STEPS = st.sampled_from(("opened", "shaken", "PEER", "CLOSED", "RESET", "SUBSCRIBE", "CANCEL"))


def standing_of(store: Store) -> pa.RecordBatch | None:
    made = Standing()
    made.consume(store.batches())
    return made.rows()


def of_end(end: End) -> tuple[object, ...]:
    counted = end.topics, end.subscription_count
    return end.name, end.address, end.socket_type, end.identity, end.version, end.mechanism, *counted


def known(one: Connection) -> tuple[object, ...]:
    return one.id, one.node, one.state, one.opened_ns, of_end(one.connecting), of_end(one.listening)


def book(*batches: pa.RecordBatch) -> ConnectionBook:
    made = ConnectionBook()
    for batch in batches:
        made.consume(batch)
    return made


def live(made: ConnectionBook) -> list[tuple[object, ...]]:
    return sorted((known(one) for one in made if one.live), key=repr)


def do(wire: Wire, step: str, topic: bytes) -> None:
    if step == "opened":
        wire.opened()
    elif step == "shaken":
        wire.shaken(identity=topic)
    elif step in ("SUBSCRIBE", "CANCEL"):
        wire.command(step, topic)
    elif step == "PEER":
        wire.event("PEER", "known", {"connect": {"process": "late"}})
    else:
        wire.event(step, "closed")


@given(
    steps=st.lists(st.tuples(st.sampled_from([1, 2]), STEPS, st.sampled_from([b"", b"a", b"b"])), max_size=40),
    asked=st.sets(st.integers(0, 40)),
)
def test_the_rows_that_hold_tell_the_same_as_all(steps: list[tuple[int, str, bytes]], asked: set[int]) -> None:
    store, holding, seen = Store(), Standing(), 1
    wires = {number: Wire(store, number) for number in (1, 2)}
    done: dict[int, list[tuple[str, bytes]]] = {}  # of what is open
    for place, (number, step, topic) in enumerate(steps):
        before = done.get(number, [])
        said = [word for word, _ in before]
        cancelled = before.count(("CANCEL", topic)) < before.count(("SUBSCRIBE", topic))
        if step != "opened" and (not before or (step == "shaken" and step in said)):
            continue
        if step == "CANCEL" and not cancelled:
            continue
        done[number] = [] if step in ENDS else [*([] if step == "opened" else before), (step, topic)]
        do(wires[number], step, topic)
        holding.consume(store.since(seen))
        seen = store.next_n
        if place in asked:
            holding.rows()
    rows = holding.rows()
    told = book(*([read_back(rows)] if rows is not None else []))
    assert live(told) == live(book(*store.batches()))


def read_back(rows: pa.RecordBatch) -> pa.RecordBatch:
    found = from_text(as_text(rows).encode())
    assert found is not None
    return found


def test_they_are_rows_of_no_number_and_say_nothing_wrong_twice() -> None:
    store = Store()
    wire = Wire(store)
    wire.opened()
    wire.row("handshake", "READY", [b"?"], "connect", anomalies=["malformed-command: it is short"])
    wire.messages([b"a", b"b"])
    rows = standing_of(store)
    assert rows is not None
    assert [(row.n, row.name, row.anomalies) for row in messages(read_back(rows))] == [
        (0, "OPENED", ()),
        (0, "READY", ()),
    ]


def test_what_ended_or_never_began_is_nothing() -> None:
    store = Store()
    closed, refused = Wire(store, 1), Wire(store, 2)
    closed.opened()
    closed.event("CLOSED")
    closed.event("PEER", "known too late", {"connect": {"process": "late"}})
    refused.event("REFUSED", "nobody listens")
    assert standing_of(store) is None


def test_a_number_that_is_used_again_is_another_connection() -> None:
    store = Store()
    wire = Wire(store)
    wire.opened()
    wire.command("SUBSCRIBE", b"old")
    wire.opened()
    wire.command("SUBSCRIBE", b"new")
    rows = standing_of(store)
    assert rows is not None
    assert [row.frames[0] for row in messages(rows) if row.name == "SUBSCRIBE"] == [b"new"]


def test_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "CONNECTIONS", 3)
    monkeypatch.setattr(standing, "TOPICS", 2)
    monkeypatch.setattr(standing, "TOLD", 4)
    store = Store()
    for number in range(1, 6):
        wire = Wire(store, number)
        wire.opened()
        for _ in range(6):
            wire.event("GAP", "bytes are missing")
        for topic in (b"a", b"b", b"c"):
            wire.command("SUBSCRIBE", topic)
    rows = standing_of(store)
    assert rows is not None
    names = [(row.connection, row.name) for row in messages(rows)]
    of_each = ["OPENED", "GAP", "GAP", "GAP", "SUBSCRIBE", "SUBSCRIBE"]
    assert names == [(number, name) for number in (3, 4, 5) for name in of_each]
    monkeypatch.setattr(standing, "MOST_BYTES", 1000)
    rows = standing_of(store)
    assert rows is not None
    assert {row.connection for row in messages(rows)} == {5}


def test_what_no_longer_holds_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "MANY_ROWS", 10)
    monkeypatch.setattr(standing, "MANY_BATCHES", 3)
    store, holding, seen = Store(), Standing(), 1
    wire = Wire(store)
    wire.opened()
    for number in range(100):
        wire.command("SUBSCRIBE" if number % 2 == 0 else "CANCEL", b"topic")
        holding.consume(store.since(seen))
        seen = store.next_n
        held = [*holding._parts, *holding._small]
        assert sum(part.num_rows for part in held) <= 10 + 2 * 2
        assert len(held) <= 3 + 14 // 4 + 1
    rows = holding.rows()
    assert rows is not None
    assert [row.name for row in messages(rows)] == ["OPENED"]


def as_note(data: bytes) -> bytes:
    return base64.b64encode(zlib.compress(data))


@given(st.binary(max_size=200))
def test_a_damaged_note_is_none(data: bytes) -> None:
    assert from_text(data) is None
    assert from_text(as_note(data)) is None


@given(place=st.integers(0, 10_000), change=st.integers(1, 255))
def test_a_note_that_was_changed_anywhere_gives_rows_or_none(place: int, change: int) -> None:
    store = Store()
    wire = Wire(store)
    wire.opened()
    wire.shaken()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, SCHEMA) as writer:
        for batch in store.batches():
            writer.write_batch(batch)
    data = bytearray(sink.getvalue().to_pybytes())
    data[place % len(data)] ^= change
    found = from_text(as_note(bytes(data)))
    if found is not None:
        book(found)


def test_a_note_is_not_unpacked_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "MOST_BYTES", 1 << 16)
    store = Store()
    Wire(store).command("SUBSCRIBE", bytes(1 << 20))
    (batch,) = store.batches()
    assert from_text(as_text(batch).encode()) is None
