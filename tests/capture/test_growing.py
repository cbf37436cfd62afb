"""A column that grows: what was filled in stays, and what was taken is left alone."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from zinspector.capture.growing import PIECE, Growing


@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 3000) | st.integers(PIECE - 2, PIECE + 2), st.booleans()), max_size=6),
        max_size=4,
    )
)
def test_parts_follow_each_other_in_what_is_taken(batches: list[list[tuple[int, bool]]]) -> None:
    column, number, taken = Growing(np.int64, 2), 0, []
    for parts in batches:
        rows, expected = 0, []
        for size, late in parts:
            numbers = np.arange(number, number + 2 * size).reshape(-1, 2)
            if not late:
                column.part(rows, rows + size)[:] = numbers
            expected.append((rows, numbers, late))
            rows, number = rows + size, number + 2 * size
        made = column.take(rows)
        for begin, numbers, late in expected:
            if late:
                made[begin : begin + len(numbers)] = numbers
        taken.append((made, np.concatenate([np.empty((0, 2), np.int64), *(numbers for _, numbers, _ in expected)])))
    for made, rows_of_all in taken:
        assert np.array_equal(made, rows_of_all)


def test_few_rows_pin_little_memory() -> None:
    column = Growing(np.int64)
    column.part(0, PIECE // 3)[:] = 1
    few = column.take(PIECE // 3)
    assert few.base is None
    column.part(0, PIECE // 3)[:] = 2
    column.part(PIECE, 3 * PIECE)[:] = 3
    many = column.take(3 * PIECE)
    assert set(few.tolist()) == {1}
    assert [set(many[at : at + 9].tolist()) for at in (0, PIECE, 3 * PIECE - 9)] == [{2}, {3}, {3}]
    column.part(0, PIECE)[:] = 4
    whole = column.take(PIECE)
    assert whole.base is not None
    assert whole.base.nbytes == whole.nbytes
    column.part(0, PIECE)[:] = 5
    assert set(whole.tolist()) == {4}
