"""One call in a thread of its own, and its outcome in the window's thread: for what is asked again and again.

Unlike `background.with_progress` it shows nothing, blocks nothing and needs no loop of asyncio: a timer looks whether
the thread is done. An outcome that nobody waits for any more never comes; a thread that is still at it keeps the
process alive until it stops, since DuckDB can't be left in the middle.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, QTimer

from zinspector.capture.progress import CancelledError, Progress
from zinspector.errors import UserError

T = TypeVar("T")
LOOK_MS = 8


class Work(Generic[T]):
    """`call` runs at once; `done` gets what it returned, `failed` its UserError. Neither comes after `cancel()`.

    `call` is handed a function that takes the share that is done, 0 to 1, and answers False once it should stop.
    """

    def __init__(
        self,
        owner: QObject,
        call: Callable[[Progress], T],
        done: Callable[[T], object],
        failed: Callable[[UserError], object] = lambda _: None,
        name: str = "work",
    ) -> None:
        self.share = 0.0
        self.cancelled = False
        self.began = time.monotonic()
        self._call = call
        self._done = done
        self._failed = failed
        self._outcome: T | BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=name)
        self._timer = QTimer(owner, interval=LOOK_MS)
        self._timer.timeout.connect(self._look)
        self._timer.destroyed.connect(self._orphaned)
        self._timer.start()
        self._thread.start()

    @property
    def seconds(self) -> float:
        """How long it has been at it."""
        return time.monotonic() - self.began

    def cancel(self) -> None:
        """Ask it to stop, and hear no more of it."""
        self.cancelled = True
        self._timer.stop()

    def join(self) -> None:
        """Wait until the thread has ended."""
        self._thread.join()

    def _run(self) -> None:
        try:
            self._outcome = self._call(self._progress)
        except BaseException as error:  # noqa: BLE001 it is raised again where somebody hears it
            self._outcome = error

    def _progress(self, share: float) -> bool:
        self.share = share
        return not self.cancelled

    def _orphaned(self) -> None:
        self.cancelled = True

    def _look(self) -> None:
        if self._thread.is_alive():
            return
        self._timer.stop()
        self._timer.deleteLater()
        outcome = self._outcome
        if isinstance(outcome, CancelledError):
            return
        if isinstance(outcome, UserError):
            self._failed(outcome)
        elif isinstance(outcome, BaseException):
            raise outcome
        else:
            self._done(outcome)  # type: ignore[arg-type]  # it is what the call returned
