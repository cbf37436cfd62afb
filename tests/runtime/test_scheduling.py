"""The kernel is told of floods, and of their end."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from zinspector.runtime.scheduling import FLOOD, SPAN_NS, Scheduling

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has batch processes")
A_SPAN = FLOOD * SPAN_NS // 1_000_000_000


def in_a_thread(work: Callable[[], None]) -> None:
    """A policy belongs to a thread: this one keeps its own."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(work).result()


def test_a_flood_makes_it_a_batch_process_until_it_is_over() -> None:
    def work() -> None:
        scheduling = Scheduling(0)
        assert os.sched_getscheduler(0) == os.SCHED_OTHER
        scheduling.passed(A_SPAN // 2, SPAN_NS // 2)
        scheduling.passed(A_SPAN, SPAN_NS)
        assert os.sched_getscheduler(0) == os.SCHED_BATCH
        scheduling.passed(A_SPAN // 2, 2 * SPAN_NS - 1)
        assert os.sched_getscheduler(0) == os.SCHED_BATCH
        scheduling.passed(0, 2 * SPAN_NS)
        assert os.sched_getscheduler(0) == os.SCHED_OTHER
        scheduling.passed(2 * A_SPAN, 3 * SPAN_NS)
        scheduling.close()
        assert os.sched_getscheduler(0) == os.SCHED_OTHER

    in_a_thread(work)


def test_little_and_much_in_a_long_time_are_no_flood() -> None:
    def work() -> None:
        scheduling = Scheduling(0)
        scheduling.passed(A_SPAN // 2, SPAN_NS)
        scheduling.passed(10 * A_SPAN, 21 * SPAN_NS)
        assert os.sched_getscheduler(0) == os.SCHED_OTHER

    in_a_thread(work)


def test_who_chose_another_policy_keeps_it() -> None:
    def work() -> None:
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        Scheduling(0).passed(2 * A_SPAN, SPAN_NS)
        assert os.sched_getscheduler(0) == os.SCHED_IDLE

    in_a_thread(work)
