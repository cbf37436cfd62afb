"""The lines of a plot, made of columns of a result. Arrays only, nothing of Qt's widgets.

One column gives x: numbers, moments, or words, which stand side by side as bars. One gives y, and one may tell the
series apart; of many series those with most points are drawn.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from zinspector.measure.charts import Series, escape_formula
from zinspector.ui.plots.data import Line
from zinspector.ui.plots.pens import Pen
from zinspector.ui.query.cells import cell_text, is_moment, is_numeric, moment_text, values_of

MOST_SERIES = 24
MOST_WORDS = 200
BAR = 0.38
Floats = npt.NDArray[np.float64]
Kind = Literal["number", "time", "word"]


@dataclass(frozen=True)
class Drawn:
    """What a plot shows: its lines, what x is, the words along x, and what was left out.

    `points` are the values of each line: a line of bars has corners besides.
    """

    lines: tuple[Line, ...]
    kind: Kind
    words: tuple[str, ...] = ()
    left_out: str = ""
    points: tuple[tuple[Floats, Floats], ...] = ()

    def csv(self, x: str, y: str) -> bytes:
        """All points as CSV: series, x and y; moments in UTC."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(("series", escape_formula(x), escape_formula(y)))
        for line, (xs, ys) in zip(self.lines, self.points, strict=True):
            name = escape_formula(line.series.name)
            writer.writerows((name, self._x_text(at), f"{value:.15g}") for at, value in zip(xs, ys, strict=True))
        return text.getvalue().encode("utf-8", "backslashreplace")

    def _x_text(self, x: float) -> str:
        if self.kind == "word":
            return escape_formula(self.words[round(x)])
        return moment_text(round(x * 1e6) * 1000) if self.kind == "time" else f"{x:.15g}"


def kind_of(column: pa.ChunkedArray) -> Kind:
    """How a column can stand along x."""
    return "time" if is_moment(column.type) else "number" if is_numeric(column.type) else "word"


def drawable(table: pa.Table) -> list[str]:
    """The columns that can give y."""
    return [field.name for field in table.schema if is_numeric(field.type)]


def draw(table: pa.Table, x: str, y: str, series: str = "") -> Drawn:
    """The lines for these columns; rows in which one is missing are left out."""
    kind = kind_of(table.column(x))
    xs, words = (_numbers(table.column(x)), ()) if kind != "word" else _words(table.column(x))
    ys = _numbers(table.column(y))
    there = np.isfinite(xs) & np.isfinite(ys)
    names, codes = _series(table, series, y)
    counts = np.bincount(codes[there], minlength=len(names))
    largest = [int(code) for code in np.argsort(-counts, kind="stable")[:MOST_SERIES] if counts[code]]
    lines, points = [], []
    for place, code in enumerate(sorted(largest)):
        mine = there & (codes == code)
        order = np.argsort(xs[mine], kind="stable")
        values = xs[mine][order], ys[mine][order]
        corners = _bars(*values, place, len(largest)) if kind == "word" else values
        points.append(values)
        lines.append(Line(Series(names[code], *corners), Pen(place)))
    rest = int(np.count_nonzero(counts)) - len(largest)
    unseen = f"{rest:,} more series are not drawn" if rest > 0 else ""
    if kind == "word" and len(words) == MOST_WORDS:
        unseen = ", ".join(filter(None, (unseen, f"only the first {MOST_WORDS} values of {x} are drawn")))
    return Drawn(tuple(lines), kind, words, unseen, tuple(points))


def _numbers(column: pa.ChunkedArray) -> Floats:
    """Values as numbers, moments as seconds; NaN where there is none."""
    kind = column.type
    if pa.types.is_date(kind):
        column, kind = column.cast(pa.timestamp("ms")), pa.timestamp("ms")
    if pa.types.is_timestamp(kind):
        per_second = {"s": 1, "ms": 1e3, "us": 1e6, "ns": 1e9}[kind.unit]
        return _floats(column.cast(pa.int64())) / per_second
    return _floats(column)


def _floats(column: pa.ChunkedArray) -> Floats:
    found: Floats = pc.cast(column, pa.float64(), safe=False).combine_chunks().to_numpy(zero_copy_only=False)
    return found.astype(np.float64)


def _words(column: pa.ChunkedArray) -> tuple[Floats, tuple[str, ...]]:
    """The place of each word along x, in order of appearance; NaN for what is missing or beyond the most."""
    texts = [cell_text(value) if value is not None else None for value in values_of(column)]
    places: dict[str, int] = {}
    for text in texts:
        if text is not None and len(places) < MOST_WORDS:
            places.setdefault(text, len(places))
    return np.array([places.get(text, np.nan) if text is not None else np.nan for text in texts]), tuple(places)


def _series(table: pa.Table, series: str, y: str) -> tuple[list[str], npt.NDArray[np.int64]]:
    if not series:
        return [y], np.zeros(table.num_rows, np.int64)
    texts = [cell_text(value) or "(none)" for value in values_of(table.column(series))]
    names = list(dict.fromkeys(texts))
    codes = {name: code for code, name in enumerate(names)}
    return names, np.array([codes[text] for text in texts], np.int64)


def _bars(xs: Floats, ys: Floats, place: int, count: int) -> tuple[Floats, Floats]:
    """The outline of bars, side by side with those of the other series."""
    width = 2 * BAR / max(1, count)
    left = xs - BAR + place * width
    corners = np.stack([left, left, left + width * 0.94, left + width * 0.94], axis=1)
    heights = np.stack([np.zeros(len(ys)), ys, ys, np.zeros(len(ys))], axis=1)
    return corners.ravel(), heights.ravel()
