"""What of relayed connections waits to be looked at: bytes, events and ends, in the order in which they came."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from zinspector.runtime.flow import Side
from zinspector.runtime.subject import Mark, Subject

NOWHERE = -1  # place and position of bytes that aren't in the arena


@dataclass(slots=True, eq=False)
class Stretch:
    """Chunks of one side that lie one behind the other in the arena, or (`own`) one in memory of its own.

    `place` is that of the first byte in the memory, `end` the position behind the last one. What lies before `ends[i]`
    came at `times_ns[i]` (monotonic).
    """

    subject: Subject
    side: Side
    place: int
    end: int
    size: int
    times_ns: list[int]
    own: memoryview | None = None
    ends: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Noted:
    """An event, or the end of a side."""

    subject: Subject
    side: Side
    mark: Mark
    time_ns: int


@dataclass(slots=True)
class Unread:
    """Bytes that nobody will look at; how many is None for what the parser has taken in already."""

    subject: Subject
    side: Side
    size: int | None
    time_ns: int


class Waiting:
    """The queue. `bytes` wait in it."""

    def __init__(self) -> None:
        self.bytes = 0
        self._queue: deque[Stretch | Noted | Unread] = deque()
        self._last: Stretch | None = None  # of the queue: what comes may go on where it ends

    def __bool__(self) -> bool:
        return bool(self._queue)

    def chunk(self, subject: Subject, side: Side, time_ns: int, position: int, place: int, size: int) -> None:
        """These bytes are in the arena. As many are taken together as their side allows."""
        last = self._last
        self.bytes += size
        if (
            last is not None
            and last.place + last.size == place
            and last.subject is subject
            and last.side == side
            and last.size + size <= subject.together[side]
        ):
            last.size += size
            last.end = position + size
            last.ends.append(last.size)
            last.times_ns.append(time_ns)
            return
        self._last = Stretch(subject, side, place, position + size, size, [time_ns], None, [size])
        self._queue.append(self._last)

    def own(self, subject: Subject, side: Side, time_ns: int, data: bytes | None, size: int) -> None:
        """These bytes had no room in the arena; None: they are nowhere, but there were so many."""
        if data is None:
            self._queue.append(Unread(subject, side, size, time_ns))
        else:
            self.bytes += size
            self._queue.append(Stretch(subject, side, NOWHERE, NOWHERE, size, [time_ns], memoryview(data), [size]))
        self._last = None

    def mark(self, subject: Subject, side: Side, mark: Mark, time_ns: int) -> None:
        """An event, or the end of a side."""
        self._queue.append(Noted(subject, side, mark, time_ns))
        self._last = None

    def go_on(self, subject: Subject, side: Side, time_ns: int) -> None:
        """Have no new bytes of a side looked at next: the parser is not through with those it has."""
        self._queue.appendleft(Stretch(subject, side, NOWHERE, NOWHERE, 0, [time_ns], memoryview(b""), [0]))

    def take(self) -> Stretch | Noted | Unread:
        """The next one. Raises IndexError if there is none."""
        what = self._queue.popleft()
        if what is self._last:
            self._last = None
        if isinstance(what, Stretch):
            self.bytes -= what.size
        return what

    def leave_out(self) -> None:
        """Let nothing that waits of the connection whose turn it is be looked at: it is told so in its place."""
        subject = self._queue[0].subject
        for place, what in enumerate(self._queue):
            if isinstance(what, Stretch) and what.subject is subject:
                self.bytes -= what.size
                self._queue[place] = Unread(subject, what.side, what.size or None, what.times_ns[0])
        self._last = None
