"""What relays tell of what they pass on: in order, together, and with the bytes where the arena has no room."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from tests.helpers.waiting import wait_until
from zinspector.runtime import notes as module
from zinspector.runtime.arena import SLABS, Arena
from zinspector.runtime.notes import Note, Notes
from zinspector.runtime.ring import Ring
from zinspector.runtime.scheduling import Scheduling

SLAB = 8 << 10


class Read:
    """Who keeps what it is told."""

    def __init__(self) -> None:
        self.pending = 0
        self.letters: list[list[Note]] = []

    def send(self, notes: list[Note]) -> None:
        self.letters.append(notes)


@pytest.fixture
def arena() -> Iterator[Arena]:
    ring = Ring(capacity=4096)
    made = Arena(ring=ring, capacity=SLABS * SLAB)
    yield made
    made.close()
    ring.close()


def written(arena: Arena, work: Callable[[Notes, Read], Coroutine[Any, Any, None]]) -> None:
    async def main() -> None:
        read = Read()
        notes = Notes(arena, read, Scheduling(0))
        await work(notes, read)
        notes.close()

    asyncio.run(main())


def received(notes: Notes, connection: int, data: bytes) -> None:
    room = notes.arena.room(len(data))
    room[:] = data
    notes.chunk(connection, "connect", room)


def test_notes_go_together_after_a_moment_and_tell_where_the_bytes_are(arena: Arena) -> None:
    async def work(notes: Notes, read: Read) -> None:
        tap = notes.tap("node", None)
        notes.tell("open", 7, tap, 1, True)
        received(notes, 7, b"abc")
        notes.mark(7, "bind", "PEER", "somebody", {"pid": 1})
        assert read.letters == []
        await wait_until(lambda: read.letters)
        ((tapped, opened, chunk, mark),) = read.letters
        assert tapped == ("tap", tap, "node", None)
        assert opened == ("open", 7, tap, 1, True)
        connection, side, _time, _position, place, size = chunk
        assert (connection, side, size) == (7, "connect", 3)
        assert bytes(arena.part(place, size)) == b"abc"
        assert (mark[:3], mark[4:]) == (("mark", 7, "bind"), ("PEER", "somebody", {"pid": 1}))
        assert notes.lately == {7}

    written(arena, work)


def test_much_is_told_at_once(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MUCH", 5)

    async def work(notes: Notes, read: Read) -> None:
        received(notes, 1, b"1234")
        assert not read.letters
        received(notes, 1, b"5")
        assert len(read.letters) == 1
        await asyncio.sleep(0)
        notes.send()
        assert len(read.letters) == 1  # nothing is left

    written(arena, work)


def test_bytes_without_room_go_along_until_they_are_too_many(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_PENDING", 2 * SLABS * SLAB)

    async def work(notes: Notes, read: Read) -> None:
        for _ in range(SLABS + 1):
            received(notes, 1, bytes(SLAB - 1))
        read.pending = 2 * SLABS * SLAB
        received(notes, 1, bytes(SLAB - 1))
        notes.send()
        ends = [note[3:] for letter in read.letters for note in letter][-3:]
        assert ends[0][0] >= 0
        assert ends[1:] == [(-1, bytes(SLAB - 1), SLAB - 1), (-1, None, SLAB - 1)]

    written(arena, work)


def test_when_nobody_reads_nothing_is_kept(arena: Arena) -> None:
    async def work(notes: Notes, read: Read) -> None:
        received(notes, 1, b"read")
        notes.stop()
        for _ in range(3 * SLABS):
            received(notes, 1, bytes(SLAB - 1))
        notes.tell("part", 1)
        notes.send()
        assert [len(letter) for letter in read.letters] == [1]
        kept = arena.keep(arena.room(1))
        assert kept is not None
        assert kept[1] < 2 * SLAB

    written(arena, work)
