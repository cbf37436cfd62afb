"""What kind of chart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Spec:
    """What kind of chart: its title, the unit of its values, and what it says when it is empty.

    `over_time`: x is seconds before now; otherwise x is a latency on a logarithmic scale, or, where `x` says so, a
    plain number, a moment (seconds since 1970, UTC) or the place of one of the `words`. `gaps`: a point stands for the
    second that ends there; where seconds have none, the line is broken.
    """

    key: str
    title: str
    unit: str
    empty: str
    over_time: bool = True
    log_y: bool = False
    gaps: bool = False
    x: Literal["", "number", "time", "word"] = ""
    words: tuple[str, ...] = ()

    @property
    def log_x(self) -> bool:
        """Whether x is on a logarithmic scale."""
        return not self.over_time and not self.x
