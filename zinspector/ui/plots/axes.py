"""Axes that speak in engineering units, in times before now, in moments and in words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import pyqtgraph as pg

from zinspector.ui.plots.units import MINUTE, ago, engineering

HOUR = 60 * MINUTE
DAY = 24 * HOUR
MOMENT_PIXELS = 96
MOMENT_STEPS = (
    *(step * 10.0**power for power in (-3, -2, -1) for step in (1, 2, 5)),
    *(step * unit for unit in (1.0, MINUTE) for step in (1, 2, 5, 10, 15, 30)),
    *(step * HOUR for step in (1, 2, 3, 6, 12)),
    *(step * 10.0**power * DAY for power in range(9) for step in (1, 2, 5)),
)
WORD_CHARS = 24
CHAR_PIXELS = 7
NARROW_DECADES = 1.3


class UnitAxis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """An axis of a quantity; with a logarithmic scale its values are exponents."""

    def __init__(self, orientation: str, unit: str) -> None:
        super().__init__(orientation)
        self._unit = unit
        self.enableAutoSIPrefix(False)

    def tickStrings(self, values: Iterable[float], scale: float, spacing: float | None) -> list[str]:
        """What stands at the ticks; a log scale of more than a decade or so names the powers of ten only."""
        if spacing is None and self.range[1] - self.range[0] > NARROW_DECADES:
            return ["" for _ in values]
        return [engineering(10.0**value if self.logMode else value * scale, self._unit) for value in values]


class AgoAxis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """An axis of seconds before now."""

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation)
        self.enableAutoSIPrefix(False)

    def tickStrings(self, values: Iterable[float], scale: float, spacing: float) -> list[str]:
        """What stands at the ticks."""
        return [ago(value, 1 if spacing < 1 else 0) for value in values]


class NumberAxis(UnitAxis):
    """An axis of plain numbers."""

    def text(self, value: float) -> str:
        """How a number reads at the cursor."""
        return f"{value:,.6g}"


class MomentAxis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """An axis of moments: seconds since 1970, shown in UTC, at round times that leave room for what they say."""

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation)
        self.enableAutoSIPrefix(False)

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        """A tick at every so many milliseconds, seconds, minutes, hours or days."""
        least = (high - low) / max(size, 1.0) * MOMENT_PIXELS
        every = next((step for step in MOMENT_STEPS if step >= least), MOMENT_STEPS[-1])
        return [(every, [every * place for place in range(math.ceil(low / every), math.floor(high / every) + 1)])]

    def tickStrings(self, values: Iterable[float], scale: float, spacing: float) -> list[str]:
        """What stands at the ticks: dates, times of day, down to milliseconds."""
        day, minute = spacing >= DAY, spacing >= MINUTE
        cut = slice(0, 10) if day else slice(11, 16) if minute else slice(11, 19) if spacing >= 1 else slice(11, None)
        return [self.text(value)[cut] for value in values]

    def text(self, value: float) -> str:
        """How a moment reads at the cursor."""
        try:
            return f"{datetime.fromtimestamp(value, UTC):%Y-%m-%d %H:%M:%S.%f}"[:-3]
        except (OverflowError, ValueError, OSError):  # a time that no calendar holds
            return f"{value:,.3f} s"


class WordAxis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """An axis of words, one at every whole number; as many are written as there is room for."""

    def __init__(self, orientation: str, words: Sequence[str]) -> None:
        super().__init__(orientation)
        self._words = tuple(words)

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        """A tick at a word, or at every few."""
        first, last = max(0, math.ceil(low)), min(len(self._words) - 1, math.floor(high))
        longest = max((len(word) for word in self._words[first : last + 1]), default=1)
        every = max(1, math.ceil((high - low) * min(longest + 2, WORD_CHARS) * CHAR_PIXELS / max(size, 1.0)))
        return [(float(every), [float(place) for place in range(first, last + 1) if place % every == 0])]

    def tickStrings(self, values: Iterable[float], scale: float, spacing: float) -> list[str]:
        """What stands at the ticks."""
        return [self.text(value) for value in values]

    def text(self, value: float) -> str:
        """The word that stands nearest."""
        place = round(value)
        word = self._words[place] if 0 <= place < len(self._words) else ""
        return word if len(word) <= WORD_CHARS else f"{word[: WORD_CHARS - 1]}…"


def x_axis(kind: str, words: Sequence[str] = ()) -> pg.AxisItem:
    """The axis at the bottom for numbers, moments (`time`) or words."""
    if kind == "word":
        return WordAxis("bottom", words)
    return MomentAxis("bottom") if kind == "time" else NumberAxis("bottom", "")
