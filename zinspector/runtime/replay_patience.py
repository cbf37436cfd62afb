"""How long a replay waits for a reply: many that are missing must not cost a whole time-out each.

The first missing reply costs the time-out. Each one halves the time for those that follow, down to a tenth of a second:
of a thousand that are missing, all together cost two time-outs and a hundred seconds, and no request is left out. It is
never less than `MARGIN` times what the recorded reply took, and what the slowest of this replay did: who is slow is not
missing.
"""

from __future__ import annotations

from typing import Final

LEAST_NS: Final = 100_000_000
MARGIN: Final = 10


class Patience:
    """The time for the next reply, at most `most_s` seconds."""

    def __init__(self, most_s: float) -> None:
        self._most_ns = int(most_s * 1e9)
        self._missing = 0
        self._slowest_ns = 0

    def for_reply_ns(self, recorded_ns: int) -> int:
        """How long to wait where the recorded reply took so long (0: unknown), in nanoseconds."""
        shortened = self._most_ns >> min(self._missing, 60)
        return min(self._most_ns, max(shortened, LEAST_NS, MARGIN * recorded_ns, MARGIN * self._slowest_ns))

    def came(self, after_ns: int) -> None:
        """A reply came after so long."""
        self._slowest_ns = max(self._slowest_ns, after_ns)

    def missed(self) -> None:
        """One did not come."""
        self._missing += 1
