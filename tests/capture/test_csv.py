"""CSV made of whole columns is what Python's csv makes of each row, byte by byte; and a spreadsheet sees no formula."""

from __future__ import annotations

import csv as reader
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.capture.test_jsonl_out import CAPTURES
from tests.helpers.arbitrary import ROWS, batch_of, batches_of
from tests.helpers.messages import message
from tests.helpers.places import shared
from zinspector.capture import csv
from zinspector.capture.files import load_store
from zinspector.capture.formats.source import sliced
from zinspector.capture.message import Message, messages
from zinspector.capture.readable import printable, shown

LONGEST = csv.MOST_IN_A_CELL


def reference(rows: list[Message], decoded: list[dict[str, object]] | None = None) -> bytes:
    """The same table made cell by cell, with Python's csv."""
    buffer = io.StringIO()
    writer = reader.writer(buffer, lineterminator="\n")
    for one in rows:
        cells = [
            *(one.n, one.time_ns, one.node, one.link, one.connection, one.direction, one.kind, one.name),
            *(one.from_type, one.to_type, one.size, " ".join(map(str, one.true_sizes[: csv.MOST_FRAMES]))),
            None if one.topic is None else one.topic[:LONGEST],
            " | ".join(shown(frame, LONGEST) for frame in one.frames[: csv.MOST_FRAMES])[:LONGEST],
            json.dumps(decoded)[:LONGEST] if decoded else None,
            "; ".join(one.anomalies),
        ]
        writer.writerow([safe(cell) if isinstance(cell, str) else cell for cell in cells])
    return buffer.getvalue().encode()


def safe(cell: str) -> str:
    cell = printable(cell)
    return f"'{cell}" if cell.startswith(csv.FORMULA) else cell


@settings(max_examples=100, deadline=None)
@given(found=ROWS, at=st.integers(0, 12))
def test_any_rows(found: list[Message], at: int) -> None:
    for batch in batches_of(found, at):
        assert bytes(csv.encoded(batch)) == reference(list(messages(batch)))


@pytest.mark.parametrize("name", CAPTURES)
def test_real_captures_in_slices(name: str) -> None:
    store = load_store(shared(f"captures/{name}"))
    lines = b"".join(bytes(csv.encoded(part)) for part in sliced(store.batches(), 7, 1000))
    assert lines == reference(store.rows(1, store.retained))


@pytest.mark.parametrize(
    "frames",
    [
        (b"a" * LONGEST,),
        (b"a" * (LONGEST - 2), b"b"),
        (b"a", b"b" * (LONGEST + 1), b"c"),
        ("ä".encode() * LONGEST,),
        (b"\xff" * LONGEST, b'"'),
        (b'{"a": "%s"}' % (b'"' * LONGEST),),
        (b"",) * (csv.MOST_FRAMES + 3),
        (b"ab", b'"', b"\\", b"{\\", b'["a,b"]', b"a,b", b"\x7f", b"{\n}", b"=1"),
    ],
    ids=lambda frames: f"{len(frames)} of {len(frames[0])}",
)
def test_what_no_cell_can_hold_is_cut(frames: tuple[bytes, ...]) -> None:
    rows = [message(b"before"), message(*frames), message(*frames, kind="event"), message(b"after")]
    assert bytes(csv.encoded(batch_of(rows))) == reference(rows)


def test_decoded_values_and_anomalies() -> None:
    decoded = [{"frame": 0, "decoder": "x", "value": ["a,b", "ä", "x" * LONGEST]}]
    rows = [message(b"a", anomalies=("=one, two", "three")), message(b"b")]
    assert bytes(csv.encoded(batch_of(rows), lambda _: [json.dumps(decoded)] * 2)) == reference(rows, decoded)


@pytest.mark.parametrize("formula", ["=cmd()", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_spreadsheet_sees_no_formula(formula: str) -> None:
    made = message(formula.encode(), node=formula, name=formula, anomalies=(formula,))
    (cells,) = reader.reader([bytes(csv.encoded(batch_of([made]))).decode()])
    assert len(cells) == len(csv.header().split(","))
    assert not any(cell.startswith(csv.FORMULA) for cell in cells)
