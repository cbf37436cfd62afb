"""Messages that repeat: how often, and what their block says."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.helpers import zmtp
from zinspector.zmtp.connection import Connection
from zinspector.zmtp.events import Block, Event, expand
from zinspector.zmtp.pattern import FASTER, WORTH, Pattern

SIZES = st.lists(st.sampled_from([0, 1, 5, 16, 255, 256, 300]), min_size=1, max_size=4)
OPENING = zmtp.greeting() + zmtp.ready(b"DEALER")


def message(sizes: list[int], fill: int) -> bytes:
    return zmtp.message(*(bytes((fill % 256,)) * size for size in sizes))


def heads_of(sizes: list[int]) -> tuple[list[int], int]:
    places, at = [], 0
    for size in sizes:
        places.append(at)
        at += size + (2 if size <= 255 else 9)
    return places, at


@given(SIZES, SIZES, st.integers(0, 40) | st.integers(WORTH * FASTER - 2, WORTH * FASTER + 40), st.integers(0, 600))
def test_repeats_are_counted_up_to_the_first_other_message(
    sizes: list[int], others: list[int], count: int, tail: int
) -> None:
    data = b"".join(message(sizes, number) for number in range(count + 1)) + message(others, 1) + bytes(tail)
    pattern = Pattern(data, *heads_of(sizes))
    assert pattern.stride == len(message(sizes, 0))
    known = pattern.repeats(data, pattern.stride, len(data))
    assert known >= count
    if others != sizes and not tail:
        assert known == count
    if count:
        found = pattern.block(data, pattern.stride, count, 1000).messages()
        assert [(each.true_sizes, each.offset) for each in found] == [
            (tuple(sizes), 1000 + number * pattern.stride) for number in range(count)
        ]
        assert [each.frames[-1] for each in found] == [bytes(((n + 1) % 256,)) * sizes[-1] for n in range(count)]


@given(SIZES, SIZES, st.lists(st.integers(1, 400), min_size=1, max_size=5), st.lists(st.integers(1, 50_000)))
def test_a_pattern_is_known_again_in_the_next_chunk(
    sizes: list[int], others: list[int], counts: list[int], cuts: list[int]
) -> None:
    data = b"".join(message(others if turn % 2 else sizes, turn) * count for turn, count in enumerate(counts))
    readable, fast = Connection(), Connection()
    events = readable.feed("connect", OPENING + data)
    items: list[Event | Block] = [*fast.scan("connect", OPENING)]
    at = 0
    for cut in [*cuts, len(data)]:
        items += fast.scan("connect", memoryview(data[at : at + cut]))
        at += cut
    assert expand(items) == events


def test_the_pattern_of_large_messages_is_found_and_takes_a_chunk_at_once() -> None:
    connection = Connection()
    connection.scan("connect", OPENING)
    data = memoryview(message([1 << 16], 7) * 200)
    chunk = 4 << 20
    items = [connection.scan("connect", data[at : at + chunk]) for at in range(0, len(data) - chunk, chunk)]
    assert [sum(isinstance(item, Block) for item in each) for each in items[1:]] == [1] * (len(items) - 1)
