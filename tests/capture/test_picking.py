"""Picked rows are those that Python would pick, however the batch is cut, and hold nothing of the others."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.helpers.arbitrary import ROWS, batch_of, batches_of
from zinspector.capture import picking
from zinspector.capture.message import Message, messages
from zinspector.capture.picking import pick


@pytest.fixture(params=[(64, 2**31), (0, 2**31), (0, 16)], ids=["few", "many", "large"])
def bounds(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picking, "FEW", request.param[0])
    monkeypatch.setattr(picking, "MOST_BYTES", request.param[1])


@pytest.mark.usefixtures("bounds")
@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(found=ROWS, at=st.integers(0, 12), data=st.data())
def test_any_rows(found: list[Message], at: int, data: st.DataObject) -> None:
    for batch in batches_of(found, at):
        mask = data.draw(st.lists(st.booleans(), min_size=batch.num_rows, max_size=batch.num_rows))
        picked = pick(batch, np.array(mask))
        picked.validate(full=True)
        assert picked.schema.equals(batch.schema, check_metadata=True)
        assert [*messages(picked)] == [row for row, wanted in zip(messages(batch), mask, strict=True) if wanted]
        again = pick(picked, np.arange(picked.num_rows) % 2 == 0)
        assert [*messages(again)] == [*messages(picked)][::2]


@pytest.mark.parametrize("count", [1, 100])
def test_the_others_are_not_held(count: int) -> None:
    sizes = [10, 100_000, 50, 100_000] * count
    rows = [
        Message(n, 0, "a", None, None, "in", "message", None, "PUSH", "PULL", size, (bytes(size),), (size,))
        for n, size in enumerate(sizes, 1)
    ]
    picked = pick(batch_of(rows), np.array(sizes) < 100)
    assert [row.size for row in messages(picked)] == [10, 50] * count
    assert picked.get_total_buffer_size() < 1_000 + 500 * count
