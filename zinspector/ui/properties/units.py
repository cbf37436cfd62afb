"""Figures in words of four digits or less: times, rates, amounts."""

from __future__ import annotations

TIMES = (("ns", 1e3), ("µs", 1e3), ("ms", 1e3), ("s", 60.0))


def time_text(nanoseconds: float) -> str:
    """`38 µs`, `1.25 ms`, `2.5 s`."""
    value = float(nanoseconds)
    for unit, step in TIMES:
        if value < step or unit == "s":
            break
        value /= step
    return f"{value:,.{0 if value >= 100 or unit == 'ns' else 1 if value >= 10 else 2}f} {unit}"


def amount_text(messages: int, size: str) -> str:
    """`12,345 · 1.2 MB`."""
    return f"{messages:,} · {size}"
