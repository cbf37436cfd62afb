"""Any rows that a capture can hold, for property tests of formats: as objects, and as the columns of a store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
from hypothesis import strategies as st

from zinspector.capture.files import load_store
from zinspector.capture.message import Message
from zinspector.capture.schema import SCHEMA, WORDS

EARLIEST, LATEST = -(2**63), 2**63 - 1
TEXTS = st.text(max_size=8)
WORD = st.none() | TEXTS
TYPES = st.sampled_from(["PUB", "SUB", "REQ", "ROUTER", "DEALER", "STREAM", "", "\u202e", None])
FRAME = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([b"", b"\xff\xfe", b"\xc3(", b'{"a": 1, "b": [null, "\\ud800"]}', b'{"a": NaN}', b"=cmd()", b"[]"]),
)
MORE = st.sampled_from([0] * 8 + [1, 300, 2**33, 2**50])
"""Bytes of a frame that were not kept."""
DIRECTIONS = st.sampled_from(["in", "out", "connect->bind", "bind->connect"])


@st.composite
def rows(draw: st.DrawFn) -> Message:
    """Any row; its number is given later."""
    frames = tuple(draw(st.lists(FRAME, max_size=4)))
    sizes = tuple(len(frame) + draw(MORE) for frame in frames)
    return Message(
        n=0,
        time_ns=draw(st.integers(EARLIEST, LATEST) | st.integers(10**18, 2 * 10**18)),
        node=draw(TEXTS),
        link=draw(WORD),
        connection=draw(st.none() | st.integers(-(2**31), 2**31 - 1) | st.integers(1, 3)),
        direction=draw(DIRECTIONS),
        kind=draw(st.sampled_from(["message", "message", "command", "handshake", "event"])),
        name=draw(WORD | st.sampled_from(["GREETING", "READY", "SUBSCRIBE", "OPENED", "CLOSED", "RESET", "PING"])),
        from_type=draw(TYPES),
        to_type=draw(TYPES),
        size=sum(sizes),
        frames=frames,
        true_sizes=sizes,
        anomalies=tuple(draw(st.lists(TEXTS, max_size=2))),
    )


ROWS = st.lists(rows(), max_size=12)


def numbered(found: Sequence[Message], first: int = 1) -> list[Message]:
    """The rows with numbers from `first` on, as a store gives them."""
    return [replace(row, n=place) for place, row in enumerate(found, first)]


def batch_of(found: Sequence[Message]) -> pa.RecordBatch:
    """Rows as columns."""
    columns = []
    for field in SCHEMA:
        values = [_value(row, field.name) for row in found]
        column = pa.array(values, pa.utf8() if field.name in WORDS else field.type)
        columns.append(column.dictionary_encode() if field.name in WORDS else column)
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)


def batches_of(found: Sequence[Message], at: int, first: int = 1) -> list[pa.RecordBatch]:
    """Numbered rows as two batches, which have words of their own and are slices of longer ones."""
    whole = numbered(found, first)
    parts = [whole[:at], whole[at:]]
    return [batch_of([*part, *part]).slice(0, len(part)) for part in parts if part]


def read(path: Path) -> list[Message]:
    """The rows of a file."""
    store = load_store(path)
    return store.rows(store.first_n, store.retained)


def _value(row: Message, name: str) -> object:
    if name == "true_sizes":
        whole = all(len(frame) == size for frame, size in zip(row.frames, row.true_sizes, strict=True))
        return None if whole else list(row.true_sizes)
    if name == "frames":
        return list(row.frames)
    if name == "anomalies":
        return list(row.anomalies) or None
    return getattr(row, name)
