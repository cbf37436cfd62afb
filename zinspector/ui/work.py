"""One call in a thread of its own, and its outcome in the window's thread: for what is asked again and again.

Unlike `background.with_progress` it shows nothing, blocks nothing and needs no loop of asyncio: a timer looks whether
the thread is done. An outcome that nobody waits for any more never comes; a thread that is still at it keeps the
process alive until it stops, since DuckDB can't be left in the middle.

- A thread waits a moment for more to do before it ends: while others are busy, starting one holds the window up for
  milliseconds.
- The threads step back for the window's: on two cores that are busy it else waits for a fifth of its time.
- What calls needed that took long is given back to the system at their end, and again when its thread has nothing more
  to do: by then the window has let go what it had before.
- What a call holds on to may be of Qt, and must not end in a thread: works are kept here until one sees in the window's
  thread that they are over, and a thread lets go of its work before it tells that.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, Generic, NamedTuple, TypeVar

from PySide6.QtCore import QObject, QTimer

from zinspector.capture.progress import CancelledError, Progress
from zinspector.errors import UserError
from zinspector.runtime.memory import give_back

T = TypeVar("T")
LOOK_MS = 8
IDLE_S = 0.3
LONG_S = 0.2
NICE = 5  # steps of nice(2): a third of the window's weight; who holds the interpreter must not be starved


class Job(NamedTuple):
    """What a thread does, and what it sets when it has let go of that."""

    call: Callable[[], None]
    ended: threading.Event


class Threads:
    """As many threads as there is work at a time; those that are idle are taken first."""

    def __init__(self) -> None:
        self._idle: list[SimpleQueue[Job]] = []
        self._lock = threading.Lock()

    def run(self, job: Job, name: str) -> None:
        """Do it in a thread of the moment, which is named so if it is new."""
        with self._lock:
            inbox = self._idle.pop() if self._idle else None
        if inbox is None:
            inbox = SimpleQueue()
            threading.Thread(target=self._serve, args=(inbox,), name=name).start()
        inbox.put(job)

    def _serve(self, inbox: SimpleQueue[Job]) -> None:
        _step_back()
        much = False
        while True:
            try:
                much |= _takes_long(inbox.get(timeout=IDLE_S))
            except Empty:
                if much:
                    give_back()
                    much = False
                with self._lock:
                    if inbox in self._idle:
                        self._idle.remove(inbox)
                        return
            else:
                with self._lock:
                    self._idle.append(inbox)


def _takes_long(job: Job) -> bool:
    """Do it; tells whether it took long, and then gives back what it needed."""
    began = time.monotonic()
    call, ended = job
    del job
    call()
    del call
    ended.set()
    long = time.monotonic() - began > LONG_S
    if long:
        give_back()
    return long


def _step_back() -> None:
    """Let the window's thread go first where both want a core. Only Linux gives each thread a priority of its own.

    Threads that DuckDB starts from here inherit it.
    """
    if sys.platform.startswith("linux"):
        thread = threading.get_native_id()
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + NICE)


_threads = Threads()
_kept: set[Work[Any]] = set()


def cancel_all() -> None:
    """Ask all threads to stop, and hear no more of any: the window closes, and the process waits for them."""
    for work in list(_kept):
        work.cancel()


class Work(Generic[T]):
    """`call` runs at once; `done` gets what it returned, `failed` its UserError, or one that stands for a bug of ours.

    Neither comes after `cancel()`, or when the owner is gone.

    `call` is handed a function that takes the share that is done, 0 to 1, and answers False once it should stop.
    """

    def __init__(
        self,
        owner: QObject,
        call: Callable[[Progress], T],
        done: Callable[[T], object],
        failed: Callable[[UserError], object] = lambda _: None,
        name: str = "work",
        going: Callable[[], object] = lambda: None,
    ) -> None:
        """`going` is called in the window's thread all the while: what is there already can be shown."""
        self.share = 0.0
        self.cancelled = False
        self.began = time.monotonic()
        self._call = call
        self._done = done
        self._tell_failure = failed
        self._going = going
        self._outcome: T | BaseException | None = None
        self._ended = threading.Event()
        self._over = False
        self._timer = QTimer(owner, interval=LOOK_MS)
        self._timer.timeout.connect(self._look)
        self._timer.destroyed.connect(self._orphaned)
        self._timer.start()
        _kept.difference_update([work for work in _kept if work.cancelled and work._ended.is_set()])
        _kept.add(self)
        _threads.run(Job(self._run, self._ended), name)

    @property
    def seconds(self) -> float:
        """How long it has been at it."""
        return time.monotonic() - self.began

    @property
    def failed(self) -> bool:
        """Whether it came to a bad end."""
        return self._ended.is_set() and isinstance(self._outcome, BaseException)

    def cancel(self) -> None:
        """Ask it to stop, and hear no more of it."""
        self.cancelled = True
        self._look_no_more()

    def _run(self) -> None:
        try:
            self._outcome = self._call(self._progress)
        except BaseException as error:  # noqa: BLE001  # it is raised again where somebody hears it
            self._outcome = error

    def _progress(self, share: float) -> bool:
        self.share = share
        return not self.cancelled

    def _orphaned(self) -> None:
        self.cancelled = self._over = True

    def _look_no_more(self) -> None:
        if not self._over:
            self._over = True
            self._timer.stop()
            self._timer.deleteLater()

    def _look(self) -> None:
        if not self._ended.is_set():
            self._going()
            return
        self._look_no_more()
        _kept.discard(self)
        outcome = self._outcome
        if isinstance(outcome, CancelledError):
            return
        if isinstance(outcome, UserError):
            self._tell_failure(outcome)
        elif isinstance(outcome, BaseException):
            text = f"Unexpected error: {type(outcome).__name__}"
            self._tell_failure(UserError(text, remedy="please report it"))  # who waits for it would wait for ever
            raise outcome
        else:
            self._done(outcome)  # type: ignore[arg-type]  # it is what the call returned
