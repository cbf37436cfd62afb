"""The report of a run as a few lines to read."""

from __future__ import annotations

from typing import Any


def lines(report: dict[str, Any]) -> list[str]:
    """One line for the run, one for each node, and one for each link."""
    head = f"{report['duration_s']:g} s, {report['captured']:,} captured, {report['dropped']:,} dropped"
    rows = [
        (node, f"{figures['sent']:,} sent", f"{figures['received']:,} received", _errors(figures["errors"]))
        for node, figures in report["nodes"].items()
    ]
    rows += [
        (
            link,
            f"{figures['messages']:,} messages",
            f"{figures['rate_msg_s']:,.0f} msg/s",
            _latency(figures["latency_us"]),
        )
        for link, figures in report["links"].items()
    ]
    if not rows:
        return [head]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [head, *("  " + "  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)]


def _errors(count: int) -> str:
    return f"{count:,} errors" if count else ""


def _latency(figures: dict[str, float] | None) -> str:
    return f"p50 {figures['p50']:,.0f} us, p99 {figures['p99']:,.0f} us" if figures else ""
