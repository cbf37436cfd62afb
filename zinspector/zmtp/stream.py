"""One side of a connection: its bytes in order, at any split, to events. What it reads depends on its phase: phase.py.

Rules: what is told depends on the order of the bytes of both sides, never on how they were cut into chunks. Less than
a header is kept between two chunks, and of a body only its head. The readable path and the fast path are the same
code; the fast path only tries runs.py first where a message may begin.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from zinspector.zmtp import runs
from zinspector.zmtp.anomalies import anomaly
from zinspector.zmtp.commands import CURVE_MESSAGE, SUBSCRIBERS
from zinspector.zmtp.events import Anomaly, Block, Bytes, Command, Event, Gap, Handshake, NotZmtp, Stopped
from zinspector.zmtp.foreign import sentence
from zinspector.zmtp.frames import COMMAND, Frame, FrameReader, Refused, strict
from zinspector.zmtp.greeting import FULL, NUMBERED_TYPES, OLD, SIGNATURE, UNVERSIONED, Judge, read_greeting
from zinspector.zmtp.handshake import Handshaking, check_identity
from zinspector.zmtp.peer import Peer
from zinspector.zmtp.phase import Phase
from zinspector.zmtp.resync import Seeker
from zinspector.zmtp.traffic import Traffic

MOST_HANDSHAKE: Final = 1 << 20
MUCH: Final = 1 << 15  # bytes of a run that were worth it, however few messages
LITTLE: Final = 1 << 10  # bytes that are read frame by frame: a block costs as much as ten frames
FEW: Final = 8  # messages in a run that weren't worth it
SLOW: Final = 32  # frames to read before the fast path gets its next chance; doubled each time that it fails
SLOWEST: Final = 4096


class Stream:
    """Reads one side. `other` must be set before the first byte."""

    def __init__(self, own: Peer, other: Peer, max_frame: int, masks: bool) -> None:
        self.peer = own
        self.phase = Phase.GREETING
        self.other: Stream
        self.judge = Judge()
        self.position = 0  # offset of the next byte that isn't understood yet
        self.traffic = Traffic(own, other, max_frame, masks)
        self._handshake = Handshaking(own, other, masks)
        self._reader = FrameReader(False, MOST_HANDSHAKE)
        self._seeker = Seeker()
        self._tail = b""
        self._scanner = runs.Scanner()
        self._patience = SLOW
        self._scans = False
        self._most: int | None = None
        self.unread = False  # whole frames are left of what came: `read` goes on without new bytes

    def read(self, data: Bytes, fast: bool, most: int | None = None) -> list[Event | Block]:
        """The next bytes of this side; `fast` allows blocks. At `most` frames read one by one, the rest is `unread`."""
        self._most = most
        out: list[Event | Block] = []
        if not (data or self.unread) or self.phase is Phase.DEAF:
            self.position += len(data)
            return out
        if self.phase is Phase.LOST:
            self._seek(bytes(data), out, fast)
            return out
        return self._read(data, fast)

    def _read(self, data: Bytes, fast: bool) -> list[Event | Block]:
        out: list[Event | Block] = []
        self.peer.seen = True
        if self.phase is Phase.GREETING:
            data = self.judge.take(bytes(data), self.other.judge.known) or b""
            self._greeted(out)
        if self._tail:
            data = self._tail + data
            self._tail = b""
        elif len(data) < MUCH:
            data = bytes(data)  # to copy little costs less than to look at it through a view
        try:
            at = self._frames(data, out, fast)
        except Refused as refusal:
            self._stop(refusal.wrong, out)
            return out
        self._tail = bytes(data[at:])
        return out

    def _greeted(self, out: list[Event | Block]) -> None:
        """Go on with what the greeting said, if it did."""
        judge = self.judge
        length, revision = judge.length, judge.revision
        if judge.protocol is not None:
            out.append(NotZmtp(judge.protocol, sentence(judge.protocol), 0))
            self._deafen()
        self._suppose_type()
        self.other._suppose_type()
        if length is None:
            return
        greeting = read_greeting(bytes(judge.held[:length]))
        wrong = [*greeting.anomalies]
        peer, other = self.peer, self.other.peer
        old = revision in (UNVERSIONED, 0)
        version = greeting.version if length == FULL else ((1, 0) if old else (2, 0))
        if length == FULL:
            self.phase = Phase.HANDSHAKE
            peer.mechanism, peer.socket_type = greeting.mechanism, None
            if other.mechanism is not None and other.mechanism != peer.mechanism:
                wrong.append(anomaly("mechanism-mismatch", OLD, mine=peer.mechanism, other=other.mechanism))
            if other.version is not None and other.version < (3, 0):
                wrong.append(anomaly("no-downgrade", 10, other=f"ZMTP {other.version[0]}.{other.version[1]}"))
        else:
            self.phase = Phase.IDENTITY
            self._reader = FrameReader(old, MOST_HANDSHAKE)
            self.traffic.commands = False
            peer.socket_type, peer.ready = greeting.socket_type, True
        peer.version = version
        self.position = length
        judge.held.clear()
        self.other.expect_topics()
        out.append(replace(greeting, version=version, anomalies=tuple(wrong)))

    def _suppose_type(self) -> None:
        """Note what a 2.0 peer takes this side to be: it may send before byte 13 tells whether that is right."""
        held = self.judge.held
        if self.phase is Phase.GREETING and len(held) == OLD and held[SIGNATURE] and self.other.judge.known == 1:
            self.peer.socket_type = NUMBERED_TYPES[held[-1]] if held[-1] < len(NUMBERED_TYPES) else None

    def _frames(self, data: Bytes, out: list[Event | Block], fast: bool) -> int:
        """Read all whole frames; returns how much of the data was understood."""
        reader, at, end = self._reader, 0, len(data)
        slow = FEW if fast and self._brief(data) else 0  # frames to read before the fast path is worth a try
        left = self._most
        self.unread = False
        while at < end and self.phase is not Phase.DEAF:
            if fast and slow <= 0 and not (reader.inside or self.traffic.inside) and self._ordinary():
                found = self._scan(data, at)
                good = found is not None and (len(found.counts) >= FEW or runs.behind(found) - at >= MUCH)
                self._patience = SLOW if good else min(2 * self._patience, SLOWEST)
                slow = 1 if good else self._patience
                if found is not None:
                    out.append(found)
                    at = runs.behind(found)
                    continue
            if left is not None:
                if not left:
                    self.unread = True
                    return at
                left -= 1
            slow -= 1
            behind, frame = reader.read(data, at, self.position)
            self.position += behind - at
            if frame is None:
                return behind
            at = behind
            self._frame(frame, out)
        return at

    def _brief(self, data: Bytes) -> bool:
        """Whether so few messages came, such as one request, that a block would cost more than to read them."""
        size = len(data)
        return size < LITTLE or (size < MUCH and size < FEW * runs.long_frame(data, 0))

    def _ordinary(self) -> bool:
        """Whether the fast path may look for messages here."""
        return self.phase is Phase.TRAFFIC and self._scans and self.traffic.plain

    def _scan(self, data: Bytes, at: int) -> Block | None:
        """A run of messages, if there is one."""
        traffic = self.traffic
        nonce = traffic.last_nonce if traffic.curve else None
        found = self._scanner.scan(data, at, self.position, self._reader.limit, nonce)
        if found is not None:
            self.position += runs.behind(found) - at
            if traffic.curve:
                traffic.last_nonce = runs.last_nonce(found)
        return found

    def _frame(self, frame: Frame, out: list[Event | Block]) -> None:
        wrong = strict(frame, self._reader.old, self.traffic.commands) if frame.flags or frame.corrupt else ()
        if self.phase is Phase.TRAFFIC:
            command = frame.flags & COMMAND and self.traffic.commands
            event: Event | None = self._handshake.late(frame, wrong) if command else None
            if event is not None:
                self.traffic.headless = False
                self.expect_topics()
            else:
                event = self.traffic.frame(frame, wrong)
            self._reader.limit = self.traffic.room
        elif self.phase is Phase.IDENTITY:
            event = self._identity(frame, wrong)
        else:
            event = self._shake(frame, wrong)
        if event is not None:
            out.append(event)

    def _identity(self, frame: Frame, wrong: tuple[Anomaly, ...]) -> Handshake:
        if frame.offset == 0 and frame.header == 10 and frame.flags == 0x7F:
            wrong = ()  # a signature that became the header of this frame
        wrong += (*check_identity(frame.body, frame.offset),)
        self.peer.identity = self.traffic.masked(frame).body
        self._begin_traffic()
        return Handshake("IDENTITY", self.peer.identity, frame.offset, wrong)

    def _shake(self, frame: Frame, wrong: tuple[Anomaly, ...]) -> Event | None:
        handshake = self._handshake
        event = None if self.traffic.inside and not frame.flags & COMMAND else handshake.frame(frame, wrong)
        if event is not None:
            if handshake.done:
                self._begin_traffic()
            return event
        if self._handshake.state == "" and self.peer.mechanism not in ("NULL", "PLAIN", "CURVE"):
            self._begin_traffic()
            return self.traffic.frame(frame, wrong)
        return self.traffic.frame(frame, (*wrong, anomaly("message-before-ready", frame.offset)))

    def _begin_traffic(self) -> None:
        self.phase = Phase.TRAFFIC
        self.peer.ready = True
        self.traffic.curve = self.peer.mechanism == "CURVE"
        self.expect_topics()
        self._reader.limit = self.traffic.room
        self._scans = not self._reader.old and self.traffic.room >= 255

    def expect_topics(self) -> None:
        """Read subscriptions as they are sent to old peers, as far as is known who that is."""
        versions = (self.peer.version, self.other.peer.version)
        old = any(version is not None and version < (3, 1) for version in versions)
        subscribes = self.phase is Phase.TRAFFIC and self.peer.socket_type in SUBSCRIBERS
        self._reader.topics = old and subscribes and not self._reader.old

    def _stop(self, wrong: Anomaly, out: list[Event | Block]) -> None:
        if self.traffic.inside:
            out.append(self.traffic.cut(None, (anomaly("incomplete-message", wrong.offset),)))
        out.append(Stopped(f"{wrong.text}; not followed", wrong.offset, (wrong,)))
        self._deafen()

    def _deafen(self) -> None:
        self.phase = Phase.DEAF
        self.peer.ready = True
        self._tail = b""
        self.judge.held.clear()

    def gap(self, size: int | None, aligned: bool) -> list[Event | Block]:
        """Bytes that nobody saw; `aligned`: the caller can prove that a frame begins behind them, if not a message."""
        out: list[Event | Block] = []
        self.unordered()
        if self.phase is Phase.DEAF:
            self.position += size or 0
            return out
        if self.phase is Phase.LOST:
            self.position += self._seeker.seen
        elif size is not None and self._bridged(size, out):
            return out
        else:
            out += self._cut("gap-in-message", "gap-in-command")
        self.position += len(self._tail) + len(self.judge.held)
        out.append(Gap(size, self.position))
        self.position += size or 0
        self._lose()
        if self._reader.old:
            out.append(Stopped("ZMTP 1.0 has nothing by which to find the next frame after a gap", self.position))
            self._deafen()
        elif aligned:
            self._resume(b"")
            self.traffic.headless = not self.traffic.curve and self.peer.socket_type not in SUBSCRIBERS
        return out

    def unordered(self) -> None:
        """From now on nothing is concluded from which side spoke first."""
        self.traffic.ordered = self.other.traffic.ordered = False

    def _bridged(self, size: int, out: list[Event | Block]) -> bool:
        """Whether a gap ends the greeting or a frame, or lies inside a message: then the next frame is where it was.

        That is how packets lack bytes that were cut short when they were captured.
        """
        reader = self._reader
        if self.phase is Phase.GREETING:
            if not self.judge.skip(size):
                return False
            out.append(Gap(size, len(self.judge.held)))
            self._greeted(out)
            return True
        command = self.phase is Phase.HANDSHAKE or (reader.partial().flags & COMMAND and self.traffic.commands)
        if self.phase is Phase.IDENTITY or (command and size != reader.missing) or not reader.skip(size):
            return False
        out.append(Gap(size, self.position))
        self.position += size
        wrong = anomaly("gap-in-command" if command else "gap-in-message", self.position - size)
        if not command:
            self.traffic.note(wrong)
        if not reader.missing:
            frame = reader.close()
            if command:
                out.append(self._glimpsed(frame, (wrong,)))
            else:
                self._frame(frame, out)
        return True

    def _glimpsed(self, frame: Frame, wrong: tuple[Anomaly, ...]) -> Event:
        """A command whose end nobody saw: nothing of it is told but what a READY said of its socket."""
        if self.phase is not Phase.HANDSHAKE:
            return Command("", b"", 0, frame.offset, wrong)
        event = self._handshake.glimpsed(frame, wrong)
        self._handshake.holed = self._handshake.holed or not self._handshake.done
        self._begin_traffic()
        return event

    def _lose(self) -> None:
        """Nobody knows any more where a frame begins, nor what was said."""
        self._handshake.holed = True
        self.traffic.headless = False
        self.phase = Phase.LOST
        self.peer.seen = self.peer.ready = True
        self._tail = b""
        self.judge.held.clear()
        self._seeker = Seeker()
        self._reader = FrameReader(self._reader.old, self._reader.limit)

    def _resume(self, first: bytes) -> None:
        """A frame begins here."""
        if self.peer.mechanism is None and self.other.peer.mechanism is not None:
            self.peer.mechanism = self.other.peer.mechanism
        body = 9 if first[:1] in (b"\2", b"\3") else 2
        if self.peer.mechanism is None and first.startswith(CURVE_MESSAGE, body):
            self.peer.mechanism = "CURVE"
        self.traffic.commands = (self.peer.version or self.other.peer.version or (3, 1)) >= (3, 0)
        self._begin_traffic()

    def _seek(self, data: bytes, out: list[Event | Block], fast: bool, *, ends: bool = False) -> None:
        """Look for proof, and go on from there."""
        found = self._seeker.add(data, ends=ends)
        if found is None:
            return
        self.position += found[0]
        self._resume(found[1])
        out += self._read(found[1], fast)

    def end(self) -> list[Event | Block]:
        """Nothing more comes."""
        out: list[Event | Block] = []
        if self.phase is Phase.GREETING:
            self._end_greeting(out)
        if self.phase is Phase.LOST:
            self._seek(b"", out, False, ends=True)
        if self._tail and self._reader.topics:
            self._reader.topics = False
            self._tail = self._tail[self._frames(self._tail, out, False) :]
        if self.phase in (Phase.IDENTITY, Phase.HANDSHAKE, Phase.TRAFFIC):
            out += self._cut("incomplete-message", "incomplete-command")
        self._deafen()
        return out

    def _end_greeting(self, out: list[Event | Block]) -> None:
        judge = self.judge
        if not judge.held:
            return
        if judge.finish(self.other.judge.known):
            left = judge.left()
            self._greeted(out)
            self._tail = left[self._frames(left, out, False) :]
            return
        told = read_greeting(bytes(judge.held))
        out.append(replace(told, anomalies=(anomaly("incomplete-greeting", 0, size=len(judge.held)),)))

    def _cut(self, of_message: str, of_command: str) -> list[Event | Block]:
        """What has begun and won't end, with the anomaly that says why."""
        reader, traffic = self._reader, self.traffic
        rest = reader.partial() if reader.inside else None
        flags = rest.flags if rest else (self._tail[0] if self._tail else 0)
        if rest is None and not self._tail and not traffic.inside:
            return []
        offset = rest.offset if rest else self.position
        wrong = (anomaly(of_command, offset),)
        if self.phase is Phase.IDENTITY:
            return [Handshake("IDENTITY", traffic.masked(rest).body if rest else b"", offset, wrong)]
        if self.phase is Phase.HANDSHAKE and not traffic.inside:
            return [Handshake("", b"", offset, wrong)]
        out: list[Event | Block] = []
        if flags & COMMAND and traffic.commands:
            out.append(Command("", b"", 0, offset, wrong))
            if not traffic.inside:
                return out
            rest = None
        elif rest is None and not traffic.inside:
            rest = Frame(0, b"", 0, offset, 0)
        out.append(traffic.cut(rest, (anomaly(of_message, offset),)))
        return out
