"""One TCP connection of a capture: who opened it, what each end sent in order, how it ended (RFC 9293, 3.5 and 3.6).

- Who listened is the end that sent SYN and ACK; without them the connection is told as not `handshaken`.
- Once the order between both directions does not matter, packets that follow each other in one are put in order and
  handed on as runs, at once; until then, and for what begins or ends a connection, all goes packet by packet.
- A hole is given up `PATIENCE_NS` after the receiver acknowledged it (packets of a capture can be slightly out of
  order), `LONG_NS` after that when nobody acknowledges, and when the connection ends.
- A SYN with another sequence number is another connection between the same ends; so are bytes that can't belong to one
  that is over, when the SYN was not captured. It is left to the caller.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from zinspector.capture.packets.columns import Ints
from zinspector.capture.packets.reassembly import Piece, Stream, joined
from zinspector.capture.packets.sink import Sink
from zinspector.capture.packets.transport import ACK, FIN, RST, SYN, Segments

PATIENCE_NS = 20_000_000
LONG_NS = 10_000_000_000
CONTROL = SYN | FIN | RST
WORTH_A_RUN = 8
LISTED = 64
FAR = 1 << 29  # bytes of a connection at once: positions are told by 32 bits
UNDERWAY = 1 << 22  # bytes that may still come from an end that was reset
LATE = 1 << 26  # bytes up to the end that may come once more
MASK = (1 << 32) - 1


class Flow:
    """Follows the packets of one TCP connection between two ends, side 0 and side 1."""

    __slots__ = (
        *("_first_fin", "_told", "bytes", "ends", "first_ns", "handshaken", "last_ns", "listener", "opened_ns"),
        *("over", "refused", "sink", "streams", "syn_from"),
    )

    def __init__(self, ends: tuple[int, int], sink: Sink, time_ns: int) -> None:
        self.ends = ends
        self.sink = sink
        self.streams = (Stream(), Stream())
        self.first_ns = self.last_ns = time_ns
        self.opened_ns: int | None = None
        self.listener: int | None = None
        self.syn_from: int | None = None
        self.handshaken = False
        self.refused = False
        self.over = False
        self.bytes = 0
        self._first_fin: int | None = None
        self._told = [False, False]

    @property
    def holed(self) -> bool:
        """Whether something is missing that may still come."""
        return not self.over and any(stream.missing > 0 for stream in self.streams)

    def take(self, data: bytes, segments: Segments, times: Ints) -> int:
        """Follow the next segments; returns how many, fewer than all when another connection begins there."""
        count = len(segments)
        self.bytes += int(segments.lengths.sum())
        stops = self._stops(segments) if count >= WORTH_A_RUN and not self._ignores else None
        position = listed = 0
        rows: list[tuple[int, ...]] = []
        while position < count:
            if self._ignores:
                return self._next_connection(segments, position)
            if stops is not None and self.sink.takes_runs:
                stop = int(stops[np.searchsorted(stops, position)])
                if stop - position >= WORTH_A_RUN:
                    self._all(data, segments.part(position, stop), times[position:stop])
                    position = stop
                    continue
            if not listed <= position < listed + len(rows):
                listed, rows = position, _rows(segments, times, position)
            if not self._one(data, *rows[position - listed]):
                return position
            position += 1
        return count

    def sweep(self, now_ns: int) -> None:
        """Give up what nobody will send again."""
        for side, stream in enumerate(self.streams):
            self._hand_on(side, _given_up(stream, now_ns))
        if self._first_fin is not None:
            self._tell_ends()

    def finish(self) -> None:
        """No more packets come: tell what waits, and what is missing."""
        if self.over:
            return
        for side, stream in enumerate(self.streams):
            while stream.missing > 0:
                self._hand_on(side, stream.give_up())
        self._tell_ends()

    @property
    def _waits(self) -> bool:
        return self.streams[0].waiting or self.streams[1].waiting

    @property
    def _ignores(self) -> bool:
        return self.over or self.sink.deaf

    def _next_connection(self, segments: Segments, position: int) -> int:
        """The first segment from `position` on that begins another connection."""
        left = segments.part(position, len(segments))
        foreign = position + (self._foreign(left) if self.over else len(left))
        for at in (position + np.flatnonzero(segments.flags[position:foreign] & SYN)).tolist():
            if self.streams[int(segments.sides[at])].first != int(segments.sequences[at]) + 1 & MASK:
                return int(at)
        return foreign

    def _foreign(self, segments: Segments) -> int:
        """The first segment with bytes that are of no connection that ended as this one did."""
        found = [len(segments)]
        for side, stream in enumerate(self.streams):
            end = stream.next if stream.end is None else stream.end
            these = np.flatnonzero((segments.sides == side) & (segments.kept > 0) & (segments.flags & SYN == 0))
            if end is not None and len(these):
                behind = stream.place(segments.sequences[these]) - end
                most = UNDERWAY if stream.end is None else 0
                found += these[(behind > most) | (behind < -LATE)][:1].tolist()
        return min(found)

    def _stops(self, segments: Segments) -> Ints:
        """Up to where segments may be taken at once: what begins or ends a connection, and the number of segments."""
        control = np.flatnonzero(segments.flags & CONTROL)
        far = np.flatnonzero(np.diff(np.cumsum(segments.lengths) // FAR, prepend=0))
        return np.union1d(control, np.append(far, len(segments)))

    def _all(self, data: bytes, part: Segments, times: Ints) -> None:
        """Follow segments that only carry data, each side for itself."""
        says = [np.flatnonzero((part.sides == side) & (part.flags & ACK > 0)) for side in (1, 0)]
        for stream, these in zip(self.streams, says, strict=True):
            stream.acknowledge_all(part.acknowledged[these], times[these])
        for side, stream in enumerate(self.streams):
            these = np.flatnonzero((part.kept > 0) & (part.sides == side))
            if len(these):
                columns = (each[these] for each in (part.sequences, part.starts, part.kept, times))
                self._hand_on(side, self._assembled(stream, data, *columns))
        for stream, these in zip(self.streams, says, strict=True):
            if len(these):
                stream.acknowledged = max(stream.acknowledged, int(stream.place(part.acknowledged[these]).max()))
        self.last_ns = max(self.last_ns, int(times.max()))
        if self._first_fin is not None:
            self._tell_ends()

    def _assembled(
        self, stream: Stream, data: bytes, sequences: Ints, starts: Ints, sizes: Ints, times: Ints
    ) -> list[Piece]:
        """Segments of one side in order: those that follow each other at once."""
        places, ends = stream.place(sequences), np.cumsum(sizes)
        breaks = np.flatnonzero(places[1:] != (places + sizes)[:-1]) + 1
        parts = [data[a:b] for a, b in zip(starts.tolist(), (starts + sizes).tolist(), strict=True)]
        found: list[Piece] = []
        for first, last in pairwise([0, *breaks.tolist(), len(sizes)]):
            piece = Piece(parts[first], int(times[first]))
            if stream.waiting:
                found += _given_up(stream, piece.time_ns)
            if last - first > 1:
                before = ends[first - 1] if first else 0
                seen = times[first:last]
                piece = Piece(b"".join(parts[first:last]), int(seen[-1]), 0, ends[first:last] - before, seen)
            found += stream.put(int(places[first]), piece)
            while stream.crowded:
                found += stream.give_up()
        return found

    def _one(
        self,
        data: bytes,
        side: int,
        sequence: int,
        acknowledged: int,
        flags: int,
        start: int,
        length: int,
        kept: int,
        now: int,
    ) -> bool:
        """Follow one segment; False when it begins another connection."""
        if flags & SYN and not self._synchronise(side, sequence, acknowledged, flags, now):
            return False
        self.last_ns = max(self.last_ns, now)
        if flags & RST:
            self._reset(side, now)
            return True
        stream = self.streams[side]
        if flags & ACK:
            self.streams[1 - side].acknowledge(acknowledged, now)
        if length:
            sequence += bool(flags & SYN)
            self._open(now)
            if self._waits:
                self.sweep(now)
            self._hand_on(side, stream.add(sequence & MASK, data[start : start + kept], now))
            if stream.crowded:
                self._hand_on(side, stream.give_up())
        if flags & FIN:
            stream.close(sequence + length & MASK, now)
            self._first_fin = side if self._first_fin is None else self._first_fin
        if self._first_fin is not None:
            self._tell_ends()
        return True

    def _synchronise(self, side: int, sequence: int, acknowledged: int, flags: int, now: int) -> bool:
        """Take in a SYN; False when it isn't the one that began this connection."""
        stream, other = self.streams[side], self.streams[1 - side]
        first = sequence + 1 & MASK
        if stream.next is not None and stream.first != first:
            return False
        if stream.next is None:
            stream.begin(first)
        if not flags & ACK:
            self.syn_from = side
            return True
        self.listener, self.handshaken = side, True
        if other.next is None:
            other.begin(acknowledged)
        self._open(now)
        return True

    def _open(self, now: int) -> None:
        if self.opened_ns is None:
            self.opened_ns = now
            if self.listener is None and self.syn_from is not None:
                self.listener, self.handshaken = 1 - self.syn_from, True

    def _reset(self, side: int, now: int) -> None:
        if self.opened_ns is None:
            self.refused, self.over = self.syn_from == 1 - side, True
            if self.refused:
                self.sink.closed(self, side, now, reset=True)
            return
        self.finish()
        if not self.over:
            self.over = True
            self.sink.closed(self, side, now, reset=True)

    def _hand_on(self, side: int, pieces: list[Piece]) -> None:
        """Tell what is in order now; what follows each other at once, when it may."""
        run: list[Piece] = []
        for piece in pieces:
            if self.sink.takes_runs and not piece.missing:
                run.append(piece)
                continue
            self._hand_run(side, run)
            run = []
            self.sink.piece(self, side, piece)
        self._hand_run(side, run)

    def _hand_run(self, side: int, pieces: list[Piece]) -> None:
        if not pieces:
            return
        run = joined(pieces)
        if run.ends is None or run.times is None:
            self.sink.piece(self, side, run)
        else:
            self.sink.run(self, side, run.data, run.ends, run.times)

    def _tell_ends(self) -> None:
        for side, stream in enumerate(self.streams):
            if stream.finished and not self._told[side]:
                self._told[side] = True
                self.sink.ended(self, side, max(stream.time_ns, stream.end_ns))
        if all(self._told) and not self.over:
            self.over = True
            by = self._first_fin if self._first_fin is not None else 0
            self.sink.closed(self, by, max(stream.end_ns for stream in self.streams), reset=False)


def _given_up(stream: Stream, now_ns: int) -> list[Piece]:
    """The gaps that nobody will fill any more, with what follows them."""
    pieces: list[Piece] = []
    while (waits_since := stream.waits_since) is not None and now_ns - waits_since >= PATIENCE_NS:
        lost_since = stream.lost_since
        if now_ns - waits_since < LONG_NS and (lost_since is None or now_ns - lost_since < PATIENCE_NS):
            break
        pieces += stream.give_up()
    return pieces


def _rows(segments: Segments, times: Ints, start: int) -> list[tuple[int, ...]]:
    """Some segments as plain numbers: side, sequence, acknowledged, flags, start, length, kept, time."""
    part = segments.part(start, start + LISTED)
    columns = (part.sides, part.sequences, part.acknowledged, part.flags, part.starts, part.lengths, part.kept)
    return list(zip(*(column.tolist() for column in (*columns, times[start : start + LISTED])), strict=True))
