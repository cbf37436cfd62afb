"""How much of a connection is looked at together: what takes the time that a look should take."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from zinspector.runtime.subject import LEAST_TOGETHER, LOOK_NS, MOST_TOGETHER, Count, Subject


@pytest.mark.parametrize("ns_a_byte", [0.01, 0.2, 2.0, 1000.0])
def test_a_look_takes_its_time(ns_a_byte: float) -> None:
    circuit: Any = SimpleNamespace(number=1)
    subject = Subject("tap", None, circuit, 0, Count(), set())
    for _ in range(20):
        size = subject.together["connect"]
        subject.looked_at("connect", size, int(size * ns_a_byte))
    wanted = min(MOST_TOGETHER, max(LEAST_TOGETHER, LOOK_NS / ns_a_byte))
    assert subject.together == {"connect": pytest.approx(wanted, rel=0.01), "bind": LEAST_TOGETHER}
    before = subject.together["connect"]
    subject.looked_at("connect", before, 10**9)  # another program had the core
    assert subject.together["connect"] == max(LEAST_TOGETHER, before // 2)
