"""How much has to be there before a flood wakes its relay.

Who sends wakes who waits for it with each piece that it sends, and under a hypervisor it costs the sender some 10 us to
wake a core. So while a flood goes by, the kernel is told to wake us only when `LEAST` bytes are there (SO_RCVLOWAT;
`tcp_epollin_ready` in net/ipv4/tcp.h), or the end. Measured through a relay, of direct, by turns (standard error 0.03):
0.87 without it and 0.94 with it at 64 KiB, where the sender takes 26 us for a message instead of 31.

Rules:
- It needs a flood: `STREAK` bytes in reads of `LEAST` and more, and not a word from the other side since. Where there
  are answers, somebody waits for each.
- Fewer bytes than that may be the last. When no such read came for `TICK_S` to twice that, the kernel wakes us for any
  byte again, also for those that are there.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from contextlib import suppress

LEAST = 256 << 10
STREAK = 16 << 20
TICK_S = 0.002


class LowWater:
    """The low-water mark of one socket that is read."""

    __slots__ = ("_answers", "_lately", "_may", "_source", "_streak", "_timer")

    def __init__(self, source: socket.socket) -> None:
        self._source = source
        self._may = sys.platform == "linux" and source.family != socket.AF_UNIX
        self._streak = 0
        self._answers = 0
        self._lately = False
        self._timer: asyncio.TimerHandle | None = None

    def passed(self, size: int, answers: int) -> None:
        """At least `LEAST` bytes were read; the other side was read `answers` times so far."""
        self._lately = True
        if answers != self._answers:
            self._answers = answers
            self._streak = 0
            if self._timer is not None:
                self.lower()
        elif self._timer is None and self._may:
            self._streak += size
            if self._streak >= STREAK:
                self._raise()

    def lower(self) -> None:
        """Be woken for any byte."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._streak = 0
            self._set(1)

    def _raise(self) -> None:
        self._set(LEAST)
        self._look_again()

    def _look_again(self) -> None:
        self._lately = False
        self._timer = asyncio.get_running_loop().call_later(TICK_S, self._look)

    def _look(self) -> None:
        if self._lately:
            self._look_again()
        else:
            self.lower()

    def _set(self, size: int) -> None:
        with suppress(OSError):  # a sandbox may forbid it
            self._source.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, size)
