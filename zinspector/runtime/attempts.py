"""Attempts to connect that find nobody: libzmq tries seven times a second, for ever, and tells three events of each.

Of a spy whose publisher was gone, that made 70,000 rows an hour. So the first attempt of a series is told whole; of the
others only one now and then, with how many it stands for: when twice as much time has passed since the first one, and
at least once a minute while there are any. Whatever else happens at that address ends the series, and what was left out
is told before it. No finding needs more than that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

LONGEST_NS: Final = 60_000_000_000
TRIED: Final = "CONNECT_RETRIED"
BEFORE: Final = frozenset({"CONNECT_DELAYED", "CLOSED"})
"""What libzmq tells of an attempt before it gives it up."""
_STANDS_FOR = re.compile(r", the last of ([\d,]+) that found nobody$")


class Told(NamedTuple):
    """An event of a monitor at a monotonic time (ns), and for how many attempts it stands."""

    name: str
    address: str
    value: int
    time: int
    attempts: int = 1


@dataclass
class _Series:
    """When the first attempt was told, and the last one; the latest that was left out, with all those before it."""

    began: int
    told: int
    held: Told | None = None


class Attempts:
    """The attempts of one socket."""

    def __init__(self) -> None:
        self._series: dict[str, _Series] = {}

    def take(self, event: Told) -> Iterator[Told]:
        """What is to be told when this has happened."""
        series = self._series.get(event.address)
        if series is None:
            if event.name == TRIED:
                self._series[event.address] = _Series(event.time, event.time)
            yield event
        elif event.name == TRIED:
            held = event if series.held is None else event._replace(attempts=series.held.attempts + 1)
            due = event.time - series.told >= min(series.told - series.began, LONGEST_NS)
            series.held = None if due else held
            if due:
                series.told = event.time
                yield held
        elif event.name not in BEFORE:
            del self._series[event.address]
            if series.held is not None:
                yield series.held
            yield event

    def left(self) -> Iterator[Told]:
        """What was left out so far; to be asked for in the end."""
        for series in self._series.values():
            if series.held is not None:
                yield series.held
        self._series.clear()


def also(attempts: int) -> str:
    """What the text of an event says of the attempts that it stands for, behind the rest."""
    return f", the last of {attempts:,} that found nobody" if attempts > 1 else ""


def attempts_of(text: str) -> int:
    """How many attempts an event stands for, by its text."""
    found = _STANDS_FOR.search(text)
    return int(found[1].replace(",", "")) if found else 1
