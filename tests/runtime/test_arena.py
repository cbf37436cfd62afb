"""The arena: no byte that somebody still needs is written over, however rooms are asked for, kept and spent."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import NamedTuple

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zinspector.runtime import arena as module
from zinspector.runtime.arena import Arena
from zinspector.runtime.ring import Ring

CAPACITY = 1 << 16


@contextmanager
def ends() -> Iterator[tuple[Arena, Ring]]:
    ring = Ring(capacity=1 << 12)
    arena = Arena(ring=ring, capacity=CAPACITY)
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
    """Received bytes, and their position."""

    data: memoryview
    position: int

    @property
    def end(self) -> int:
        return self.position + len(self.data) if self.position >= 0 else -1


def received(arena: Arena, data: bytes, size: int) -> Piece:
    room = arena.room(size)
    assert len(room) == size
    room[: len(data)] = data
    return Piece(room[: len(data)], arena.keep(room[: len(data)]))


class Handed(NamedTuple):
    """A record in the ring, and the pieces that the app copies when it takes it."""

    pieces: list[tuple[Piece, bytes]]


def _joined(arena: Arena, first: tuple[Piece, bytes], second: tuple[Piece, bytes]) -> bool:
    """Whether two pieces whose positions follow each other are one piece of the memory."""
    position, data = first[0].position, first[1] + second[1]
    return second[0].position != first[0].end or bytes(arena.part(position, len(data))) == data


def test_a_lap_that_would_end_with_the_memory_begins_anew() -> None:
    with ends() as (arena, ring):
        first = received(arena, bytes(CAPACITY // 2), CAPACITY // 2)
        put(ring)
        arena.spend(first.end)
        take(ring)
        last = received(arena, bytes(CAPACITY // 2), CAPACITY // 2)
        assert last.position == CAPACITY
        del first, last


@given(st.lists(st.tuples(st.sampled_from("rrrrht"), st.integers(1, 9000), st.integers(0, 9000)), max_size=80))
def test_what_is_not_taken_yet_stays_as_it_came(steps: list[tuple[str, int, int]]) -> None:
    with ends() as (arena, ring):
        here: list[tuple[Piece, bytes]] = []
        handed: deque[Handed] = deque()
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
                assert all(bytes(piece.data) == data for piece, data in handed[0].pieces)
                take(ring)
                handed.popleft()
            assert all(bytes(piece.data) == data for piece, data in here)
            assert all(_joined(arena, *two) for two in pairwise(here))
            assert all(bytes(piece.data) == data for each in handed for piece, data in each.pieces)
        here.clear()
        handed.clear()


def test_pieces_that_follow_each_other_are_one() -> None:
    with ends() as (arena, _):
        first, second = received(arena, b"one", 100), received(arena, b"two", 100)
        assert second.position == first.end
        assert bytes(arena.part(first.position, 6)) == b"onetwo"
        assert arena.place(pa.py_buffer(second.data)) == 3
        assert arena.place(pa.py_buffer(b"elsewhere")) is None
        del first, second


def test_when_the_app_takes_nothing_bytes_come_into_memory_of_their_own_and_later_into_the_arena_again() -> None:
    with ends() as (arena, ring):
        kept = [received(arena, bytes(10_000), 10_000) for _ in range(8)]
        assert [piece.position < 0 for piece in kept] == [False] * 6 + [True] * 2
        put(ring)
        arena.spend(kept[5].end)
        assert received(arena, b"still", 10_000).position == -1
        take(ring)
        assert received(arena, b"again", 10_000).position % CAPACITY == 0
        kept.clear()


def test_a_lap_ends_early_when_there_is_room_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EARLY", 4096)
    with ends() as (arena, ring):
        places = set()
        for _ in range(1000):
            piece = received(arena, bytes(100), 1000)
            places.add(piece.position % CAPACITY)
            put(ring)
            arena.spend(piece.end)
            take(ring)
            del piece
        assert 4096 < max(places) < 6000
