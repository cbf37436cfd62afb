"""Looking at relayed bytes: after they were forwarded, in batches, in another process than that which forwards them.

Rules:
- What waits is looked at when it is 20 ms old, or 32 MiB; for some tenths of a millisecond at a time, or for 1 ms when
  it is more than 4 MiB: what is told of others never waits longer. Rows are handed over after 20 ms, after 100 ms while
  they are many, or when they are 64 MiB or 65,536: between two batches of a flood the caches forget what a batch needs,
  so each takes 2 ms, however few its rows are, and nobody reads so many rows.
- A connection whose bytes take longer to read than to come (a flood of commands, or of frames that are wrong) is read
  a few frames at a time. When 64 MiB wait, what waits of the connection whose turn it is becomes a gap, and its parser
  looks for the next frame behind that.
- The order in which chunks, openings and ends came is kept. Chunks of one side that follow each other in the arena are
  looked at as one, from 64 KiB up to 32 MiB, as many as give 4096 rows; each message keeps the time of the chunk that
  ended it.
- A parser that fails makes its connection a plain pipe: a STOPPED row says so, its bytes go on (P9).
- Paused means: no messages are recorded. Handshakes, commands and events are, so that what comes after is understood.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from time import monotonic_ns

import pyarrow as pa

from zinspector.capture.arrivals import Arrivals
from zinspector.capture.clock import Clock
from zinspector.capture.wire import WireWriter
from zinspector.runtime.arena import Arena
from zinspector.runtime.flow import Side
from zinspector.runtime.stalled import Stalled
from zinspector.runtime.subject import LEAST_TOGETHER, Mark, Subject
from zinspector.runtime.waiting import Noted, Stretch, Unread, Waiting
from zinspector.zmtp.connection import Connection
from zinspector.zmtp.events import Block, Event, Message

LOOK_BYTES = 32 << 20
MANY_BYTES = 4 << 20
FLUSH_BYTES = 64 << 20
FLUSH_ROWS = 1 << 16
FLUSH_LISTED = 1 << 11  # rows that Python lists one by one
MOST_FRAMES = 256  # to read one by one before others get their turn: some milliseconds
MOST_WAITING = 64 << 20
BATCH_S = 0.02
FLOOD_BATCH_S = 0.1
MANY_ROWS = 1 << 12  # a batch of so many, or of MANY_BYTES, is one of a flood: the next has FLOOD_BATCH_S
BOX_NS = 150_000
BUSY_BOX_NS = 1_000_000
CLOSE_NS = 500_000_000
log = logging.getLogger(__name__)


class Inspection:
    """Turns what all relays of this process forward into batches of rows."""

    def __init__(self, clock: Clock, arena: Arena, hand_over: Callable[[pa.RecordBatch], None]) -> None:
        self.arena = arena
        self._loop = asyncio.get_running_loop()
        self._clock = clock
        self._hand_over = hand_over
        self._writer = WireWriter()
        self._waiting = Waiting()
        self._looked = 0
        self._spent = -1
        self._batch_s = BATCH_S
        self._timer: asyncio.Handle | None = None
        self.stalled = Stalled(self.mark)

    def chunk(
        self, subject: Subject, side: Side, time_ns: int, position: int, where: int | bytes | None, size: int
    ) -> None:
        """Look at these bytes later; see `notes.py` for where they are."""
        waiting = self._waiting
        if isinstance(where, int):
            waiting.chunk(subject, side, time_ns, position, where, size)
        else:
            waiting.own(subject, side, time_ns, where, size)
        if waiting.bytes >= LOOK_BYTES:
            self._look_until(monotonic_ns() + BUSY_BOX_NS)
            if waiting.bytes > MOST_WAITING:
                waiting.leave_out()
            if self._full:
                self._flush()
        if self._timer is None:
            self._timer = self._loop.call_later(self._batch_s, self._look_for_a_while)

    def mark(self, subject: Subject, side: Side, mark: Mark, time_ns: int) -> None:
        """Record an event, or the end of a side, in its place among the bytes."""
        self._waiting.mark(subject, side, mark, time_ns)
        if self._timer is None:
            self._timer = self._loop.call_later(self._batch_s, self._look_for_a_while)

    def look(self) -> None:
        """Look at what waits, and hand over the rows; what takes too long is left out."""
        while not self._look_until(monotonic_ns() + CLOSE_NS):
            self._waiting.leave_out()
        self._flush()

    @property
    def _full(self) -> bool:
        rows, listed = self._writer.rows, self._writer.listed
        return self._looked >= FLUSH_BYTES or rows >= FLUSH_ROWS or listed >= FLUSH_LISTED

    def _look_for_a_while(self) -> None:
        self._timer = None
        box = BOX_NS if self._waiting.bytes < MANY_BYTES else BUSY_BOX_NS
        if self._look_until(monotonic_ns() + box):
            self._flush()
            return
        if self._full:
            self._flush()
        if self._timer is None:
            self._timer = self._loop.call_soon(self._look_for_a_while)

    def _look_until(self, deadline: int) -> bool:
        """Look at what waits; returns whether that was all."""
        waiting = self._waiting
        while waiting:
            what = waiting.take()
            if isinstance(what, Noted):
                self._note(what.subject, what.side, what.mark, what.time_ns)
            elif isinstance(what, Unread):
                self._pass_over(what)
            else:
                self._looked += what.size
                self._spent = max(self._spent, what.end)
                self._scan(what, self.arena.part(what.place, what.size) if what.own is None else what.own)
                if monotonic_ns() > deadline:
                    return not waiting
        return True

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        many = self._looked >= MANY_BYTES or self._writer.rows >= MANY_ROWS
        self._batch_s = FLOOD_BATCH_S if many else BATCH_S
        self._looked = 0
        batch = self._writer.flush()
        if batch is not None:
            self._hand_over(batch)
        self.arena.spend(self._spent)
        self._spent = -1

    def close(self) -> None:
        """Look at what is left, and stop the timers."""
        self.look()
        self.stalled.close()

    def _scan(self, what: Stretch, data: memoryview) -> None:
        subject, side = what.subject, what.side
        if subject.stopped:
            return
        if subject.parser is None:
            subject.parser = Connection()
        before = subject.seen[side]
        subject.seen[side] += what.size
        try:
            items = subject.parser.scan(side, data, MOST_FRAMES)
        except Exception as error:  # noqa: BLE001 - a bug of the parser must not end anybody's traffic
            self._stop(subject, side, error, what.times_ns[0])
            return
        if not subject.typed:
            subject.name_types()
        subject.tapped.count.add(items)
        rows = self._writer.rows
        self._add(subject, side, items, self._arrivals(what, before))
        subject.looked_at(side, what.size, self._writer.rows - rows)
        if subject.parser.unread(side):  # it is slow: others first
            subject.together[side] = LEAST_TOGETHER
            self._waiting.go_on(subject, side, what.times_ns[-1])

    def _arrivals(self, what: Stretch, offset: int) -> int | Arrivals:
        """When the bytes came that begin at `offset` of their stream, wall time."""
        wall_ns = self._clock.wall_ns
        if len(what.ends) == 1:
            return wall_ns(what.times_ns[0])
        return Arrivals([offset + end for end in what.ends], [wall_ns(time_ns) for time_ns in what.times_ns])

    def _pass_over(self, what: Unread) -> None:
        subject, side = what.subject, what.side
        subject.seen[side] += what.size or 0
        if subject.parser is None:
            return
        try:
            self._add(subject, side, [*subject.parser.gap(side, what.size)], self._clock.wall_ns(what.time_ns))
        except Exception as error:  # noqa: BLE001 - as above
            self._stop(subject, side, error, what.time_ns)

    def _note(self, subject: Subject, side: Side, mark: Mark, time_ns: int) -> None:
        if not subject.sources:
            subject.name_types()
        if mark.end is None:
            at = self._clock.wall_ns(time_ns)
            self._writer.event(subject.sources[side], mark.name, mark.text, mark.details, at)
        elif subject.parser is not None:
            try:
                items: list[Event | Block] = [*subject.parser.end(mark.end)]
            except Exception as error:  # noqa: BLE001 - as above
                self._stop(subject, side, error, time_ns)
                return
            subject.tapped.count.add(items)
            self._add(subject, side, items, self._clock.wall_ns(time_ns))

    def _add(self, subject: Subject, side: Side, items: list[Event | Block], when: int | Arrivals) -> None:
        if subject.tapped.paused:
            items = [item for item in items if not isinstance(item, Block | Message)]
        if items:
            self._writer.add(subject.sources[side], items, when)

    def _stop(self, subject: Subject, side: Side, error: Exception, time_ns: int) -> None:
        subject.parser, subject.stopped = None, True
        log.error("the parser failed on connection %d", subject.number, exc_info=error)
        text = (
            f"zinspector could not read these bytes and stopped looking; they go on ({type(error).__name__}: {error})"
        )
        self._note(subject, side, Mark("STOPPED", text), time_ns)
