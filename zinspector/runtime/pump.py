"""How sockets wake the loop, and whose turn it is: the only place that watches file descriptors.

Rules:
- libzmq's descriptor is edge-triggered: it speaks once, and stays silent until everything was read. So a socket works
  until there is nothing left, right after it was added, on each edge, and after each send (a send eats the edge, and so
  does a read: `socket_base_t::process_commands`).
- All sockets and generators of a session share one time box per pass of the loop. When it is over, the rest goes to
  the end of the queue and the pump calls itself again with `call_soon`: timers, painting and other work get their turn.
- The reader is removed before its socket is closed.

Only `add_reader`, `remove_reader`, `call_soon` and `call_later` of the loop are used, so asyncio, uvloop and qasync
serve alike.
"""

from __future__ import annotations

import asyncio
from collections import deque
from time import monotonic_ns
from typing import Protocol

BOX_NS = 3_500_000
SLICE_NS = 1_200_000


class Worker(Protocol):
    """Something that takes turns: a socket, a monitor, a generator."""

    def work(self, deadline: int) -> bool:
        """Work until `deadline` (monotonic ns) or until nothing is left. Returns whether there is more to do."""
        ...


class Pump:
    """Gives workers their turns on the running loop."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._queue: deque[Worker] = deque()
        self._queued: set[Worker] = set()
        self._readers: set[int] = set()
        self._again: asyncio.Handle | None = None
        self._turning = False
        self._closed = False

    def watch(self, fd: int, worker: Worker) -> None:
        """Wake `worker` at each edge of `fd`, and once now, for what came before."""
        self.loop.add_reader(fd, self.wake, worker)
        self._readers.add(fd)
        self.later(worker)

    def unwatch(self, fd: int) -> None:
        """Forget a descriptor; to be called before its socket is closed."""
        if fd in self._readers:
            self._readers.discard(fd)
            self.loop.remove_reader(fd)

    def wake(self, worker: Worker) -> None:
        """Let `worker` have its turn now, or at the end of the queue when others are waiting."""
        self._enqueue(worker)
        if self._again is None and not self._turning:
            self._turn()

    def later(self, worker: Worker) -> None:
        """Let `worker` have a turn in the next pass of the loop; safe to call from inside of a turn."""
        self._enqueue(worker)
        if self._again is None and not self._turning and not self._closed:
            self._again = self.loop.call_soon(self._turn)

    def forget(self, worker: Worker) -> None:
        """Give `worker` no more turns."""
        if worker in self._queued:
            self._queued.discard(worker)
            self._queue.remove(worker)

    def close(self) -> None:
        """Stop all turns and forget all descriptors."""
        self._closed = True
        for fd in tuple(self._readers):
            self.unwatch(fd)
        self._queue.clear()
        self._queued.clear()
        if self._again is not None:
            self._again.cancel()
            self._again = None

    def _enqueue(self, worker: Worker) -> None:
        if worker not in self._queued and not self._closed:
            self._queued.add(worker)
            self._queue.append(worker)

    def _turn(self) -> None:
        self._again = None
        self._turning = True
        end = monotonic_ns() + BOX_NS
        try:
            while self._queue and (now := monotonic_ns()) < end:
                worker = self._queue.popleft()
                self._queued.discard(worker)
                # alone, a worker may have the whole box; among others, a slice of it
                if worker.work(min(end, now + SLICE_NS) if self._queue else end):
                    self._enqueue(worker)
        finally:
            self._turning = False
            if self._queue and not self._closed:
                self._again = self.loop.call_soon(self._turn)
