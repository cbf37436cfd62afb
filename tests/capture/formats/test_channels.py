"""Payloads found in whole batches are those that are found in one message after the other."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.arbitrary import ROWS, batches_of
from zinspector.capture import byte_columns as columns
from zinspector.capture.envelope import STAMP_MAGIC, envelope
from zinspector.capture.formats.channels import MOST_TOPIC, Describe, Payloads, PayloadSchema, schema_of
from zinspector.capture.formats.json_objects import BETWEEN, are_objects, json_object
from zinspector.capture.formats.payload_frames import payload_frames
from zinspector.capture.message import TOPIC_TYPES, Message, messages
from zinspector.capture.readable import printable

SPECIAL = st.sampled_from([b"", b"", b"idid", STAMP_MAGIC + bytes(8), b"1700000000.25", b'{"a": 1}', b"t"])
PIECES = st.lists(
    st.sampled_from([b"{", b"}", b'"a"', b":", b",", b"1", b"[", b"]", b"\n", b" ", b'"', b"{}", b"NaN", b"\xff"]),
    max_size=8,
).map(b"".join)
EMPTY = PayloadSchema("google.protobuf.Empty", b"")


def one_by_one(row: Message, describe: Describe | None) -> list[tuple[str, bytes, PayloadSchema | None]]:
    """What `Payloads` says, the slow way."""
    found: list[tuple[str, bytes, PayloadSchema | None]] = []
    places = range(1) if len(row.frames) == 1 else range(len(row.frames))
    roles = ("payload",) if len(row.frames) == 1 else envelope(row).roles
    for place in places:
        data = row.frames[place]
        if row.kind != "message" or roles[place] != "payload" or row.truncated(place):
            continue
        kind = describe(row, place) if describe is not None else None
        if kind is not None or json_object(data) is None:
            continue
        published = len(row.frames) > 1 and TOPIC_TYPES & {row.from_type, row.to_type}
        topic = row.topic if published else None
        what = topic if topic is not None else row.link or row.from_type or row.direction
        name = printable(f"{row.node}/{what[:MOST_TOPIC]}")
        found.append((f"{name}#{len(found) + 1}" if found else name, data, kind))
    return found


@settings(max_examples=150, deadline=None)
@given(found=ROWS, at=st.integers(0, 12), named=st.booleans())
def test_any_rows(found: list[Message], at: int, named: bool) -> None:
    describe: Describe | None = (
        (lambda row, place: EMPTY if (row.topic or row.link) and place != 1 else None) if named else None
    )
    for batch in batches_of(found, at):
        told = Payloads(describe).of(batch)
        said: list[list[tuple[str, bytes, PayloadSchema | None]]] = [[] for _ in range(batch.num_rows)]
        for row, place, data in zip(told.rows.tolist(), told.places.tolist(), told.data.to_pylist(), strict=True):
            said[row].append((told.channels[place].name, data, told.channels[place].protobuf))
        assert said == [one_by_one(row, describe) for row in messages(batch)]


@settings(max_examples=300, deadline=None)
@given(found=ROWS, frames=st.lists(st.lists(SPECIAL, max_size=5), min_size=12, max_size=12))
def test_payloads_are_those_of_the_envelope(found: list[Message], frames: list[list[bytes]]) -> None:
    rows = [
        Message(**{**vars(row), "frames": tuple(some), "true_sizes": tuple(map(len, some))})
        for row, some in zip(found, frames, strict=False)
    ]
    for batch in batches_of(rows, 5):
        every, places = columns.frames_of(batch)
        mask = payload_frames(batch, every, places).tolist()
        for row, start, end in zip(messages(batch), places[:-1], places[1:], strict=True):
            roles = envelope(row).roles
            expected = [role == "payload" for role in roles] if len(roles) != 1 else [row.kind == "message"]
            assert mask[start:end] == expected


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES.map(b"{".__add__) | PIECES | st.just(BETWEEN), max_size=50), st.integers(0, 200))
def test_objects_are_those_that_json_takes(found: list[bytes], good: int) -> None:
    values = [*found, *[b'{"a": [1, "NaN"]}', b'{"b": {}}'] * good]
    assert are_objects(pa.array(values, columns.BYTES)).tolist() == [json_object(each) is not None for each in values]


@pytest.mark.parametrize(
    "said",
    [
        [b'{"a":1}\n{"b":2}', b"{", b'"x":1}'],
        [b'{"a":1} {"b":2}', b'{"c":', b"{}}"],
        [b'{"a":1},{"b":2}', b'{"c":[', b"{}]}"],
        [b'{"a":"', b'{"b":"}'],
        [b'{"a":Infinity}', b'{"a":1e400}', b'{"a":"\\ud800"}', b'{"a":1}\0'],
    ],
)
def test_payloads_do_not_help_each_other(said: list[bytes]) -> None:
    values = pa.array([*said, *[b"{}"] * 100, *said], columns.BYTES)
    assert are_objects(values).tolist() == [json_object(each) is not None for each in values.to_pylist()]


def test_a_schema_is_of_what_was_seen_first() -> None:
    values = [b'{"t": %d}' % n for n in range(500)] + [b'{"late": 1}'] * 10
    assert json.loads(json.dumps(schema_of(pa.array(values, columns.BYTES)))) == {
        "type": "object",
        "properties": {"t": {"type": "integer"}},
    }
    assert np.all(are_objects(pa.array(values, columns.BYTES)))
