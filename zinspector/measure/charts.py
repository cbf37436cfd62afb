"""Chart data on its way out: named series with units, as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Series:
    """One line of a chart. `x` and `y` have one length; units as in `s`, `msg/s`, `us`."""

    name: str
    x: npt.NDArray[np.float64]
    y: npt.NDArray[np.float64]
    x_unit: str = "s"
    y_unit: str = ""


def to_csv(series: Iterable[Series]) -> str:
    """One row a point: series, x, x unit, y, y unit."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("series", "x", "x_unit", "y", "y_unit"))
    for line in series:
        name = escape_formula(line.name)
        writer.writerows(
            (name, f"{x:.6g}", line.x_unit, f"{y:.6g}", line.y_unit) for x, y in zip(line.x, line.y, strict=True)
        )
    return text.getvalue()


def escape_formula(text: str) -> str:
    """`text` so that a spreadsheet takes it for text and not for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
