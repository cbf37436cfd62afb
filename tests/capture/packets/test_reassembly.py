"""TCP segments in any order: the bytes that were sent, or an honest gap."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from zinspector.capture.packets.reassembly import Piece, Stream

MASK = (1 << 32) - 1


def told(pieces: list[Piece], original: bytes, start: int = 0) -> tuple[int, int]:
    """Where the pieces end, and how much of it is gaps; every byte told must be the original one at its place."""
    position, missing = start, 0
    for piece in pieces:
        assert piece.data == original[position : position + len(piece.data)]
        assert bool(piece.data) != bool(piece.missing)
        position += len(piece.data) + piece.missing
        missing += piece.missing
    return position, missing


@st.composite
def scrambled(draw: st.DrawFn) -> tuple[bytes, int, list[tuple[int, int]]]:
    """Bytes, the first sequence number, and the pieces of them in any order, many times, over each other."""
    data = draw(st.binary(min_size=1, max_size=300))
    first = draw(st.sampled_from([0, 1, 77, MASK, MASK - 100, 1 << 31]) | st.integers(0, MASK))
    cuts = sorted(draw(st.sets(st.integers(1, max(1, len(data) - 1)), max_size=12)))
    parts = list(zip([0, *cuts], [*cuts, len(data)], strict=True))
    place = st.integers(0, len(data))
    parts += draw(st.lists(st.tuples(place, place).map(lambda ends: (min(ends), max(ends))), max_size=8))
    return data, first, draw(st.permutations(parts))


@given(scrambled())
def test_any_order_and_overlap_gives_the_bytes_that_were_sent(case: tuple[bytes, int, list[tuple[int, int]]]) -> None:
    data, first, parts = case
    stream = Stream()
    stream.begin(first)
    pieces = [piece for a, b in parts for piece in stream.add(first + a & MASK, data[a:b], 0)]
    assert told(pieces, data) == (len(data), 0)
    assert not stream.waiting


@given(scrambled(), st.data())
def test_what_was_not_captured_is_a_gap_of_its_size(
    case: tuple[bytes, int, list[tuple[int, int]]], more: st.DataObject
) -> None:
    data, first, parts = case
    lost = more.draw(st.sets(st.integers(0, len(parts) - 1)))
    stream = Stream()
    stream.begin(first)
    pieces = []
    seen = [False] * len(data)
    for number, (a, b) in enumerate(parts):
        if number not in lost:
            pieces += stream.add(first + a & MASK, data[a:b], number)
            seen[a:b] = [True] * (b - a)
    stream.close(first + len(data) & MASK, len(parts))
    while stream.missing:
        pieces += stream.give_up()
    assert told(pieces, data) == (len(data), seen.count(False))
    assert stream.finished


def test_a_hole_is_filled_by_a_retransmission_and_its_bytes_are_seen_then() -> None:
    stream = Stream()
    stream.begin(0)
    assert stream.add(0, b"ab", 10) == [Piece(b"ab", 10)]
    assert stream.add(4, b"ef", 20) == []
    assert stream.waits_since == 20
    assert stream.missing == 2
    assert stream.add(2, b"cd", 50) == [Piece(b"cd", 50), Piece(b"ef", 50)]


def test_bytes_after_a_gap_keep_the_time_when_they_were_seen() -> None:
    stream = Stream()
    stream.begin(0)
    stream.add(0, b"ab", 10)
    stream.add(4, b"ef", 20)
    stream.add(8, b"i", 30)
    assert stream.give_up() == [Piece(b"", 20, 2), Piece(b"ef", 20)]
    assert stream.give_up() == [Piece(b"", 30, 2), Piece(b"i", 30)]
    assert stream.give_up() == []


def test_a_hole_is_lost_for_sure_once_the_other_end_acknowledged_it() -> None:
    stream = Stream()
    stream.begin(100)
    stream.add(104, b"ef", 20)
    assert stream.lost_since is None
    stream.acknowledge(103, 21)
    assert stream.lost_since is None
    stream.acknowledge(104, 22)
    stream.acknowledge(110, 30)
    assert stream.lost_since == 22


def test_holes_are_lost_since_each_was_acknowledged_not_since_the_one_before_was_given_up() -> None:
    stream = Stream()
    stream.begin(0)
    stream.add(2, b"cd", 1)
    stream.add(6, b"gh", 2)
    stream.acknowledge_all(np.array([2, 1, 6, 8]), np.array([10, 11, 12, 13]))
    assert stream.lost_since == 10
    assert stream.give_up() == [Piece(b"", 1, 2), Piece(b"cd", 1)]
    assert stream.lost_since == 12


def test_of_bytes_that_came_twice_the_first_count() -> None:
    stream = Stream()
    stream.begin(0)
    assert stream.add(2, b"second", 0) == []
    assert b"".join(piece.data for piece in stream.add(0, b"1.XXXXXXXX", 1)) == b"1.secondXX"


def test_a_keepalive_is_nothing_new() -> None:
    stream = Stream()
    stream.begin(7)
    stream.add(7, b"abc", 0)
    assert stream.add(9, b"c", 1) == []
    assert stream.next == 10


def test_too_much_waiting_is_noticed() -> None:
    stream = Stream()
    stream.begin(0)
    for place in range(9):
        stream.add(1 + (place << 20), bytes(1 << 20), 0)
    assert stream.crowded
    stream.give_up()
    assert not stream.crowded


def test_without_a_beginning_the_first_bytes_seen_are_the_first() -> None:
    stream = Stream()
    assert stream.add(5, b"x", 0) == [Piece(b"x", 0)]
    assert stream.first is None
