"""What sockets saw, on its way to the store: thirty times a second, or sooner when it is much.

Making one large batch would hold up the loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pyarrow as pa

from zinspector.capture.writer import Recorder

FLUSH_S = 1 / 30
MANY_MESSAGES = 8192
MANY_BYTES = 4 << 20


class Flusher:
    """Gives the rows of a recorder to `keep`, in batches."""

    def __init__(self, recorder: Recorder, keep: Callable[[pa.RecordBatch], None]) -> None:
        self._recorder = recorder
        self._keep = keep
        self._messages = 0
        self._bytes = 0
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Flush from now on, on the running loop."""
        self.flush()
        self._timer = asyncio.get_running_loop().call_later(FLUSH_S, self.begin)

    def end(self) -> None:
        """Flush no more, unless it is asked for."""
        if self._timer is not None:
            self._timer.cancel()

    def took(self, messages: int, size: int) -> None:
        """So much goes to the recorder: it is told before a run is recorded, so what is flushed came before that."""
        self._messages += messages
        self._bytes += size
        if self._messages >= MANY_MESSAGES or self._bytes >= MANY_BYTES:
            self.flush()

    def flush(self) -> None:
        """Move what there is."""
        self._messages = self._bytes = 0
        batch = self._recorder.flush()
        if batch is not None:
            self._keep(batch)
