"""Memory for the bytes that relays receive, which three processes share: one receives, one looks, the app has the rows.

Rows of the app lie where their bytes came in. Rules:

- Bytes are received one after the other into a slab, and go on in the one behind it where that is free, up to `RUN`
  slabs: so what follows each other in a flow lies in one piece, and needs no joining. A position is the number of slabs
  that were begun before, times their size, and the place in the slab.
- What was received before a position is given up when the app has taken all that the ring held when it was looked at.
  A slab is begun again when that holds for all of it and no row of the app lies in it; the first page has a number for
  each slab, of the parts that the app holds, and the position behind which bytes are needed. A run begins in the first
  such slab: memory that is used again soon is still in the cache.
- Positions that follow each other are places that do: a slab is filled to its last byte only where bytes go on behind.
- Where rows of the app hold many slabs already (`MOST_HELD`), it takes a copy.
- Where there is no room, because the app doesn't keep up, bytes are received into memory of their own.
"""

from __future__ import annotations

import mmap
import os
import weakref
from collections import deque

import numpy as np
import pyarrow as pa

from zinspector.runtime.ring import PAGE, Ring, anonymous

SLABS = 96
RUN = 4  # slabs: as much is looked at as one
CAPACITY = SLABS * (8 << 20)  # only what is needed takes memory
MOST_HELD = 32  # slabs; the others are for what comes, also while the app isn't given a core for 0.4 s


class Arena:
    """One end of the memory. `fd` is what the other process needs to have to open the other end."""

    def __init__(self, fd: int | None = None, ring: Ring | None = None, capacity: int = CAPACITY) -> None:
        """New memory, or with `fd` that which another process made. The end that looks puts its rows in `ring`."""
        self.fd = anonymous(PAGE + capacity) if fd is None else fd
        self.capacity = os.fstat(self.fd).st_size - PAGE
        self._map = mmap.mmap(self.fd, PAGE + self.capacity)
        whole = memoryview(self._map)
        self.bytes = whole[PAGE:]
        numbers = whole[:PAGE].cast("Q")
        self._held = numbers[:SLABS]
        self._spent_before = numbers[SLABS : SLABS + 1]
        self._slab = self.capacity // SLABS
        self._ring = ring
        self._address: int = pa.py_buffer(self.bytes).address
        self._used = deque([0])  # slabs in the order in which they were begun, from the oldest that is needed
        self._before = 0  # how many were begun before these
        self._next = self._place = 0  # position and place of the next byte
        self._end = self._slab  # of the slab that is being filled
        self._run = 1  # slabs up to this one in which bytes went on
        self._spent: deque[tuple[int, int]] = deque()
        self._let_go: deque[int] = deque()  # slabs of parts that the app has no more rows in

    def close(self) -> None:
        """Give the memory back, as soon as no row lies in it any more: rows are all that keeps it."""
        del self._held, self._spent_before, self.bytes, self._map
        os.close(self.fd)

    # The end that receives

    def room(self, size: int) -> memoryview:
        """Where the next `size` bytes may be put; `keep` those that were, before anybody else asks."""
        if self._place + size >= self._end and not (size < self._slab and self._begin()):
            return np.empty(size, np.uint8).data
        return self.bytes[self._place : self._place + size]

    def keep(self, data: memoryview) -> tuple[int, int] | None:
        """Keep bytes that were put at the beginning of the last room: their position, and their place in the memory.

        None where they are in memory of their own.
        """
        if data.obj is not self._map:
            return None
        kept = self._next, self._place
        size = len(data)
        self._next += size
        self._place += size
        return kept

    def place(self, buffer: pa.Buffer) -> int | None:
        """Where in the memory a buffer lies, if it does."""
        place: int = buffer.address - self._address
        return place if 0 <= place < self.capacity else None

    def _begin(self) -> bool:
        """Begin another slab; returns whether there is one."""
        self._give_up()
        behind = self._end // self._slab
        if self._run < RUN and behind < SLABS and self._free(behind):
            self._run += 1
            self._used.append(behind)
            self._end += self._slab
            return True
        slab = next(filter(self._free, range(SLABS)), None)
        if slab is None:
            return False
        self._run = 1
        self._used.append(slab)
        self._next = (self._before + len(self._used) - 1) * self._slab
        self._place = slab * self._slab
        self._end = self._place + self._slab
        return True

    def _free(self, slab: int) -> bool:
        return not self._held[slab] and slab not in self._used

    def _give_up(self) -> None:
        spent = self._spent_before[0]
        while len(self._used) > 1 and spent >= (self._before + 1) * self._slab:
            self._used.popleft()
            self._before += 1

    # The end that looks

    def part(self, place: int, size: int) -> memoryview:
        """Bytes that were kept."""
        return self.bytes[place : place + size]

    def spend(self, position: int) -> None:
        """Nobody here needs bytes before `position` any more; the app does, until it has taken what is in the ring."""
        assert self._ring is not None, "the end that looks puts its rows there"
        if position >= 0:
            self._spent.append((self._ring.put_bytes, position))

    def tell_spent(self) -> None:
        """Let the end that receives know what nobody needs any more."""
        assert self._ring is not None, "as above"
        taken = self._ring.taken_bytes
        while self._spent and self._spent[0][0] <= taken:
            self._spent_before[0] = max(self._spent_before[0], self._spent.popleft()[1])

    # The end that takes

    def take(self, place: int, size: int) -> pa.Buffer:
        """A part of what was received, which stays as it is: no copy, unless rows hold `MOST_HELD` slabs already."""
        data = self.bytes[place : place + size]
        slabs = range(place // self._slab, (place + size - 1) // self._slab + 1)
        if not all(self._held[slab] for slab in slabs) and sum(map(bool, self._held)) >= MOST_HELD:
            return pa.py_buffer(bytes(data))
        held = np.frombuffer(data, np.uint8)  # unlike a memoryview it says when nobody needs it any more, in any thread
        weakref.finalize(held, self._let_go.extend, slabs).atexit = False
        for slab in slabs:
            self._held[slab] += 1
        return pa.py_buffer(held)

    def let_go(self) -> None:
        """Let the end that receives use again what no row lies in any more."""
        while self._let_go:
            self._held[self._let_go.popleft()] -= 1
