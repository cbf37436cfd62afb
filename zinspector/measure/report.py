"""The report of a run: contract 4.4 of the design, as plain JSON data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from zinspector.measure.histogram import Histogram

FORMAT, VERSION = "zinspector-report", 1
PERCENTILES = {"p50": 50.0, "p90": 90.0, "p99": 99.0, "p99.9": 99.9}


@dataclass(frozen=True)
class NodeTotals:
    """What a node did. Sizes in bytes."""

    sent: int
    received: int
    bytes_sent: int
    bytes_received: int
    errors: int


@dataclass(frozen=True)
class LinkTotals:
    """What went over a link. Size in bytes."""

    messages: int
    bytes: int


def report(
    *,
    duration_s: float,
    nodes: Mapping[str, NodeTotals],
    links: Mapping[str, LinkTotals],
    latency: Mapping[str, Histogram],
    captured: int,
    dropped: int,
    findings: Iterable[Mapping[str, Any]],
) -> dict[str, Any]:
    """The report; latencies in microseconds, null for a link that was not measured."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "duration_s": round(duration_s, 3),
        "nodes": {node: dict(vars(totals)) for node, totals in nodes.items()},
        "links": {
            link: {
                "messages": totals.messages,
                "bytes": totals.bytes,
                "rate_msg_s": round(totals.messages / duration_s, 1) if duration_s > 0 else 0.0,
                "latency_us": latency_us(latency.get(link)),
            }
            for link, totals in links.items()
        },
        "captured": captured,
        "dropped": dropped,
        "findings": [dict(finding) for finding in findings],
    }


def latency_us(histogram: Histogram | None) -> dict[str, float] | None:
    """Percentiles and maximum in microseconds, or None for nothing measured."""
    if histogram is None or not histogram.count:
        return None
    figures = {name: histogram.percentile(percent) / 1000 for name, percent in PERCENTILES.items()}
    return {**figures, "max": histogram.max / 1000}
