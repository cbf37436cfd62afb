"""Finding out, in the background, which programs have the ends of new connections; then their taps are told.

Only connections that live long enough to be looked up are: they wait half a second, and longer when looking up is
slow (twenty times as long as the last look-up took), so that it never takes more than a twentieth of one core.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from time import monotonic

from zinspector.runtime.processes import Meeting, Processes
from zinspector.runtime.subject import Subject
from zinspector.tasks import Task, in_thread, spawn

FIRST_S = 0.2
SHARE = 20
MOST = 20_000
Introduce = Callable[[Subject, Meeting], None]


class Introductions:
    """Collects meetings, looks them up together, and tells."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Subject, Meeting, Introduce]] = []
        self._processes = Processes()
        self._task: Task[None] | None = None

    def meet(self, subject: Subject, meeting: Meeting, introduce: Introduce) -> None:
        """Look up the programs of this connection, and call `introduce` when one was found."""
        if len(self._waiting) < MOST:
            self._waiting.append((subject, meeting, introduce))
        if self._task is None:
            self._task = spawn(self._work(), "look up processes")

    def close(self) -> None:
        """Look up nothing more."""
        self._waiting.clear()
        if self._task is not None:
            self._task.cancel()

    async def _work(self) -> None:
        pause = FIRST_S
        try:
            while self._waiting:
                await asyncio.sleep(pause)
                waiting, self._waiting = self._waiting, []
                waiting = [each for each in waiting if not each[0].circuit.closed]
                began = monotonic()
                found = await in_thread(self._processes.find, [meeting for _, meeting, _ in waiting])
                pause = max(FIRST_S, SHARE * (monotonic() - began))
                for (subject, meeting, introduce), programs in zip(waiting, found, strict=True):
                    if programs != meeting.programs and not subject.circuit.closed:
                        introduce(subject, replace(meeting, programs=programs))
        finally:
            self._task = None
