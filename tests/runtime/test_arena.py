"""The arena: no byte that somebody still needs is written over, however rooms are asked for, kept, spent and held."""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import NamedTuple
from unittest.mock import patch

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from zinspector.runtime import arena as module
from zinspector.runtime.arena import MOST_HELD, RUN, SLABS, Arena
from zinspector.runtime.ring import Ring

SLAB = 2048
CAPACITY = SLABS * SLAB
PIECE = 1500  # bytes
IN_A_RUN = (RUN * SLAB - 1) // PIECE


@contextmanager
def ends(capacity: int = CAPACITY) -> Iterator[tuple[Arena, Ring]]:
    ring = Ring(capacity=1 << 12)
    arena = Arena(ring=ring, capacity=capacity)
    yield arena, ring
    arena.close()
    ring.close()


def put(ring: Ring) -> None:
    def fill(place: memoryview) -> None:
        place[:] = b"row"

    assert ring.put(b"", 3, fill)


def take(ring: Ring) -> None:
    record = ring.take()
    assert record is not None
    record.head.release()
    record.body.release()
    ring.release()


class Piece(NamedTuple):
    """Received bytes, their position, and their place in the memory."""

    data: memoryview
    position: int
    place: int

    @property
    def end(self) -> int:
        return self.position + len(self.data) if self.position >= 0 else -1


def received(arena: Arena, data: bytes, size: int) -> Piece:
    room = arena.room(size)
    assert len(room) == size
    room[: len(data)] = data
    return Piece(room[: len(data)], *(arena.keep(room[: len(data)]) or (-1, -1)))


class Handed(NamedTuple):
    """A record in the ring, and the pieces that the app finds when it takes it."""

    pieces: list[tuple[Piece, bytes]]


def _joined(arena: Arena, first: tuple[Piece, bytes], second: tuple[Piece, bytes]) -> bool:
    """Whether two pieces whose positions follow each other are one piece of the memory."""
    place, data = first[0].place, first[1] + second[1]
    return place < 0 or second[0].position != first[0].end or bytes(arena.part(place, len(data))) == data


def _taken(arena: Arena, pieces: list[tuple[Piece, bytes]]) -> list[tuple[pa.Buffer, bytes]]:
    """What the app has of pieces that it finds in the arena."""
    places = [(arena.place(pa.py_buffer(piece.data)), data) for piece, data in pieces]
    return [(arena.take(place, len(data)), data) for place, data in places if place is not None]


STEPS = st.tuples(st.sampled_from("rrrrhhttl"), st.integers(1, SLAB), st.integers(0, SLAB))


