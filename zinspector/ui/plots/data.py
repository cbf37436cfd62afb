"""What the charts show: lines for links, made of the measurements. Arrays only, nothing of Qt's widgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from zinspector.measure.charts import Series
from zinspector.measure.histogram import Histogram
from zinspector.ui.plots.pens import Pen
from zinspector.ui.plots.units import engineering
from zinspector.ui.workspace import Workspace

PERCENTILES = ("p50", "p99", "p99.9")
BINS_PER_DECADE = 12
LEAST_S = 1e-7
FEW = 4
LATELY_S = 2.0  # a percentile that is older is not one of now
CDF_POINTS = 400
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Line:
    """One line of one chart."""

    series: Series
    pen: Pen


@dataclass(frozen=True)
class Shown:
    """One link to show: the number that chooses its pen, its id, its name."""

    number: int
    link: str
    name: str


@dataclass(frozen=True)
class Measured:
    """All that is known of one link: its rates over time, and its latencies over time and on the whole."""

    shown: Shown
    rates: tuple[Floats, Floats, Floats]
    latency: tuple[Floats, ...]
    histogram: Histogram | None

    def figures(self, at: float) -> list[str]:
        """msg/s, B/s, p50, p99, p99.9 at a time (seconds before now), as far as they are known."""
        ago, messages, volume = self.rates
        row = min(len(ago) - 1, int(np.searchsorted(ago, at)))
        texts = [engineering(messages[row]), engineering(volume[row], "B")] if len(ago) else ["", ""]
        seconds, *percentiles = self.latency
        row = min(len(seconds) - 1, int(np.searchsorted(seconds, at)))
        if row < 0 or abs(seconds[row] - at) > LATELY_S:
            return texts
        return texts + [engineering(column[row] / 1e9, "s") for column in percentiles]


def measured(workspace: Workspace, links: Sequence[Shown], seconds: float | None) -> list[Measured]:
    """What is known of these links over the last `seconds`, or over all that is kept."""
    rates, latency = workspace.live.rates, workspace.live.latency
    found = []
    for shown in links:
        ago, *percentiles = latency.history(shown.link, rates.newest_ns)
        recent = ago >= -np.inf if seconds is None else ago >= -seconds
        columns = tuple(column[recent] for column in (ago, *percentiles))
        found.append(Measured(shown, rates.history(shown.link, seconds), columns, latency.links().get(shown.link)))
    return found


def lines_of(chart: str, links: Sequence[Measured], percentiles: Sequence[str]) -> list[Line]:
    """The lines of a chart, by its key."""
    found: list[Line] = []
    for link in links:
        thin = len(links) > FEW
        name, pen = link.shown.name, Pen(link.shown.number, thin=thin)
        ago, messages, volume = link.rates
        there = link.histogram is not None and link.histogram.count > 0
        if chart == "messages" and len(ago):
            found.append(Line(Series(name, ago, messages, "s", "msg/s"), pen))
        elif chart == "bytes" and len(ago):
            found.append(Line(Series(name, ago, volume, "s", "B/s"), pen))
        elif chart == "latency":
            found += _latency(link, percentiles, thin=thin)
        elif chart == "histogram" and there and link.histogram is not None:
            found.append(Line(_shares(name, link.histogram), pen))
        elif chart == "cdf" and there and link.histogram is not None:
            found.append(Line(_cdf(name, link.histogram), pen))
    return found


def _latency(link: Measured, percentiles: Sequence[str], *, thin: bool) -> list[Line]:
    ago, *values = link.latency
    return [
        Line(
            Series(f"{link.shown.name} {name}", ago, np.maximum(column / 1e9, LEAST_S), "s", "s"),
            Pen(link.shown.number, name, thin),
        )
        for name, column in zip(PERCENTILES, values, strict=True)
        if name in percentiles and len(ago)
    ]


def _cdf(name: str, histogram: Histogram) -> Series:
    ends, share = histogram.cdf()
    some = np.unique(np.linspace(0, len(ends) - 1, CDF_POINTS).astype(np.int64))
    return Series(name, np.maximum(ends[some] / 1e9, LEAST_S), share[some] * 100, "s", "%")


def _shares(name: str, histogram: Histogram) -> Series:
    """The share of messages in bins of equal width on a logarithmic scale, as the outline of their bars."""
    ends, counts = histogram.buckets()
    logs = np.log10(np.maximum(ends / 1e9, LEAST_S))
    first = np.floor(logs.min() * BINS_PER_DECADE)
    count = int(np.floor(logs.max() * BINS_PER_DECADE) - first) + 1
    edges = (first + np.arange(count + 1)) / BINS_PER_DECADE
    found, _ = np.histogram(logs, bins=edges, weights=counts)
    shares = found / max(1, histogram.count) * 100
    outline = np.concatenate([[0.0], np.repeat(shares, 2), [0.0]])
    return Series(name, 10.0 ** np.repeat(edges, 2), outline, "s", "%")
