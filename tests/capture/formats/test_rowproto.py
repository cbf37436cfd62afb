"""Rows packed from columns are what Protobuf and the library of MCAP make of them, byte for byte."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from mcap.writer import Writer

from tests.helpers.arbitrary import ROWS, batches_of
from zinspector.capture.formats import rowproto
from zinspector.capture.formats.mcap_file import McapFile
from zinspector.capture.message import Message, messages
from zinspector.capture.schema import SCHEMA

NAMES = (*SCHEMA.names[:12], "anomalies", "topic")


def reference(row: Message) -> bytes:
    cut = any(map(row.truncated, range(len(row.frames))))
    fields = {name: getattr(row, name) for name in NAMES}
    made: bytes = rowproto.ROW(**fields, true_sizes=row.true_sizes if cut else ()).SerializeToString()
    return made


@settings(max_examples=100, deadline=None)
@given(found=ROWS, at=st.integers(0, 12))
def test_any_rows(found: list[Message], at: int) -> None:
    for batch in batches_of(found, at):
        assert rowproto.packed(batch).to_pylist() == [reference(row) for row in messages(batch)]


@settings(max_examples=20, deadline=None)
@given(said=st.lists(st.tuples(st.integers(1, 3), st.integers(0, 2**64 - 1), st.integers(0, 400_000)), max_size=30))
def test_any_messages(said: list[tuple[int, int, int]]) -> None:
    theirs, ours = BytesIO(), BytesIO()
    writer, mine = Writer(theirs), McapFile(ours, "p")
    writer.start("p")
    writer.add_metadata("notes", {"a": "b"})
    mine.metadata("notes", {"a": "b"})
    for name in "abc":
        number = writer.register_schema(name, "jsonschema", b"{}")
        assert mine.schema(name, "jsonschema", b"{}") == number
        assert mine.channel(name, "json", number) == writer.register_channel(name, "json", number)
    for place, (channel, time, size) in enumerate(said):
        writer.add_message(channel, time, bytes(size), time, place)
    if said:
        channels, times, sizes = zip(*said, strict=True)
        data = pa.array([bytes(size) for size in sizes], pa.large_binary())
        mine.add(np.array(channels), np.array(times, np.uint64), np.arange(len(said)), data)
    writer.finish()
    mine.finish()
    assert ours.getvalue() == theirs.getvalue()