@given(st.lists(STEPS, min_size=60, max_size=120), st.sampled_from([4, 7, SLABS]))
def test_what_somebody_needs_stays_as_it_came(steps: list[tuple[str, int, int]], slabs: int) -> None:
    with patch.multiple(module, SLABS=slabs, MOST_HELD=slabs // 3), ends(slabs * SLAB) as (arena, ring):
        here: list[tuple[Piece, bytes]] = []
        handed: deque[Handed] = deque()
        rows: list[tuple[pa.Buffer, bytes]] = []
        for number, (what, size, spare) in enumerate(steps):
            if what == "r":
                data = bytes([number + 1]) * size
                here.append((received(arena, data, size + spare), data))
            elif what == "h" and len(handed) < 50:
                put(ring)
                handed.append(Handed(here))
                arena.spend(max((piece.end for piece, _ in here), default=-1))
                here = []
            elif what == "t" and handed:
                rows += _taken(arena, handed.popleft().pieces)
                take(ring)
                arena.tell_spent()
            elif what == "l" and rows:
                del rows[size % len(rows)]
            arena.let_go()
            assert all(bytes(piece.data) == data for piece, data in here)
            assert all(_joined(arena, *two) for two in pairwise(here))
            assert all(bytes(piece.data) == data for each in handed for piece, data in each.pieces)
            assert all(buffer.to_pybytes() == data for buffer, data in rows)
        here.clear()
        handed.clear()
        rows.clear()


def test_pieces_that_follow_each_other_are_one() -> None:
    with ends() as (arena, _):
        first, second = received(arena, b"one", 100), received(arena, b"two", 100)
        assert second.position == first.end
        assert bytes(arena.part(first.place, 6)) == b"onetwo"
        assert arena.place(pa.py_buffer(second.data)) == 3
        assert arena.place(pa.py_buffer(b"elsewhere")) is None
        del first, second


def test_what_comes_goes_on_in_the_slab_behind() -> None:
    with ends() as (arena, _):
        data = bytes(range(256)) * (RUN * SLAB // 256)
        pieces = [received(arena, data[at : at + 500], SLAB - 1) for at in range(0, len(data) - SLAB, 500)]
        assert [piece.position for piece in pieces] == [500 * number for number in range(len(pieces))]
        assert bytes(arena.part(pieces[0].place, 500 * len(pieces))) == data[: 500 * len(pieces)]
        assert received(arena, bytes(3 * SLAB), 3 * SLAB).position == -1
        pieces.clear()


def test_after_a_run_and_where_the_slab_behind_is_taken_what_comes_goes_on_elsewhere() -> None:
    with ends() as (arena, ring):
        half = SLAB // 2
        rows = [handed_over(arena, ring, bytes([number]) * half) for number in range(2 * RUN - 1)]
        assert [arena.place(row) for row in rows] == [number * half for number in range(2 * RUN - 1)]
        held = rows[2]  # in the second slab
        rows.clear()
        arena.let_go()
        pieces = [received(arena, b"after", half) for _ in range(2)]
        assert [(piece.place, piece.position) for piece in pieces] == [(0, RUN * SLAB), (5, RUN * SLAB + 5)]
        behind = received(arena, b"behind", SLAB - 1)
        assert (behind.place, behind.position) == (2 * SLAB, (RUN + 1) * SLAB)
        assert held.to_pybytes() == bytes([2]) * half
        pieces.clear()
        del behind


def test_when_the_app_takes_nothing_bytes_come_into_memory_of_their_own_and_later_into_the_arena_again() -> None:
    with ends() as (arena, ring):
        fit = IN_A_RUN * (SLABS // RUN)
        kept = [received(arena, bytes(PIECE), PIECE) for _ in range(fit + 2)]
        assert [piece.position < 0 for piece in kept] == [False] * fit + [True] * 2
        put(ring)
        arena.spend(kept[fit - 1].end)
        arena.tell_spent()
        assert received(arena, b"still", PIECE).position == -1
        take(ring)
        arena.tell_spent()
        again = received(arena, b"again", PIECE)
        assert arena.place(pa.py_buffer(again.data)) == 0
        kept.clear()
        del again


def handed_over(arena: Arena, ring: Ring, data: bytes) -> pa.Buffer:
    """Bytes as the app has them."""
    piece = received(arena, data, len(data))
    place = arena.place(pa.py_buffer(piece.data))
    assert place is not None
    put(ring)
    arena.spend(piece.end)
    buffer = arena.take(place, len(data))
    take(ring)
    arena.tell_spent()
    arena.let_go()
    return buffer


def test_what_the_app_has_no_more_rows_in_is_used_again_before_anything_else() -> None:
    with ends() as (arena, ring):
        places = [arena.place(handed_over(arena, ring, bytes(PIECE))) for _ in range(1000)]
        assert all(place is not None and place < RUN * SLAB for place in places)


def test_rows_stay_where_they_came_in_until_they_would_hold_most_of_the_memory() -> None:
    with ends() as (arena, ring):
        rows = [handed_over(arena, ring, bytes([number % 256]) * PIECE) for number in range(3 * SLABS)]
        stay = IN_A_RUN * (MOST_HELD // RUN)
        assert [arena.place(row) is not None for row in rows] == [True] * stay + [False] * (3 * SLABS - stay)
        assert all(row.to_pybytes() == bytes([number % 256]) * PIECE for number, row in enumerate(rows))
        del rows[3:6]
        arena.let_go()
        assert arena.place(handed_over(arena, ring, bytes(PIECE))) is not None
        rows.clear()


def test_rows_can_be_read_after_the_arena_was_closed() -> None:
    with ends() as (arena, ring):
        row = handed_over(arena, ring, b"kept" * 300)
    assert row.to_pybytes() == b"kept" * 300


def test_the_memory_goes_with_the_last_row_also_where_somebody_still_has_the_closed_arena() -> None:
    with ends() as (arena, ring):
        row = handed_over(arena, ring, bytes(PIECE))
        memory = weakref.ref(arena._map)
    assert memory() is not None
    del row
    assert memory() is None
