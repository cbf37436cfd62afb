"""The list of row numbers does what a plain sorted list does, over block borders too."""

from __future__ import annotations

import tracemalloc
from bisect import bisect_left

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zinspector.ui.inspect import number_list
from zinspector.ui.inspect.number_list import NumberList

STEPS = st.lists(
    st.tuples(st.just("append"), st.lists(st.integers(1, 5), max_size=20))
    | st.tuples(st.just("prepend"), st.lists(st.integers(1, 3), max_size=20))
    | st.tuples(st.just("drop"), st.integers(400, 700))
    | st.tuples(st.just("clear"), st.none())
)


@pytest.fixture(params=[8, 64], scope="module")
def _small_blocks(request: pytest.FixtureRequest) -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(number_list, "BLOCK", request.param)
        patch.setattr(number_list, "AT_ONCE", 3)
        yield


@pytest.mark.usefixtures("_small_blocks")
@given(STEPS)
def test_it_is_a_sorted_list(steps: list[tuple[str, object]]) -> None:
    ours, plain, last = NumberList(), [], 500
    for step, what in steps:
        if step == "append":
            new = [last := last + gap for gap in what]
            ours.append(np.array(new, np.int64))
            plain += new
        elif step == "prepend":
            new, first = [], plain[0] if plain else last
            for gap in what:
                new.insert(0, first := first - gap)
            new = [number for number in new if number > 0]
            ours.prepend(np.array(new, np.int64))
            plain = new + plain
        elif step == "drop":
            ours.drop_below(what)
            plain = [number for number in plain if number >= what]
        else:
            ours.clear()
            plain = []
        assert len(ours) == len(plain)
        assert [ours[place] for place in range(len(ours))] == plain
        for number in range(0, last + 2, 3):
            assert ours.place(number) == bisect_left(plain, number)
        every = np.arange(0, last + 3)
        assert every[ours.holds(every)].tolist() == plain
        assert ours.array().tolist() == plain
        assert ours.array(1, 6).tolist() == plain[1:6]


@pytest.mark.parametrize("wanted", [slice(None), slice(None, None, 2), slice(None, None, 99)])
def test_millions_take_little_memory(wanted: slice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(number_list, "BLOCK", 1 << 16)
    monkeypatch.setattr(number_list, "AT_ONCE", 1 << 16)
    numbers = np.arange(1, 5_000_000)[wanted]
    tracemalloc.start()
    ours = NumberList()
    for some in np.array_split(numbers, 100):
        ours.append(some)
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert np.array_equal(ours.array(), numbers)
    assert taken < 1_000_000
