"""Lines of JSON read together are the rows that they are one by one; what is odd is read, or named, as before."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.arbitrary import ROWS, batch_of, read
from tests.helpers.messages import message
from zinspector.capture import jsonl_in, jsonl_out
from zinspector.capture.held import HIGHEST
from zinspector.capture.message import Message
from zinspector.errors import FileError

LINE = bytes(jsonl_out.encoded(batch_of([message(b"a", b"\xff\0")])))
RECORD: dict[str, Any] = json.loads(LINE)
CHANGES: list[dict[str, Any]] = [
    *({"node": value} for value in (None, 5, "\ud800", "ä", [], True)),
    *({"time_ns": value} for value in (None, 1.5, "12", 1 << 63, -(1 << 63), True)),
    *({"connection": value} for value in (None, 1 << 31, "x", 1.0)),
    *({"link": value} for value in (None, 7, "\0")),
    *({"anomalies": value} for value in (None, [], ["a"], [None], "a", [1])),
    *({"frames": value} for value in (None, [], [None], [{}], [{"size": 3, "base64": "YQ=="}], {})),
    *(
        {"frames": [{"size": 1, "base64": value}]}
        for value in (None, "YQ==", "YQ", "Y Q=", "Y\nQ=", "=", "YQ===", "ä", 1)
    ),
    *({"frames": [{"size": value, "base64": "YQ=="}]} for value in (None, 1.5, "1", -1, 1 << 63)),
    {"more": {"nested": [float("nan")]}, "decoded": 5, "topic": []},
]


def outcome(path: Path) -> object:
    """The rows of a file, or what is said of it."""
    try:
        return read(path)
    except FileError as error:
        return str(error)


def alone(path: Path) -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jsonl_in, "_together", lambda _: None)
        return outcome(path)


@settings(max_examples=100, deadline=None)
@given(found=ROWS, ending=st.sampled_from([b"", b"\n", b"  \n\n", LINE[:-1], LINE[:50]]))
def test_any_rows(found: list[Message], ending: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "c.jsonl")
        path.write_bytes(LINE + (bytes(jsonl_out.encoded(batch_of(found))) if found else b"") + ending)
        assert outcome(path) == alone(path)


@pytest.mark.parametrize("change", CHANGES, ids=repr)
def test_odd_fields(tmp_path: Path, change: dict[str, Any]) -> None:
    path = tmp_path / "c.jsonl"
    path.write_bytes(LINE + json.dumps({**RECORD, **change}).encode() + b"\n" + LINE)
    assert outcome(path) == alone(path)


@pytest.mark.parametrize(
    ("n", "first"),
    [
        *((n, n) for n in (1, 509_817, HIGHEST - 1)),
        *((n, 1) for n in (None, 0, -5, HIGHEST, 1 << 63, (1 << 64) - 1, 1 << 64, 10**30, 2.5, "7", True, [], {})),
    ],
)
def test_the_number_of_the_first_line(tmp_path: Path, n: object, first: int) -> None:
    path = tmp_path / "c.jsonl"
    path.write_bytes(json.dumps({**RECORD, "n": n}).encode() + b"\n" + LINE)
    assert outcome(path) == alone(path)
    assert [row.n for row in read(path)] == [first, first + 1]


@pytest.mark.parametrize("name", ["time_ns", "node", "direction", "kind", "frames", "link", "anomalies", "n"])
def test_missing_fields(tmp_path: Path, name: str) -> None:
    path = tmp_path / "c.jsonl"
    path.write_bytes(LINE + json.dumps({key: RECORD[key] for key in RECORD if key != name}).encode() + b"\n")
    assert outcome(path) == alone(path)


@pytest.mark.parametrize(
    "odd",
    [b"[]", b'{"node": "\xff"}', LINE[:-1] + LINE[:-1], LINE[:-2] + b",}", b"{", LINE.replace(b"{", b"{\n", 1), b"\r"],
)
def test_odd_lines(tmp_path: Path, odd: bytes) -> None:
    path = tmp_path / "c.jsonl"
    path.write_bytes(LINE + odd + b"\n" + LINE)
    assert outcome(path) == alone(path)


def test_plain_lines_are_read_together() -> None:
    batch = jsonl_in._together([LINE] * 3)  # that it is used at all
    assert batch is not None
    assert batch.num_rows == 3
