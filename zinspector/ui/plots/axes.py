"""Axes that speak in engineering units: `1.5 k`, `20 kB`, `200 µs`, `10 s ago`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import pyqtgraph as pg

PREFIXES = {-9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T"}
MINUTE = 60.0
DAY = 86_400.0
WORD_CHARS = 24
CHAR_PIXELS = 7


def engineering(value: float, unit: str = "", digits: int = 3) -> str:
    """`1.5 k`, `20 kB/s`, `200 µs`: a value in few digits, with its prefix and unit."""
    if not math.isfinite(value):
        return "–"
    if unit == "%":
        return f"{value:.{digits}g} %"
    if abs(value) < 1e-12:
        return f"0 {unit}".rstrip()
    exponent = math.floor(math.log10(abs(value)) / 3 + 1e-9) * 3
    lowest = -9 if unit == "s" else 0
    exponent = min(12, max(lowest, exponent))
    scaled = float(f"{value / 10**exponent:.{digits}g}")
    if abs(scaled) >= 1000 and exponent < 12:
        scaled, exponent = scaled / 1000, exponent + 3
    return f"{scaled:,.{digits}g} {PREFIXES[exponent]}{unit}".rstrip()


def ago(seconds: float, digits: int = 0) -> str:
    """`now`, `−10 s`, `−5 min`: a time before now; `seconds` is negative."""
    if abs(seconds) < 0.05:
        return "now"
    if abs(seconds) >= 2 * MINUTE and abs(seconds) % MINUTE < 0.05:
        return f"−{abs(seconds) / MINUTE:.0f} min"
    return f"{'−' if seconds < 0 else '+'}{abs(seconds):.{digits}f} s"


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


class MomentAxis(pg.DateAxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """An axis of moments: seconds since 1970, shown in UTC."""

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation, utcOffset=0)

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
