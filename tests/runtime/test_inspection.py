"""Looking at relayed bytes: failing parsers (P9), greetings that don't come (P3), pauses, and who is told."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pyarrow as pa
import pytest

from tests.helpers import zmtp
from tests.helpers.relayed import joined, listening, on_uvloop
from tests.helpers.waiting import wait_until
from zinspector.capture.clock import Clock
from zinspector.capture.message import Message, messages
from zinspector.runtime import inspection, notes, stalled
from zinspector.runtime.arena import Arena
from zinspector.runtime.circuit import Circuit
from zinspector.runtime.inspection import Inspection
from zinspector.runtime.looker import Looker
from zinspector.runtime.notes import Note, Notes
from zinspector.runtime.processes import Meeting
from zinspector.runtime.relay import Relay
from zinspector.runtime.relay_tap import RelayTap
from zinspector.runtime.ring import Ring
from zinspector.runtime.scheduling import Scheduling
from zinspector.zmtp.connection import Connection
from zinspector.zmtp.events import Block, Event, Side

GREETED = zmtp.greeting() + zmtp.ready(b"PUSH")


class Seen:
    """What an inspection handed over."""

    def __init__(self) -> None:
        self.rows: list[Message] = []

    def take(self, batch: pa.RecordBatch) -> None:
        self.rows += messages(batch)

    def names(self) -> list[str | None]:
        return [row.name for row in self.rows if row.kind == "event"]


class Reading:
    """Reads notes where they were written."""

    pending = 0

    def __init__(self, looker: Looker) -> None:
        self.looker = looker

    def send(self, notes: list[Note]) -> None:
        self.looker.take(notes)


@dataclass
class Inspected:
    """A tap, where it listens, and what was seen."""

    tap: RelayTap
    notes: Notes
    looker: Looker
    address: str
    seen: Seen

    def relink(self) -> None:
        """Have it look at all."""
        self.tap.relink("another")
        self.notes.send()


def nobody(circuit: Circuit, meeting: Meeting, told: object) -> None:
    """Nobody is looked up."""


@asynccontextmanager
async def inspected(target: str) -> AsyncIterator[Inspected]:
    seen = Seen()
    ring = Ring(capacity=4096)
    arena = Arena(ring=ring)
    looking = Inspection(Clock(), arena, seen.take)
    looker = Looker(looking)
    noted = Notes(arena, Reading(looker), Scheduling(0))
    tap = RelayTap("tap", None, target, noted, nobody)
    numbers = itertools.count(1)
    relay = Relay("tcp://127.0.0.1:*", target, tap, lambda: next(numbers), print)
    try:
        yield Inspected(tap, noted, looker, await relay.open(), seen)
    finally:
        relay.close()
        noted.close()
        looking.close()
        arena.close()
        ring.close()


@pytest.mark.expect_log("zinspector.runtime.inspection")
@pytest.mark.parametrize("where", ["scan", "end"])
def test_p9_a_parser_that_fails_makes_its_connection_a_plain_pipe(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = Connection.scan

    def bad_scan(self: Connection, side: Side, data: bytes, most: int) -> list[Event | Block]:
        if b"poison" in bytes(data):
            raise RecursionError("too deep")
        return scan(self, side, data, most)

    def bad_end(self: Connection, side: Side) -> list[Event]:
        raise RecursionError("too deep")

    monkeypatch.setattr(Connection, where, bad_scan if where == "scan" else bad_end)

    async def main() -> None:
        listener, target = listening()
        loop = asyncio.get_running_loop()
        async with inspected(target) as over:
            address, seen = over.address, over.seen
            healthy = await joined(address, listener)
            client, served = await joined(address, listener)
            sent = b""
            for part in (GREETED, zmtp.message(b"first"), zmtp.message(b"poison"), zmtp.message(b"last")):
                await loop.sock_sendall(client, part)
                sent += part
            received = b""
            while len(received) < len(sent):
                received += await loop.sock_recv(served, 1000)
            assert received == sent
            client.close()
            served.close()
            await wait_until(lambda: "STOPPED" in seen.names())
            (stopped,) = (row for row in seen.rows if row.name == "STOPPED")
            assert b"they go on (RecursionError: too deep)" in stopped.frames[0]
            await loop.sock_sendall(healthy[0], GREETED + zmtp.message(b"fine"))
            await wait_until(lambda: (b"fine",) in [row.frames for row in seen.rows])
            assert ((b"last",) in [row.frames for row in seen.rows]) == (where == "end")
            for each in (*healthy, listener):
                each.close()

    on_uvloop(main())


def test_p3_a_greeting_that_does_not_come_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stalled, "STALLED_NS", 1 << 62)
    monkeypatch.setattr(stalled, "STALLED_STEP_S", 0.05)

    async def main() -> None:
        listener, target = listening()
        loop = asyncio.get_running_loop()
        async with inspected(target) as over:
            address, seen = over.address, over.seen
            half, silent, good = [await joined(address, listener) for _ in range(3)]
            await loop.sock_sendall(half[0], GREETED[:30])
            await loop.sock_sendall(half[1], GREETED)
            for each in good:
                await loop.sock_sendall(each, GREETED)
            await wait_until(lambda: [row.name for row in seen.rows].count("READY") == 3)
            monkeypatch.setattr(stalled, "STALLED_NS", 0)
            await wait_until(lambda: seen.names().count("STALLED") == 2)
            told = {row.connection: row.frames[0].decode() for row in seen.rows if row.name == "STALLED"}
            assert told[1].endswith("the connecting side sent 30 bytes")
            assert told[2].endswith("the connecting side sent 0 bytes and the listening side sent 0 bytes")
            for each in (*half, *silent, *good, listener):
                each.close()

    on_uvloop(main())


def test_small_chunks_are_looked_at_together_large_ones_soon_and_order_is_kept() -> None:
    async def main() -> None:
        listener, target = listening()
        loop = asyncio.get_running_loop()
        async with inspected(target) as over:
            address, seen = over.address, over.seen
            client, served = await joined(address, listener)
            await loop.sock_sendall(client, GREETED)
            await loop.sock_sendall(served, zmtp.greeting() + zmtp.ready(b"PULL"))
            for number in range(100):
                await loop.sock_sendall(client, zmtp.message(b"%d" % number))
            large = zmtp.message(b"x" * 1000) * 4000
            sending = loop.create_task(loop.sock_sendall(client, large))
            left = len(large)
            while left > 0:
                left -= len(await loop.sock_recv(served, 1 << 20))
            await sending
            client.close()
            served.close()
            await wait_until(lambda: "CLOSED" in seen.names() or "RESET" in seen.names())
            found = [row for row in seen.rows if row.kind == "message"]
            assert [row.frames[0] for row in found[:100]] == [b"%d" % number for number in range(100)]
            assert len(found) == 4100
            assert over.looker.counts() == {1: (4100, 4_000_190)}
            assert [row.time_ns for row in seen.rows] == sorted(row.time_ns for row in seen.rows)
            listener.close()

    on_uvloop(main())


def test_a_closed_connection_has_no_delay_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspection, "BATCH_S", 60.0)

    async def main() -> None:
        listener, target = listening()
        async with inspected(target) as over:
            tap, address = over.tap, over.address
            client, served = await joined(address, listener)
            await wait_until(lambda: tap.circuits)
            (flow, _) = tap.circuits[1].flows or ()
            flow.delay_ns = 1000.0
            client.sendall(GREETED)
            client.close()
            served.close()
            await wait_until(lambda: not tap.circuits)
            assert tap.delays() == {1: None}
            over.relink()  # looks at what it sent last
            assert tap.delays() == {}
        listener.close()

    on_uvloop(main())


def test_the_rows_of_a_flood_are_handed_over_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notes, "NOTE_S", 0.0)
    monkeypatch.setattr(inspection, "BATCH_S", 0.0)
    monkeypatch.setattr(inspection, "FLOOD_BATCH_S", 60.0)
    monkeypatch.setattr(inspection, "MANY_ROWS", 20)

    async def main() -> None:
        listener, target = listening()
        loop = asyncio.get_running_loop()

        async def pass_on(data: bytes) -> None:
            await loop.sock_sendall(client, data)
            left = len(data)
            while left:
                left -= len(await loop.sock_recv(served, left))
            for _ in range(100):  # turns of the loop, in which timers of no time run
                await asyncio.sleep(0)

        async with inspected(target) as over:
            address, seen = over.address, over.seen
            client, served = await joined(address, listener)
            await pass_on(GREETED)
            await pass_on(zmtp.message(b"x") * 20)
            await wait_until(lambda: len(messages_of(seen)) == 20)
            await pass_on(zmtp.message(b"later"))
            assert len(messages_of(seen)) == 20
            over.relink()  # looks at once
            assert len(messages_of(seen)) == 21
            await pass_on(zmtp.message(b"few again"))
            await wait_until(lambda: len(messages_of(seen)) == 22)
            for each in (client, served, listener):
                each.close()

    on_uvloop(main())


def messages_of(seen: Seen) -> list[Message]:
    return [row for row in seen.rows if row.kind == "message"]


@pytest.mark.parametrize("much", [False, True])
def test_a_flood_of_commands_is_read_in_turns_or_told_to_be_a_gap(much: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspection, "MOST_FRAMES", 7)
    if much:
        monkeypatch.setattr(inspection, "LOOK_BYTES", 1000)
        monkeypatch.setattr(inspection, "MOST_WAITING", 2000)
        monkeypatch.setattr(inspection, "BUSY_BOX_NS", 0)
    pings = zmtp.command(b"PING", b"\0\1") * 5000

    async def main() -> None:
        listener, target = listening()
        loop = asyncio.get_running_loop()
        async with inspected(target) as over:
            address, seen = over.address, over.seen
            client, served = await joined(address, listener)
            await loop.sock_sendall(client, GREETED)
            await loop.sock_sendall(served, zmtp.greeting() + zmtp.ready(b"PULL"))
            await wait_until(lambda: [row.name for row in seen.rows].count("READY") == 2)
            sending = loop.create_task(loop.sock_sendall(client, pings + zmtp.message(b"end")))
            left = len(GREETED + pings + zmtp.message(b"end"))
            while left:
                left -= len(await loop.sock_recv(served, 1 << 20))
            await sending
            client.close()
            served.close()
            await wait_until(lambda: "CLOSED" in seen.names() or "RESET" in seen.names())
            read = sum(row.name == "PING" for row in seen.rows)
            assert ("GAP" in seen.names()) == much
            assert (read < 5000) == much
            if not much:
                assert [row.frames for row in seen.rows if row.kind == "message"] == [(b"end",)]
            listener.close()

    on_uvloop(main())
