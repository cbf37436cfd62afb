"""What waits to be looked at: chunks that lie one behind the other are one, in their order with all else."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from zinspector.runtime.arena import SLABS, Arena
from zinspector.runtime.ring import Ring
from zinspector.runtime.subject import LEAST_TOGETHER, Count, Mark, Subject
from zinspector.runtime.waiting import Noted, Stretch, Unread, Waiting


@pytest.fixture
def arena() -> Iterator[Arena]:
    ring = Ring(capacity=4096)
    made = Arena(ring=ring, capacity=4 * SLABS * LEAST_TOGETHER)
    yield made
    made.close()
    ring.close()


def subject() -> Subject:
    circuit: Any = SimpleNamespace(number=1)
    return Subject("tap", None, circuit, 0, Count(), set())


def came(waiting: Waiting, arena: Arena, who: Subject, data: bytes) -> None:
    room = arena.room(len(data))
    room[:] = data
    waiting.chunk(who, "connect", room)


def test_chunks_that_follow_each_other_are_one_until_something_else_comes(arena: Arena) -> None:
    waiting, one, other = Waiting(arena), subject(), subject()
    for who, data in ((one, b"ab"), (one, b"cde"), (other, b"f"), (one, b"g")):
        came(waiting, arena, who, data)
    waiting.mark(one, "connect", Mark("OPENED"))
    came(waiting, arena, one, b"h")
    assert waiting.bytes == 8
    taken = [waiting.take() for _ in range(5)]
    whole = [bytes(arena.part(each.position, each.size)) for each in taken if isinstance(each, Stretch)]
    assert whole == [b"abcde", b"f", b"g", b"h"]
    assert isinstance(taken[0], Stretch)
    assert (taken[0].ends, len(taken[0].times_ns)) == ([2, 5], 2)
    assert isinstance(taken[3], Noted)
    assert (waiting.bytes, bool(waiting)) == (0, False)
    came(waiting, arena, one, b"i")  # what went on at the end was taken already
    assert waiting.bytes == 1


def test_no_more_are_one_than_a_side_allows(arena: Arena) -> None:
    waiting, one = Waiting(arena), subject()
    for _ in range(3):
        came(waiting, arena, one, bytes(LEAST_TOGETHER // 2))
    sizes = [each.size for each in (waiting.take(), waiting.take()) if isinstance(each, Stretch)]
    assert sizes == [LEAST_TOGETHER, LEAST_TOGETHER // 2]


def test_what_is_left_out_is_told_in_its_place(arena: Arena) -> None:
    waiting, one, other = Waiting(arena), subject(), subject()
    for who, data in ((one, b"abc"), (other, b"d"), (one, b"ef")):
        came(waiting, arena, who, data)
    waiting.leave_out()
    assert waiting.bytes == 1
    first, second, third = waiting.take(), waiting.take(), waiting.take()
    assert isinstance(first, Unread)
    assert isinstance(second, Stretch)
    assert isinstance(third, Unread)
    assert (first.size, second.size, third.size) == (3, 1, 2)
