"""What relays tell of the bytes that they pass on, for the process that looks at these (`looking.py`).

Rules:
- A chunk costs the forwarding path one tuple: its bytes stay in the arena, where the other process finds them.
- Notes keep the order in which everything came. They go many at a time: after 20 ms, or when they tell of 16 MiB.
- Where the arena has no room the bytes go along. When the other process doesn't take them either (64 MiB wait), only
  how many there were is told.

A note is a tuple:

| first        | then                                                                      |
|--------------|---------------------------------------------------------------------------|
| "tap"        | number of the tap, node, link                                             |
| "pause"      | number of the tap, whether                                                |
| "relink"     | number of the tap, link                                                   |
| "untap"      | number of the tap                                                         |
| "open"       | connection, number of the tap, time (monotonic ns), whether to watch its greetings |
| a connection | side, time, position in the arena, place in its memory, size              |
| a connection | side, time, -1, the bytes, size; with None for the bytes nobody has them  |
| "mark"       | connection, side, time, name, text, details                               |
| "end"        | connection, side, time                                                    |
| "part"       | connection: nothing more comes of it                                      |
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from itertools import count
from time import monotonic_ns
from typing import Any, Protocol

from zinspector.runtime.arena import Arena
from zinspector.runtime.flow import Side
from zinspector.runtime.scheduling import Scheduling
from zinspector.runtime.wakefulness import SMALL, Wakefulness

NOTE_S = 0.02
MUCH = 16 << 20  # bytes
MOST_PENDING = 64 << 20  # bytes

Note = tuple[Any, ...]


class Recipient(Protocol):
    """Who gets the notes."""

    @property
    def pending(self) -> int:
        """Bytes on their way to it."""

    def send(self, notes: list[Note]) -> None:
        """Take them."""


class Notes:
    """Those of all relays of this process. `lately` has the connections that sent something since it was cleared."""

    def __init__(self, arena: Arena, recipient: Recipient, scheduling: Scheduling) -> None:
        """`arena`: where received bytes come in. `scheduling` is told how many they are."""
        self.arena = arena
        self.lately: set[int] = set()
        self._recipient = recipient
        self._scheduling = scheduling
        self._wakefulness = Wakefulness()
        self._loop = asyncio.get_running_loop()
        self._taps = count(1)
        self._notes: list[Note] = []
        self._bytes = 0
        self._stopped = False
        self._timer: asyncio.TimerHandle | None = None

    def tap(self, node: str, link: str | None) -> int:
        """The number of a new tap."""
        number = next(self._taps)
        self.tell("tap", number, node, link)
        return number

    def chunk(self, connection: int, side: Side, data: memoryview) -> None:
        """These bytes came into the last room of the arena, and were passed on."""
        if self._stopped:
            return
        size = len(data)
        kept = self.arena.keep(data)
        self._bytes += size
        self.lately.add(connection)
        if kept is not None:
            self._notes.append((connection, side, monotonic_ns(), *kept, size))
        else:
            taken = self._recipient.pending + self._bytes < MOST_PENDING
            self._notes.append((connection, side, monotonic_ns(), -1, bytes(data) if taken else None, size))
        wakefulness = self._wakefulness
        if size <= SMALL or wakefulness.awake:
            wakefulness.passed(side, size)
        else:
            wakefulness.side = side
        if self._bytes >= MUCH:
            self.send()
        elif self._timer is None:
            self._timer = self._loop.call_later(NOTE_S, self.send)

    def mark(self, connection: int, side: Side, name: str, text: str, details: Mapping[str, object]) -> None:
        """Something happened to a connection."""
        self.tell("mark", connection, side, monotonic_ns(), name, text, dict(details))

    def tell(self, *note: object) -> None:
        """Note anything else."""
        if self._stopped:
            return
        self._notes.append(note)
        if self._timer is None:
            self._timer = self._loop.call_later(NOTE_S, self.send)

    def send(self) -> None:
        """Send what was noted."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._notes:
            self._scheduling.passed(self._bytes, monotonic_ns())
            self._bytes = 0
            self._recipient.send(self._notes)
            self._notes = []

    def close(self) -> None:
        """Send the last ones."""
        self.send()
        self._scheduling.close()

    def stop(self) -> None:
        """Note nothing more: nobody reads it."""
        self.close()
        self._stopped = True
