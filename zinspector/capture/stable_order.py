"""Sorting millions of numbers in little more memory than their order takes, 32 bits each.

Equal numbers stay in the order that they came in. Numbers become unsigned integers that compare as they do, as short as
they can be, and are sorted by 16 bits at a time, the least first (radix sort), some at once: numpy sorts as fast, but
takes 16 bytes for each number beside it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Places = npt.NDArray[np.uint32]

AT_ONCE: Final = 1 << 18
DIGIT: Final = 16  # bits
DIGITS: Final = 1 << DIGIT


def stable_order(parts: Callable[[], Iterator[Array]]) -> Places:
    """The places of some numbers in order, less than 2**32; they come in parts of one type, twice. None is NaN."""
    keys = _keys(parts)
    if _all(keys, np.greater_equal):
        return _places(0, len(keys))
    if _all(keys, np.less):
        return _places(0, len(keys))[::-1]
    if _all(keys, np.less_equal):
        return _turned(keys)
    order: Places | None = None
    for shift in range(0, 8 * keys.dtype.itemsize, DIGIT):
        order = _by_digit(keys, shift, order)
    return _places(0, len(keys)) if order is None else order


def _keys(parts: Callable[[], Iterator[Array]]) -> Array:
    """Unsigned integers in the same order."""
    bounds = [(some.min(), some.max(), len(some)) for some in map(_unsigned, parts()) if len(some)]
    if not bounds:
        return np.zeros(0, np.uint16)
    low, high = min(least for least, _, _ in bounds), max(most for _, most, _ in bounds)
    keys = np.empty(sum(count for _, _, count in bounds), np.promote_types(np.uint16, np.min_scalar_type(high - low)))
    at = 0
    for some in map(_unsigned, parts()):
        keys[at : at + len(some)] = some - low
        at += len(some)
    return keys


def _unsigned(values: Array) -> Array:
    """Of a float all bits are turned where it is negative, else the first (IEEE 754); so both zeros must be one."""
    kind = np.dtype(np.uint32 if values.dtype == np.float32 else np.uint64)
    top = kind.type(1 << (8 * kind.itemsize - 1))
    if values.dtype.kind != "f":
        return values.astype(np.int64).view(kind) ^ top
    bits: Array = np.add(values, 0.0, dtype=values.dtype).view(kind)
    return np.where(bits & top, ~bits, bits | top)


def _all(keys: Array, holds: np.ufunc) -> bool:
    """Whether it holds for each key and the one before it."""
    pieces = (keys[at : at + AT_ONCE + 1] for at in range(0, len(keys), AT_ONCE))
    return all(bool(holds(some[1:], some[:-1]).all()) for some in pieces)


def _turned(keys: Array) -> Places:
    """Keys that descend, as times do that are asked for newest first: the last come first, equal ones as they came."""
    order = np.empty(len(keys), np.uint32)
    end = len(keys)
    while end:
        start = max(0, end - AT_ONCE)
        start = bisect_left(keys, -int(keys[start]), 0, start, key=lambda key: -int(key))  # equal ones stay together
        starts = np.append(start, np.flatnonzero(keys[start + 1 : end] != keys[start : end - 1]) + start + 1)
        lengths = np.diff(starts, append=end)[::-1]
        before = np.cumsum(lengths) - lengths
        order[len(keys) - end : len(keys) - start] = np.repeat(starts[::-1] - before, lengths) + np.arange(end - start)
        end = start
    return order


def _places(start: int, end: int) -> Places:
    return np.arange(start, end, dtype=np.uint32)


def _by_digit(keys: Array, shift: int, order: Places | None) -> Places | None:
    """The same places, ordered by 16 bits of their keys; None is the order in which they came."""
    digits = keys.view(np.uint16)[shift // DIGIT :: keys.dtype.itemsize // 2]  # the least come first in memory
    counts = np.zeros(DIGITS, np.int64)
    for at in range(0, len(digits), AT_ONCE):
        counts += np.bincount(digits[at : at + AT_ONCE], minlength=DIGITS)
    if counts.max() == len(keys):
        return order
    before = counts.cumsum() - counts
    ordered = np.empty(len(keys), np.uint32)
    for at in range(0, len(keys), AT_ONCE):
        some = _places(at, min(at + AT_ONCE, len(keys))) if order is None else order[at : at + AT_ONCE]
        mine = digits[some]
        within = np.argsort(mine, kind="stable")
        mine = mine[within]
        counts = np.bincount(mine, minlength=DIGITS)
        ordered[(before + counts - counts.cumsum())[mine] + np.arange(len(mine))] = some[within]
        before += counts
    return ordered
