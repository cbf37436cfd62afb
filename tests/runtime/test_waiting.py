"""What waits to be looked at: chunks that lie one behind the other are one, in their order with all else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from zinspector.runtime.arena import SLABS, Arena
from zinspector.runtime.ring import Ring
from zinspector.runtime.subject import LEAST_TOGETHER, Mark, Subject, Tapped
from zinspector.runtime.waiting import Noted, Stretch, Unread, Waiting


@pytest.fixture
def arena() -> Iterator[Arena]:
    ring = Ring(capacity=4096)
    made = Arena(ring=ring, capacity=4 * SLABS * LEAST_TOGETHER)
    yield made
    made.close()
    ring.close()


def subject() -> Subject:
    return Subject(Tapped("tap", None), 1, 0)


def came(waiting: Waiting, arena: Arena, who: Subject, data: bytes) -> None:
    room = arena.room(len(data))
    room[:] = data
    kept = arena.keep(room)
    assert kept is not None
    waiting.chunk(who, "connect", 1, *kept, len(data))


def test_chunks_that_follow_each_other_are_one_until_something_else_comes(arena: Arena) -> None:
    waiting, one, other = Waiting(), subject(), subject()
    for who, data in ((one, b"ab"), (one, b"cde"), (other, b"f"), (one, b"g")):
        came(waiting, arena, who, data)
    waiting.mark(one, "connect", Mark("OPENED"), 1)
    came(waiting, arena, one, b"h")
    assert waiting.bytes == 8
    taken = [waiting.take() for _ in range(5)]
    whole = [bytes(arena.part(each.place, each.size)) for each in taken if isinstance(each, Stretch)]
    assert whole == [b"abcde", b"f", b"g", b"h"]
    assert isinstance(taken[0], Stretch)
    assert (taken[0].ends, len(taken[0].times_ns)) == ([2, 5], 2)
    assert isinstance(taken[3], Noted)
    assert (waiting.bytes, bool(waiting)) == (0, False)
    came(waiting, arena, one, b"i")  # what went on at the end was taken already
    assert waiting.bytes == 1


def test_no_more_are_one_than_a_side_allows(arena: Arena) -> None:
    waiting, one = Waiting(), subject()
    for _ in range(3):
        came(waiting, arena, one, bytes(LEAST_TOGETHER // 2))
    sizes = [each.size for each in (waiting.take(), waiting.take()) if isinstance(each, Stretch)]
    assert sizes == [LEAST_TOGETHER, LEAST_TOGETHER // 2]


def test_what_is_left_out_is_told_in_its_place(arena: Arena) -> None:
    waiting, one, other = Waiting(), subject(), subject()
    for who, data in ((one, b"abc"), (other, b"d"), (one, b"ef")):
        came(waiting, arena, who, data)
    waiting.leave_out()
    assert waiting.bytes == 1
    first, second, third = waiting.take(), waiting.take(), waiting.take()
    assert isinstance(first, Unread)
    assert isinstance(second, Stretch)
    assert isinstance(third, Unread)
    assert (first.size, second.size, third.size) == (3, 1, 2)


def test_what_had_no_room_is_not_one_with_anything(arena: Arena) -> None:
    waiting, one = Waiting(), subject()
    came(waiting, arena, one, b"ab")
    waiting.own(one, "connect", 1, b"cd", 2)
    waiting.own(one, "connect", 1, None, 5)
    came(waiting, arena, one, b"ef")
    assert waiting.bytes == 6
    first, own, lost, last = (waiting.take() for _ in range(4))
    assert isinstance(first, Stretch)
    assert isinstance(own, Stretch)
    assert isinstance(lost, Unread)
    assert isinstance(last, Stretch)
    assert (own.own, lost.size) == (b"cd", 5)
    assert waiting.bytes == 0
