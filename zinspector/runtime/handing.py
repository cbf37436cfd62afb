"""Handing batches over to the app, at the worker's end of the ring.

When the ring is full, the messages of a batch are left out and counted; its other rows (handshakes, commands, events)
wait for room, because what is known of a connection comes from them. Nothing here waits for the app: traffic goes on.
"""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from contextlib import suppress

import pyarrow as pa

from zinspector.runtime.passing import Packer, without_messages
from zinspector.runtime.ring import Ring

MOST_OWED = 4096  # batches of rows that are no messages
FINISH_S = 2.0
STEP_S = 0.005


class Handing:
    """Puts batches into the ring and rings the bell."""

    def __init__(self, ring: Ring, bell: socket.socket) -> None:
        self.skipped = 0
        self._ring = ring
        self._bell = bell
        self._packer = Packer()
        self._owed: deque[pa.RecordBatch] = deque()
        self._alone = False

    def hand_over(self, batch: pa.RecordBatch) -> None:
        """Give the app this batch, or what there is room for."""
        if self._alone:
            self.skipped += batch.num_rows
            return
        while self._owed and self._put(self._owed[0]):
            self._owed.popleft()
        if not self._owed and self._put(batch):
            return
        rest = without_messages(batch)
        self.skipped += batch.num_rows - rest.num_rows
        if rest.num_rows:
            self._owed.append(rest)
            if len(self._owed) > MOST_OWED:
                self.skipped += self._owed.popleft().num_rows

    def alone(self) -> None:
        """Nobody takes anything any more."""
        self._alone = True
        self._owed.clear()

    async def finish(self) -> None:
        """Let the app have what it is owed, for a moment."""
        until = asyncio.get_running_loop().time() + FINISH_S
        while not self._alone and asyncio.get_running_loop().time() < until:
            while self._owed and self._put(self._owed[0]):
                self._owed.popleft()
            if not self._owed:
                return
            await asyncio.sleep(STEP_S)

    def _put(self, batch: pa.RecordBatch) -> bool:
        if not self._ring.put(*self._packer.pack(batch)):
            return False
        self._packer.delivered()
        if self._ring.wants_waking():
            with suppress(OSError):  # full of rings already, or nobody there
                self._bell.send(b"!")
        return True
