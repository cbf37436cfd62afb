"""From lists to columns: nothing is lost, nothing is invented, dictionaries only grow."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.rows import SENT, Sent, expected, record
from zinspector.capture.clock import Clock
from zinspector.capture.schema import SCHEMA, WORDS
from zinspector.capture.store import Store
from zinspector.capture.writer import Recorder


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(SENT, max_size=6), max_size=5))
def test_what_is_recorded_is_what_is_read(batches: list[list[Sent]]) -> None:
    store = Store()
    clock = record(batches, store)
    wanted = [expected(sent, n, clock) for n, sent in enumerate((s for batch in batches for s in batch), 1)]
    assert store.rows(1, 1000) == wanted


def test_a_batch_has_the_columns_of_the_schema() -> None:
    recorder = Recorder(Clock())
    recorder.add_run(recorder.source("a", "in", "PUSH", "PULL"), [1, 2], [b"x", b"y", b"z"], [2, 1], ["l", None])
    batch = recorder.flush()
    assert batch is not None
    assert batch.schema == SCHEMA
    batch.validate(full=True)
    assert batch.column("link").to_pylist() == ["l", None]
    assert batch.column("size").to_pylist() == [2, 1]
    assert recorder.flush() is None


def test_dictionaries_of_later_batches_begin_like_earlier_ones() -> None:
    recorder = Recorder(Clock())
    batches = []
    for number in range(4):
        recorder.add_run(recorder.source(f"node {number}", "in", None, "SUB"), [number], [b""], None, f"link {number}")
        batches.append(recorder.flush())
    for name in WORDS:
        words = [batch.column(name).dictionary.to_pylist() for batch in batches]
        for earlier, later in pairwise(words):
            assert later[: len(earlier)] == earlier


def test_a_long_frame_keeps_its_head_and_true_size() -> None:
    recorder, store = Recorder(Clock(), max_frame=4), Store()
    source = recorder.source("a", "in", "PUSH", "PULL")
    recorder.add_run(source, [1, 2, 3], [b"short"[:3], b"longer", b"", b"ok", b"123456789"], [3, 1, 1])
    store.append(recorder.flush())
    first, second, third = store.rows(1, 3)
    assert (first.frames, first.true_sizes, first.size) == ((b"sho", b"long", b""), (3, 6, 0), 9)
    assert first.truncated(1)
    assert not first.truncated(0)
    assert (second.frames, second.true_sizes) == ((b"ok",), (2,))
    assert (third.frames, third.size) == ((b"1234",), 9)


def test_a_message_of_a_million_frames() -> None:
    recorder, store = Recorder(Clock()), Store()
    recorder.add_run(recorder.source("a", "in", "PUSH", "PULL"), [1], [b""] * 1_000_000, [1_000_000])
    store.append(recorder.flush())
    (message,) = store.rows(1, 1)
    assert len(message.frames) == 1_000_000
    assert message.size == 0


def test_events_and_commands_stand_among_messages_in_order() -> None:
    recorder, store = Recorder(Clock()), Store()
    source = recorder.source("a", "out", "XPUB", "SUB")
    recorder.add_event("a", "ACCEPTED", "tcp://127.0.0.1:1 \udcff", 1, link="l", from_type="XPUB")
    recorder.add_run(source, [2], [b"m"])
    recorder.add_command("a", "SUBSCRIBE", [b"\x01t"], 3, link="l", from_type="SUB", to_type="XPUB")
    store.append(recorder.flush())
    event, message, command = store.rows(1, 3)
    assert (event.kind, event.name, event.frames) == ("event", "ACCEPTED", (b"tcp://127.0.0.1:1 \\udcff",))
    assert (message.kind, message.name) == ("message", None)
    assert (command.kind, command.name, command.direction) == ("command", "SUBSCRIBE", "in")


def test_names_that_are_no_unicode_are_escaped() -> None:
    recorder, store = Recorder(Clock()), Store()
    recorder.add_run(recorder.source("odd \ud800", "in", None, None), [1], [b""])
    store.append(recorder.flush())
    assert store.rows(1, 1)[0].node == "odd \\ud800"
