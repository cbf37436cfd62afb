"""Staying awake for a moment: to fall asleep and be woken costs more than to pass a small message on.

A process that waits for a socket is woken some 30 to 80 us after its bytes came. So when both sides speak in turns, and
few bytes went by whose answer may be on its way already, the loop looks at its sockets again and again for `AWAKE_NS`
without sleeping; all of them are served meanwhile, as ever. It costs a core for as long as it helps: where nothing came
in time, the next chances are left out, twice as many each time.
"""

from __future__ import annotations

import asyncio
from time import monotonic_ns

from zinspector.runtime.flow import Side

SMALL = 2 << 10  # bytes of a chunk whose answer is waited for; floods come in larger ones
AWAKE_NS = 300_000
MOST_LEFT_OUT = 32  # chances


class Wakefulness:
    """Keeps a loop awake between requests and replies."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.awake = False
        self._until = 0
        self.side: Side | None = None
        """That of the last chunk."""
        self._left_out = 0
        self._leave_out = 0

    def passed(self, side: Side, size: int) -> None:
        """A chunk of so many bytes of a side was passed on."""
        in_turn = side != self.side and size <= SMALL
        self.side = side
        if self.awake:
            self._leave_out = 0
            self._until = monotonic_ns() + AWAKE_NS if in_turn else 0
        elif in_turn and self._left_out < self._leave_out:
            self._left_out += 1
        elif in_turn:
            self.awake = True
            self._until = monotonic_ns() + AWAKE_NS
            self._loop.call_soon(self._look)

    def _look(self) -> None:
        if monotonic_ns() < self._until:
            self._loop.call_soon(self._look)
            return
        self.awake = False
        self._left_out = 0
        self._leave_out = min(MOST_LEFT_OUT, 2 * self._leave_out + 1)
