"""Rows as lines for people, spreadsheets and programs: whatever a peer put into them, they stay harmless lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.arbitrary import batch_of
from zinspector.capture import csv, jsonl_in, jsonl_out, lines
from zinspector.capture.message import Message
from zinspector.capture.readable import printable, shown
from zinspector.errors import FileError

HOSTILE = ["\x1b[31m", "\u202egpj.exe", "a\nb\rc", "\0", "\u2028", "\x9b2J", "\u200b", "\U000e0041", "\ud7ff\ufeff"]


def row(*frames: bytes, **fields: Any) -> Message:
    known: dict[str, Any] = {
        **{"n": 1, "time_ns": 1_763_880_131_418_203_000, "node": "t1", "link": None, "connection": 3},
        **{"direction": "connect->bind", "kind": "message", "name": None, "from_type": "PUB", "to_type": "SUB"},
        **{"size": sum(map(len, frames)), "frames": frames, "true_sizes": tuple(map(len, frames))},
    }
    return Message(**{**known, **fields})


def text(message: Message, **options: Any) -> str:
    (line,) = lines.lines([message], **options)
    return line


def as_csv(*rows: Message) -> list[str]:
    return str(csv.encoded(batch_of(rows)), "utf-8").removesuffix("\n").split("\n")


def test_a_line_says_what_matters() -> None:
    line = text(row(b"weather.london", b"sunny"))
    assert line.split()[2:8] == ["t1#3", "connect->bind", "PUB>SUB", "message", "19", "B"]
    assert line.endswith('"weather.london" | "sunny"')
    assert line.startswith("2025-11-2")


@pytest.mark.parametrize("hostile", HOSTILE)
def test_nothing_in_a_row_moves_the_cursor_or_hides(hostile: str) -> None:
    data = hostile.encode("utf-8", "surrogatepass")
    made = [
        row(data, data),
        row(data, kind="event", name=hostile, node=hostile),
        row(b"", anomalies=(hostile,), connection=None, link=hostile),
        row(data, kind="command", name="SUBSCRIBE"),
        row(data, kind="handshake", name="READY"),
    ]
    for line in [*lines.lines(made), *as_csv(*made)]:
        assert all(character.isprintable() for character in line), repr(line)


@given(st.binary(max_size=60))
def test_any_bytes_are_one_printable_line(data: bytes) -> None:
    for line in (text(row(data)), text(row(data, kind="event", name="X")), *as_csv(row(data))):
        assert line.isprintable()
    assert shown(data, 10).isprintable()


def test_long_frames_many_frames_and_heads_are_cut() -> None:
    line = text(row(b"x" * 10_000_000))
    assert len(line) < 300
    assert "..." in line
    assert "and 999,988 more frames" in text(row(*[b""] * 1_000_000))
    assert "of 5,000,000 B" in text(row(b"head", true_sizes=(5_000_000,), size=5_000_000))
    assert shown("é".encode() * 9, 5) == '"éé"...'
    assert shown(b"\xff\0", 5) == "0xff00"
    assert shown(b'{"a": "b"}', 50) == '{"a": "b"}'
    assert printable("é\t") == "é\\t"


def test_times_that_no_calendar_holds() -> None:
    assert text(row(b"a", time_ns=(1 << 63) - 1)).split()[1]
    assert text(row(b"a", time_ns=-(1 << 62)))


def test_names_and_decoded_frames() -> None:
    decoded = [{"frame": 1, "decoder": "msgpack", "value": {"a": [1]}}, {"frame": 0, "decoder": "json", "value": 1}]
    line = text(row(b"1", b"\x81"), decode=lambda _: decoded, names={"t1": "production"})
    assert "production#3" in line
    assert line.endswith('"1" | msgpack {"a": [1]}')


def test_lines_of_json_are_read_again(tmp_path: Path) -> None:
    made = [
        row(b"a", b"\xff\0", anomalies=("code: text",)),
        row(b"head", true_sizes=(5000,), size=5000, link="l1", connection=None, n=2),
        row(b"t", kind="command", name="SUBSCRIBE", from_type=None, to_type=None, n=3),
    ]
    path = tmp_path / "rows.jsonl"
    path.write_bytes(jsonl_out.encoded(batch_of(made)))
    store = jsonl_in.load(path)
    assert store.rows(1, 3) == made


def test_a_cut_last_line_is_left_out_and_any_other_is_named(tmp_path: Path) -> None:
    line = str(jsonl_out.encoded(batch_of([row(b"a")])), "ascii").rstrip()
    path = tmp_path / "rows.jsonl"
    path.write_text(f"{line}\n{line[:50]}")
    assert jsonl_in.load(path).captured == 1
    for broken in (
        "[]",
        "{}",
        '{"frames": 1}',
        line.replace('"YQ=="', '"!"'),
        line.replace('"connection": 3', '"connection": 1e99'),
    ):
        path.write_text(f"{line}\n{broken}\n{line}\n")
        with pytest.raises(FileError, match=r"rows\.jsonl"):
            jsonl_in.load(path)


def test_a_row_as_json_is_the_contract() -> None:
    decoded = [{"frame": 0, "decoder": "x", "value": 1}]
    made = json.loads(
        bytes(jsonl_out.encoded(batch_of([row(b"weather.london", b"\xff")]), lambda _: [json.dumps(decoded)]))
    )
    assert made["topic"] == "weather.london"
    assert made["frames"][1] == {"size": 1, "base64": "/w==", "text": None, "truncated": False}
    assert made["decoded"] == [{"frame": 0, "decoder": "x", "value": 1}]


def test_columns_stand_below_each_other_whatever_happened() -> None:
    rows = [row(b"x", kind="event", name=name) for name in ("HANDSHAKE_SUCCEEDED", "OPENED")]
    rows += [row(b"x" * 100_000), row(b"", kind="command", name="PING")]
    places = {line.index(lines.summary(each)) for each, line in zip(rows, lines.lines(rows), strict=True)}
    assert len(places) == 1
