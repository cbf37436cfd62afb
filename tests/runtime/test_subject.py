"""How much of a connection is looked at together: what gives so many rows."""

from __future__ import annotations

import pytest

from zinspector.runtime.subject import LEAST_TOGETHER, MOST_TOGETHER, TOGETHER_ROWS, Subject, Tapped


@pytest.mark.parametrize(
    ("row", "together"), [(2, LEAST_TOGETHER), (100, 100 * TOGETHER_ROWS), (1 << 20, MOST_TOGETHER)]
)
def test_as_many_bytes_are_taken_together_as_give_so_many_rows(row: int, together: int) -> None:
    subject = Subject(Tapped("tap", None), 1, 0)
    subject.looked_at("connect", 1000 * row, 1000)
    assert subject.together == {"connect": together, "bind": LEAST_TOGETHER}
    subject.looked_at("bind", row, 0)  # the middle of a message
    assert subject.together["bind"] == min(MOST_TOGETHER, max(LEAST_TOGETHER, row * TOGETHER_ROWS))
