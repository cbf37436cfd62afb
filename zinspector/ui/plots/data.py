"""What the charts show: lines for links, made of the measurements. Arrays only, nothing of Qt's widgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from zinspector.measure.charts import Series
from zinspector.measure.histogram import Histogram
from zinspector.ui.plots.pens import Pen
from zinspector.ui.workspace import Workspace

PERCENTILES = ("p50", "p99", "p99.9")
BINS_PER_DECADE = 12
LEAST_S = 1e-7


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
class Lines:
    """The lines of all charts, by the chart's key."""

    by_chart: dict[str, list[Line]] = field(default_factory=dict)

    def of(self, chart: str) -> list[Line]:
        """The lines of one chart."""
        return self.by_chart.get(chart, [])


def collect(workspace: Workspace, links: Sequence[Shown], seconds: float | None, percentiles: Sequence[str]) -> Lines:
    """The lines for these links over the last `seconds`, or over all that is kept."""
    found: dict[str, list[Line]] = {key: [] for key in ("messages", "bytes", "latency", "histogram", "cdf")}
    for shown in links:
        pen = Pen(shown.number)
        ago, messages, volume = workspace.rates.history(shown.link, seconds)
        if len(ago):
            found["messages"].append(Line(Series(shown.name, ago, messages, "s", "msg/s"), pen))
            found["bytes"].append(Line(Series(shown.name, ago, volume, "s", "B/s"), pen))
        found["latency"] += _latency(workspace, shown, seconds, percentiles)
        histogram = workspace.latency.links().get(shown.link)
        if histogram is not None and histogram.count:
            found["histogram"].append(Line(_shares(shown.name, histogram), pen))
            found["cdf"].append(Line(_cdf(shown.name, histogram), pen))
    return Lines(found)


def _latency(workspace: Workspace, shown: Shown, seconds: float | None, percentiles: Sequence[str]) -> list[Line]:
    ago, *values = workspace.latency.history(shown.link)
    if not len(ago):
        return []
    recent = slice(None) if seconds is None else ago >= -seconds
    return [
        Line(
            Series(f"{shown.name} {name}", ago[recent], np.maximum(column[recent] / 1e9, LEAST_S), "s", "s"),
            Pen(shown.number, name),
        )
        for name, column in zip(PERCENTILES, values, strict=True)
        if name in percentiles
    ]


def _cdf(name: str, histogram: Histogram) -> Series:
    ends, share = histogram.cdf()
    return Series(name, np.maximum(ends / 1e9, LEAST_S), share * 100, "s", "%")


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
