"""Handing batches over to the app, at the worker's end of the ring.

When the ring is full, the messages of a batch are left out and counted; its other rows (handshakes, commands, events)
wait for room, because what is known of a connection comes from them. Nothing here waits for the app: traffic goes on.

A batch that doesn't fit goes in parts that fit into an empty ring, wherever it stands: as a record never wraps, of half
the ring at most. What can't be parted any more and never fits is counted, too; else it would stop all that follows it.
"""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from contextlib import suppress

import numpy as np
import pyarrow as pa

from zinspector.capture.picking import pick
from zinspector.runtime.arena import Arena
from zinspector.runtime.passing import Packer, without_messages
from zinspector.runtime.ring import Ring

MOST_OWED = 4096  # batches of rows that are no messages
MOST_OWED_BYTES = 64 << 20
FEW_ROWS = 4096  # these are copied out of a batch; a slice of more rows goes with the frames of all
FINISH_S = 2.0
STEP_S = 0.005


class Handing:
    """Puts batches into the ring and rings the bell."""

    def __init__(self, ring: Ring, arena: Arena, bell: socket.socket) -> None:
        self.skipped = 0
        self._ring = ring
        self._bell = bell
        self._packer = Packer(arena)
        self._owed: deque[pa.RecordBatch] = deque()
        self._owed_bytes = 0
        self._alone = False

    def hand_over(self, batch: pa.RecordBatch) -> None:
        """Give the app this batch, or what there is room for."""
        if self._alone:
            self.skipped += batch.num_rows
            return
        self._pay()
        self._hand(batch)

    def _hand(self, batch: pa.RecordBatch) -> None:
        if not self._owed and self._put(batch):
            return
        if batch.num_rows == 1 or 2 * self._packer.size(batch) <= self._ring.capacity:
            self._owe(batch)
            return
        middle = batch.num_rows // 2
        first = np.arange(batch.num_rows) < middle
        few = batch.num_rows <= FEW_ROWS
        self._hand(pick(batch, first) if few else batch.slice(0, middle))
        self._hand(pick(batch, ~first) if few else batch.slice(middle))

    def _owe(self, batch: pa.RecordBatch) -> None:
        """Leave the messages out, and keep the rest for later."""
        rest = without_messages(batch)
        self.skipped += batch.num_rows - rest.num_rows
        if not rest.num_rows:
            return
        self._owed.append(rest)
        self._owed_bytes += self._packer.size(rest)
        while len(self._owed) > MOST_OWED or self._owed_bytes > MOST_OWED_BYTES:
            self.skipped += self._settled().num_rows

    def _pay(self) -> None:
        """Put what is owed, as far as there is room."""
        while self._owed:
            if self._put(self._owed[0]):
                self._settled()
            elif self._ring.empty:
                self.skipped += self._settled().num_rows
            else:
                return

    def _settled(self) -> pa.RecordBatch:
        batch = self._owed.popleft()
        self._owed_bytes -= self._packer.size(batch)
        return batch

    def alone(self) -> None:
        """Nobody takes anything any more."""
        self._alone = True
        self._owed.clear()
        self._owed_bytes = 0

    async def finish(self) -> None:
        """Let the app have what it is owed, for a moment."""
        until = asyncio.get_running_loop().time() + FINISH_S
        while not self._alone and asyncio.get_running_loop().time() < until:
            self._pay()
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
