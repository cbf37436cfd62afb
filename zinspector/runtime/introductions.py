"""Finding out, in the background, which programs have the ends of new connections; then their taps are told.

Only connections that live long enough to be looked up are: they wait a fifth of a second, and longer when looking up is
slow (twenty times as long as the last look-up took), so that it never takes more than a twentieth of one core. Where a
program is not found they are looked up again, less and less often: one that is busy may not have accepted yet.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from time import monotonic

from zinspector.runtime.circuit import Circuit
from zinspector.runtime.processes import Meeting, Processes
from zinspector.tasks import Task, in_thread, spawn

FIRST_S = 0.2
LONGEST_S = 10.0
SHARE = 20
MOST = 20_000
Introduce = Callable[[Circuit, Meeting], None]


@dataclass
class Question:
    """Whose connection that is; asked again after `wait_s`, at the time `due`."""

    circuit: Circuit
    meeting: Meeting
    introduce: Introduce
    wait_s: float = FIRST_S
    due: float = 0.0


class Introductions:
    """Collects meetings, looks them up together, and tells."""

    def __init__(self) -> None:
        self._questions: list[Question] = []
        self._processes = Processes()
        self._task: Task[None] | None = None

    def meet(self, circuit: Circuit, meeting: Meeting, introduce: Introduce) -> None:
        """Look up the programs of this connection, and call `introduce` whenever one was found."""
        if len(self._questions) < MOST:
            self._questions.append(Question(circuit, meeting, introduce))
        if self._task is None:
            self._task = spawn(self._work(), "look up processes")

    def close(self) -> None:
        """Look up nothing more."""
        self._questions.clear()
        if self._task is not None:
            self._task.cancel()

    async def _work(self) -> None:
        pause = FIRST_S
        try:
            while self._questions:
                await asyncio.sleep(pause)
                began = monotonic()
                await self._look_up(self._taken(began))
                pause = max(FIRST_S, SHARE * (monotonic() - began))
        finally:
            self._task = None

    def _taken(self, now: float) -> list[Question]:
        """The questions whose time has come, of connections that are still there."""
        here = [each for each in self._questions if not each.circuit.closed]
        self._questions = [each for each in here if each.due > now]
        return [each for each in here if each.due <= now]

    async def _look_up(self, asked: list[Question]) -> None:
        if not asked:
            return
        found = await in_thread(self._processes.find, [each.meeting for each in asked])
        for each, programs in zip(asked, found, strict=True):
            if each.circuit.closed:
                continue
            if programs != each.meeting.programs:
                each.meeting = replace(each.meeting, programs=programs)
                each.introduce(each.circuit, each.meeting)
            if None in programs and each.wait_s < LONGEST_S:
                each.wait_s *= 2
                each.due = monotonic() + each.wait_s
                self._questions.append(each)
