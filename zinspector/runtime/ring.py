"""A ring of records in memory that two processes share: one puts, the other takes.

- The memory has no name (memfd, or a file that is unlinked at once): it is handed down to the child as a descriptor,
  and the kernel takes it back when both have ended, however they ended.
- The first page holds, as 64-bit numbers: bytes ever put, bytes ever taken (the credit: never more than the capacity
  lies between them), and whether the taker wants to be woken.
- A record is a length, a length of its head, head and body, padded to 8 bytes. It never wraps: where the rest of the
  ring is too short, a length of 0 says "go on at the beginning". An empty ring begins anew early, since memory that is
  used again soon is still in the cache: nothing is there to be taken, so the end that puts may move both positions.
- A position is published after what it covers; a lock around it is there for its memory barrier, which machines with a
  weaker order than x86 need.
"""

from __future__ import annotations

import mmap
import os
import tempfile
import threading
from collections.abc import Callable
from typing import NamedTuple

CAPACITY = 64 << 20
EARLY = 4 << 20  # bytes
PAGE = 4096
_PUT, _TAKEN, _ASLEEP = 0, 8, 16  # places in the first page, as 64-bit numbers a cache line apart
_HEAD = 16


class Record(NamedTuple):
    """A record where it lies: it stays there until `release()`."""

    head: memoryview
    body: memoryview


class Ring:
    """One end of a ring. `fd` is what the other process needs to have to open the other end."""

    def __init__(self, fd: int | None = None, capacity: int = CAPACITY) -> None:
        """A new ring, or with `fd` the one that another process made."""
        self.fd = anonymous(PAGE + capacity) if fd is None else fd
        size = os.fstat(self.fd).st_size
        self.capacity = size - PAGE
        self._map = mmap.mmap(self.fd, size)
        self._bytes = memoryview(self._map)
        self._numbers = self._bytes[:PAGE].cast("Q")
        self._data = self._bytes[PAGE:]
        self._barrier = threading.Lock()
        self._next = 0

    def close(self) -> None:
        """Give the memory back. Records that were taken must not be used any more."""
        self._numbers.release()
        self._data.release()
        self._bytes.release()
        self._map.close()
        os.close(self.fd)

    @property
    def put_bytes(self) -> int:
        """Bytes ever put, with those left out at the end of the memory."""
        return self._numbers[_PUT]

    @property
    def taken_bytes(self) -> int:
        """Bytes ever taken, counted in the same way."""
        with self._barrier:
            return self._numbers[_TAKEN]

    @property
    def empty(self) -> bool:
        """Whether everything was taken."""
        return bool(self._numbers[_PUT] <= self._numbers[_TAKEN])

    # The end that puts

    def put(self, head: bytes, size: int, fill: Callable[[memoryview], None]) -> bool:
        """Append a record whose body of `size` bytes `fill` writes in place; False where there is no room now."""
        length = _HEAD + len(head) + size
        room = length + -length % 8
        if self.empty:
            self._begin_anew()
        position = self._numbers[_PUT]
        free = self.capacity - (position - self._numbers[_TAKEN])
        start = position % self.capacity
        rest = self.capacity - start
        skipped = 0 if room <= rest else rest
        if skipped + room > free:
            return False
        data = self._data
        if skipped:
            data[start : start + 8] = bytes(8)
            start = 0
        data[start : start + _HEAD] = length.to_bytes(8, "little") + len(head).to_bytes(8, "little")
        begin = start + _HEAD
        data[begin : begin + len(head)] = head
        begin += len(head)
        fill(data[begin : begin + size])
        with self._barrier:
            self._numbers[_PUT] = position + skipped + room
        return True

    def _begin_anew(self) -> None:
        """Leave out the rest of an empty ring. Whoever sees only one of both new positions finds nothing, or the 0."""
        rest = self.capacity - self._numbers[_PUT] % self.capacity
        if rest < self.capacity - EARLY:
            self._data[-rest:][:8] = bytes(8)
            for position in (_TAKEN, _PUT):
                with self._barrier:
                    self._numbers[position] += rest

    def wants_waking(self) -> bool:
        """Whether the taker sleeps; asking lets it be awake."""
        if not self._numbers[_ASLEEP]:
            return False
        self._numbers[_ASLEEP] = 0
        return True

    # The end that takes

    def take(self) -> Record | None:
        """The next record, or None. It must be released before the next one is taken."""
        with self._barrier:
            put = self._numbers[_PUT]
        position = self._numbers[_TAKEN]
        if position >= put:
            return None
        start = position % self.capacity
        length = int.from_bytes(self._data[start : start + 8], "little")
        if not length:
            position += self.capacity - start
            if position >= put:
                return None
            start = 0
            length = int.from_bytes(self._data[:8], "little")
        head = int.from_bytes(self._data[start + 8 : start + _HEAD], "little")
        self._next = position + length + -length % 8
        begin = start + _HEAD
        return Record(self._data[begin : begin + head], self._data[begin + head : start + length])

    def release(self) -> None:
        """Give the room of the last record back."""
        with self._barrier:
            self._numbers[_TAKEN] = self._next

    def sleep(self) -> bool:
        """Ask to be woken at the next record; False where there is one already."""
        with self._barrier:
            self._numbers[_ASLEEP] = 1
        if self.empty:
            return True
        self._numbers[_ASLEEP] = 0
        return False


def anonymous(size: int) -> int:
    """A descriptor of so many bytes of memory without a name."""
    if hasattr(os, "memfd_create"):
        fd = os.memfd_create("zinspector-ring")
    else:
        with tempfile.TemporaryFile() as file:
            fd = os.dup(file.fileno())
    os.truncate(fd, size)
    return fd
