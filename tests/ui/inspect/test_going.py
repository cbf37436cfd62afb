"""Going to numbers and times, and a selection that has fallen off."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pyarrow as pa
import pytest

from tests.helpers.captured import Feed
from zinspector.capture.schema import SCHEMA
from zinspector.capture.store import Store
from zinspector.errors import UserError
from zinspector.ui.inspect.going import number_at
from zinspector.ui.inspect.messages import MessagesPanel
from zinspector.ui.workspace import Workspace

SECOND = 1_000_000_000
START = int(datetime(2026, 11, 23, 23, 59, 0).timestamp()) * SECOND


@pytest.fixture
def store() -> Store:
    """Ten batches of twelve messages, one a second, from a minute before midnight."""
    plain = Store()
    Feed(plain).messages([(b"t", b"x")] * 12)
    batch = plain.batches()[0]
    made, at = Store(), SCHEMA.get_field_index("time_ns")
    for place in range(10):
        times = pa.array(START + SECOND * np.arange(place * 12, place * 12 + 12))
        made.append(batch.set_column(at, SCHEMA.field("time_ns"), times))
    return made


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ("1,0 0", 100),
        ("1", 1),
        ("23:59:00", 1),
        ("23:59", 1),
        ("23:59:30.5", 32),
        ("23:59:30,000000001", 32),
        ("00:00:05", 66),
        ("0:00:05", 66),
        ("2026-11-24 00:00:05", 66),
        ("2026-11-24T00:00:04.9", 66),
        ("1999-01-01", 1),
        ("+12", 13),
        ("+12.5 s", 14),
        ("+1:05", 66),
        ("-5", 1),
        ("+0:01:05", 66),
    ],
)
def test_numbers_and_times(store: Store, text: str, n: int) -> None:
    assert number_at(text, store) == n


def test_offsets_count_from_a_reference(store: Store) -> None:
    assert number_at("-5", store, START + 60 * SECOND) == 56
    assert number_at("+5", store, START + 60 * SECOND) == 66


@pytest.mark.parametrize(
    "text", ["", "twelve", "121", "0", "12:61", "00:30:00", "2030-01-01", "+", "99999999999999999999", "1-1"]
)
def test_what_leads_nowhere(store: Store, text: str) -> None:
    with pytest.raises(UserError):
        number_at(text, store)
    with pytest.raises(UserError, match="no messages"):
        number_at(text, Store())


def test_a_selected_message_that_falls_off_says_so(panel: MessagesPanel, feed: Feed, workspace: Workspace) -> None:
    panel.select(100)
    assert panel.detail.gone.isHidden()
    workspace.store.retention_bytes = 1
    feed.many(1, b"t", b"x")
    workspace.ticked.emit()
    assert panel.table.current == 100
    assert "Message 100 has fallen off" in panel.detail.gone.text()
    assert not panel.detail.gone.isHidden()
    assert panel.detail.message is not None
    panel.select(2001)
    assert panel.detail.gone.isHidden()
