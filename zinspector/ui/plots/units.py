"""Values in few digits: `1.5 k`, `20 kB`, `200 µs`, `−10 s`."""

from __future__ import annotations

import math

PREFIXES = {-9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T"}
MINUTE = 60.0


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
