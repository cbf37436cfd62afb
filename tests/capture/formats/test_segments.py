"""Messages written together are the packets that they are one by one, byte for byte."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.capture.formats.test_pcapng import event, row
from tests.helpers.arbitrary import FRAME, ROWS, batches_of
from tests.helpers.places import shared
from zinspector.capture.files import load_store
from zinspector.capture.formats import pcapng
from zinspector.capture.formats.source import Source
from zinspector.capture.message import Message

V6 = b'{"connect": {"address": "[fe80::1]:4711"}, "bind": {"address": "[fe80::2]:5556"}}'
WAYS = ["connect->bind", "bind->connect"]


def written(batches: object, few: int, monkeypatch: pytest.MonkeyPatch) -> tuple[bytes, tuple[str, ...]]:
    with monkeypatch.context() as patch:
        patch.setattr(pcapng, "FEW", few)
        out = BytesIO()
        lost = pcapng.write(out, Source(batches, None, Path("c")), drawing=False)
        return out.getvalue(), lost


def same(rows: list[Message], at: int = 0) -> None:
    with pytest.MonkeyPatch.context() as patch:
        alone = written(batches_of(rows, at), 1 << 40, patch)
        assert written(batches_of(rows, at), 1, patch) == alone
        assert written(batches_of(rows, at), 3, patch) == alone


@st.composite
def conversations(draw: st.DrawFn) -> list[Message]:
    """Mostly plain messages of few connections, with all that can come between them."""
    rows = [event("OPENED", "it opened", V6, connection=1)]
    for n in range(draw(st.integers(1, 30))):
        connection = draw(st.sampled_from([1, 1, 2, None]))
        fields = {"connection": connection, "direction": draw(st.sampled_from(WAYS)), "n": n}
        kind = draw(st.sampled_from(["message"] * 12 + ["command", "CLOSED", "GAP", "OPENED"]))
        if kind in ("CLOSED", "GAP", "OPENED"):
            rows.append(event(kind, "it happened", V6, **(fields | {"connection": connection or 2})))
            continue
        frames = draw(st.lists(FRAME | st.just(b"long" * 300), min_size=1, max_size=3))
        wrong = draw(st.sampled_from([()] * 12 + [("odd: it is",)]))
        rows.append(row(*frames, kind=kind, anomalies=wrong, **fields))
    return rows


@settings(max_examples=40, deadline=None)
@given(rows=conversations(), at=st.integers(0, 40))
def test_any_conversation(rows: list[Message], at: int) -> None:
    same(rows, at)


@settings(max_examples=40, deadline=None)
@given(found=ROWS, at=st.integers(0, 12))
def test_any_rows(found: list[Message], at: int) -> None:
    same(found, at)


@pytest.mark.parametrize("name", ["apps/jupyter.pcap", "apps/sec_ironhouse.pcap", "zguide/rtreq.pcap"])
def test_real_captures(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    batches = load_store(shared(f"captures/{name}")).batches()
    assert written(batches, 2, monkeypatch) == written(batches, 1 << 40, monkeypatch)


def test_windows_are_never_full() -> None:
    """Two megabytes one way, some back: acknowledged in between at the same places."""
    rows = [row(b"%d" % n * 10_000, direction=WAYS[n in (40, 90)], n=n) for n in range(120)]
    same(rows)


@pytest.mark.parametrize("size", [254, 255, 256, 59_990, 59_991, 59_992, 60_000, 60_001])
def test_sizes_at_the_borders(size: int) -> None:
    same([row(b"a"), row(bytes(size)), row(b"b", bytes(size)), row(b"c", time_ns=-5)])
