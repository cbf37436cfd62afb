"""Memory that worker and app share, for the bytes that relays receive: the app copies them from where they came in.

- Bytes are received one after the other, so what follows each other in a flow lies in one piece, and needs no joining.
- The memory is used in order, lap after lap; a position is the number of the lap times the capacity, and the place.
  What was received before a position is given up when the app has taken all that the ring held when nobody here needed
  it any more.
- A lap never goes up to the last byte: positions that follow each other are places that do.
- A lap ends as early as there is room at the start: memory that is used again soon is still in the cache.
- Where there is no room, because the app doesn't keep up, bytes are received into memory of their own.
"""

from __future__ import annotations

import mmap
import os
from collections import deque
from contextlib import suppress

import numpy as np
import pyarrow as pa

from zinspector.runtime.ring import Ring, anonymous

CAPACITY = 128 << 20
EARLY = 24 << 20  # free bytes at the start for which a lap ends: more than come before rows are handed over


class Arena:
    """One end of the memory. `fd` is what the other process needs to have to open the other end."""

    def __init__(self, fd: int | None = None, ring: Ring | None = None, capacity: int = CAPACITY) -> None:
        """New memory, or with `fd` that which another process made. The end that receives puts its rows in `ring`."""
        self.fd = anonymous(capacity) if fd is None else fd
        self.capacity = os.fstat(self.fd).st_size
        self._map = mmap.mmap(self.fd, self.capacity)
        self.bytes = memoryview(self._map)
        self._ring = ring
        self._address: int = pa.py_buffer(self.bytes).address
        self._next = self._free = 0
        self._spent: deque[tuple[int, int]] = deque()

    def close(self) -> None:
        """Give the memory back, as soon as nobody looks at what lies in it any more."""
        with suppress(BufferError):
            self.bytes.release()
            self._map.close()
        os.close(self.fd)

    # The end that receives

    def room(self, size: int) -> memoryview:
        """Where the next `size` bytes may be put; `keep` those that were, before anybody else asks."""
        if self._spent:
            self._give_up()
        capacity = self.capacity
        lap, place = divmod(self._next, capacity)
        lap_of_free, free = divmod(self._free, capacity)
        end = capacity
        if lap > lap_of_free:
            end = free
        elif place + size >= capacity or EARLY + 3 * (place - free) + size <= free:
            self._next = (lap + 1) * capacity
            place, end = 0, free
        return self.bytes[place : place + size] if place + size <= end else np.empty(size, np.uint8).data

    def keep(self, data: memoryview) -> int:
        """Keep bytes that were put at the beginning of the last room; their position, or -1 in memory of their own."""
        if data.obj is not self._map:
            return -1
        position = self._next
        self._next += len(data)
        return position

    def part(self, position: int, size: int) -> memoryview:
        """Bytes that were kept one behind the other."""
        place = position % self.capacity
        return self.bytes[place : place + size]

    def spend(self, position: int) -> None:
        """Nobody here needs bytes before `position` any more; the app does, until it has taken what is in the ring."""
        assert self._ring is not None, "only the end that receives spends"
        if position >= 0:
            self._spent.append((self._ring.put_bytes, position))

    def _give_up(self) -> None:
        assert self._ring is not None, "only the end that receives asks for room"
        taken = self._ring.taken_bytes
        while self._spent and self._spent[0][0] <= taken:
            self._free = self._spent.popleft()[1]

    def place(self, buffer: pa.Buffer) -> int | None:
        """Where in the memory a buffer lies, if it does."""
        place: int = buffer.address - self._address
        return place if 0 <= place < self.capacity else None
