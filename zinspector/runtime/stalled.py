"""A connection whose greeting isn't whole after 5 s gets one STALLED row, before libzmq gives up after 30 s."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from time import monotonic_ns
from typing import Final

from zinspector.runtime.flow import Side
from zinspector.runtime.subject import Mark, Subject

SIDES: Final[tuple[Side, Side]] = ("connect", "bind")
STALLED_NS = 5_000_000_000
STALLED_STEP_S = 0.5


class Stalled:
    """Watches new connections until they are old enough."""

    def __init__(self, mark: Callable[[Subject, Side, Mark, int], None]) -> None:
        """`mark` records what is told of a connection."""
        self._mark = mark
        self._loop = asyncio.get_running_loop()
        self._young: deque[Subject] = deque()
        self._sweeper: asyncio.TimerHandle | None = None

    def watch(self, subject: Subject) -> None:
        """Tell when this new connection's greetings don't come."""
        self._young.append(subject)
        if self._sweeper is None:
            self._sweeper = self._loop.call_later(STALLED_STEP_S, self._sweep)

    def close(self) -> None:
        """Watch no more."""
        if self._sweeper is not None:
            self._sweeper.cancel()
            self._sweeper = None

    def _sweep(self) -> None:
        now = monotonic_ns()
        while self._young and now - self._young[0].opened_ns > STALLED_NS:
            self._tell_stalled(self._young.popleft())
        self._sweeper = self._loop.call_later(STALLED_STEP_S, self._sweep) if self._young else None

    def _tell_stalled(self, subject: Subject) -> None:
        silent = [side for side in SIDES if _greets_not(subject, side)]
        if subject.stopped or subject.parted or not silent:
            return
        sent = subject.seen
        who = {"connect": "the connecting side", "bind": "the listening side"}
        texts = [f"{who[side]} sent {sent[side]:,} bytes" for side in silent]
        text = f"no whole greeting after 5 s: {' and '.join(texts)}"
        self._mark(subject, silent[0], Mark("STALLED", text, {"bytes": {**sent}}), monotonic_ns())


def _greets_not(subject: Subject, side: Side) -> bool:
    peer = subject.parser.peers[side] if subject.parser is not None else None
    return peer is None or (peer.version is None and not peer.ready)
