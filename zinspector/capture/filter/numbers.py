"""Columns of numbers, and comparisons with them by numpy.

Whole numbers are compared exactly, whatever number the filter names; doubles, which JSON has, as doubles.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zinspector.capture.filter.tree import Operator, Test, Value
from zinspector.capture.masks import Mask

Array = npt.NDArray[Any]

COMPARE: Final[dict[Operator, Callable[[Any, Any], Any]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Column(NamedTuple):
    """A number for each row, and which rows have one: None when all do."""

    values: Array
    there: Mask | None


def column(batch: pa.RecordBatch, name: str) -> Column:
    """A column of numbers by its name, or `frames.count`."""
    if name == "frames.count":
        return Column(np.diff(batch.column("frames").offsets.to_numpy()), None)
    array = batch.column(name)
    if not array.null_count:
        return Column(array.to_numpy(), None)
    return Column(array.fill_null(0).to_numpy(), array.is_valid().to_numpy(zero_copy_only=False))


def matching(found: Column, test: Test) -> Mask:
    """Which rows match."""
    if test.operator == "exists":
        return np.ones(len(found.values), np.bool_) if found.there is None else found.there
    how: Operator = "==" if test.operator == "in" else test.operator
    mask: Mask = functools.reduce(np.logical_or, [_compared(found.values, how, value) for value in test.values])
    return mask if found.there is None else mask & found.there


def _compared(values: Array, how: Operator, wanted: Value) -> Mask:
    """What lies between two integers is compared as the one beside it."""
    assert isinstance(wanted, int | float), wanted
    if values.dtype.kind == "f":
        return np.asarray(COMPARE[how](values, float(wanted)))
    if wanted != math.floor(wanted):
        if how in ("==", "!="):
            return np.full(len(values), how == "!=")
        wanted = math.floor(wanted) if how in ("<=", ">") else math.ceil(wanted)
    return np.asarray(COMPARE[how](values, int(wanted)))
