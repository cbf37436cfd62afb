"""What else is in a capture: traffic that is no ZMTP, counted and named, and packets that could not be used."""

from __future__ import annotations

from dataclasses import dataclass

MOST_NAMES = 200
OTHERS = "other traffic"


@dataclass(slots=True)
class Total:
    """Traffic of one name: when it was first seen (ns), an example of its ends, and how much of it there is."""

    first_ns: int
    example: str = ""
    connections: int = 0
    packets: int = 0
    bytes: int = 0


class Tally:
    """Totals by name, of a bounded number of names."""

    def __init__(self) -> None:
        self.totals: dict[str, Total] = {}

    def count(
        self, name: str, time_ns: int, *, connections: int = 0, packets: int = 0, size: int = 0, example: str = ""
    ) -> None:
        """Add to what is called `name`; `size` in bytes."""
        if name not in self.totals and len(self.totals) >= MOST_NAMES:
            name = OTHERS
        total = self.totals.setdefault(name, Total(time_ns, example))
        total.first_ns = min(total.first_ns, time_ns)
        total.connections += connections
        total.packets += packets
        total.bytes += size


def sentence(name: str, total: Total) -> str:
    """What was seen, in one sentence."""
    counts = []
    if total.connections:
        counts.append(f"{total.connections:,} connection{'s' * (total.connections != 1)}")
    if total.packets:
        counts.append(f"{total.packets:,} packet{'s' * (total.packets != 1)}")
    if total.bytes:
        counts.append(f"{total.bytes:,} B")
    return f"{name}: {', '.join(counts)}"
