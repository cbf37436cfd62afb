"""One TCP connection of a capture: who opened it, what each end sent in order, how it ended (RFC 9293, 3.5 and 3.6).

- Who listened is the end that sent SYN and ACK; without them the connection is told as not `handshaken`.
- Packets that are simply the next ones in both directions are handed on as runs, joined at once; everything else goes
  packet by packet.
- A hole is given up `PATIENCE_NS` after the receiver acknowledged it (packets of a capture can be slightly out of
  order), `LONG_NS` after that when nobody acknowledges, and when the connection ends.
- A SYN with another sequence number is another connection between the same ends; it is left to the caller.
"""

from __future__ import annotations

import numpy as np

from zinspector.capture.packets.columns import Ints
from zinspector.capture.packets.reassembly import Piece, Stream
from zinspector.capture.packets.sink import Sink
from zinspector.capture.packets.transport import ACK, FIN, RST, SYN, Segments

PATIENCE_NS = 20_000_000
LONG_NS = 10_000_000_000
CONTROL = SYN | FIN | RST
WORTH_A_RUN = 8
LISTED = 64
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
        breaks = self._breaks(segments) if count >= WORTH_A_RUN and not self._ignores else None
        position = listed = 0
        rows: list[tuple[int, ...]] = []
        while position < count:
            if self._ignores:
                return self._next_connection(segments, position)
            if breaks is not None and self.sink.takes_runs and not self._waits:
                stop = int(breaks[np.searchsorted(breaks, position, side="right")])
                if stop - position >= WORTH_A_RUN and self._run(data, segments, times, position, stop):
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
            self._give_up_lost(side, stream, now_ns)
        if self._first_fin is not None:
            self._tell_ends(now_ns)

    def finish(self) -> None:
        """No more packets come: tell what waits, and what is missing."""
        if self.over:
            return
        for side, stream in enumerate(self.streams):
            while stream.missing > 0:
                self._hand_on(side, stream.give_up())
        self._tell_ends(self.last_ns)

    @property
    def _waits(self) -> bool:
        return self.streams[0].waiting or self.streams[1].waiting

    @property
    def _ignores(self) -> bool:
        return self.over or self.sink.deaf

    def _next_connection(self, segments: Segments, position: int) -> int:
        """The first segment from `position` on that begins another connection."""
        for at in (position + np.flatnonzero(segments.flags[position:] & SYN)).tolist():
            if self.streams[int(segments.sides[at])].first != int(segments.sequences[at]) + 1 & MASK:
                return int(at)
        return len(segments)

    def _breaks(self, segments: Segments) -> Ints:
        """Where something else than the next bytes comes, in order; the number of segments last."""
        full = segments.lengths > 0
        odd = (segments.flags & CONTROL > 0) | (segments.kept < segments.lengths)
        for side in (0, 1):
            these = np.flatnonzero(full & (segments.sides == side))
            ends = segments.sequences[these] + segments.lengths[these] & MASK
            odd[these[1:][segments.sequences[these[1:]] != ends[:-1]]] = True
        return np.append(np.flatnonzero(odd), len(segments))

    def _run(self, data: bytes, segments: Segments, times: Ints, start: int, stop: int) -> bool:
        """Hand on segments that follow each other, if they follow what was before, too."""
        part = segments.part(start, stop)
        if part.flags[0] & CONTROL or part.kept[0] < part.lengths[0]:
            return False
        chosen = [np.flatnonzero((part.lengths > 0) & (part.sides == side)) for side in (0, 1)]
        for stream, these in zip(self.streams, chosen, strict=True):
            if stream.waiting or (len(these) and stream.next is None):
                return False
            if len(these) and int(part.sequences[these[0]]) != (stream.next or 0) & MASK:
                return False
        for side, these in enumerate(chosen):
            if len(these):
                self._join(side, data, part, these, times[start:stop])
        for side in (0, 1):
            says = np.flatnonzero((part.sides == side) & (part.flags & ACK > 0))
            if len(says):
                self.streams[1 - side].acknowledge(int(part.acknowledged[says[-1]]))
        self.last_ns = int(times[stop - 1])
        return True

    def _join(self, side: int, data: bytes, part: Segments, these: Ints, times: Ints) -> None:
        stream = self.streams[side]
        starts, lengths = part.starts[these], part.lengths[these]
        ends = np.cumsum(lengths)
        seen = np.maximum.accumulate(np.maximum(times[these], stream.time_ns))
        whole = b"".join([data[a:b] for a, b in zip(starts.tolist(), (starts + lengths).tolist(), strict=True)])
        stream.run(whole, int(seen[-1]))
        self.sink.run(self, side, whole, ends, seen)

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
            self.streams[1 - side].acknowledge(acknowledged)
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
            self._tell_ends(now)
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

    def _give_up_lost(self, side: int, stream: Stream, now: int) -> None:
        while True:
            since = stream.lost_since(now)
            if since is None:
                waits_since = stream.waits_since
                if waits_since is None or now - waits_since < LONG_NS:
                    return
            elif now - since < PATIENCE_NS:
                return
            self._hand_on(side, stream.give_up())

    def _hand_on(self, side: int, pieces: list[Piece]) -> None:
        for place, piece in enumerate(pieces):
            rest = pieces[place:]
            if self.sink.takes_runs and len(rest) >= WORTH_A_RUN and not any(each.missing for each in rest):
                ends = np.cumsum([len(each.data) for each in rest])
                times = np.array([each.time_ns for each in rest], np.int64)
                self.sink.run(self, side, b"".join([each.data for each in rest]), ends, times)
                return
            self.sink.piece(self, side, piece)

    def _tell_ends(self, now: int) -> None:
        for side, stream in enumerate(self.streams):
            if stream.finished and not self._told[side]:
                self._told[side] = True
                self.sink.ended(self, side, max(stream.time_ns, stream.end_ns))
        if all(self._told) and not self.over:
            self.over = True
            by = self._first_fin if self._first_fin is not None else 0
            self.sink.closed(self, by, max(stream.end_ns for stream in self.streams), reset=False)


def _rows(segments: Segments, times: Ints, start: int) -> list[tuple[int, ...]]:
    """Some segments as plain numbers: side, sequence, acknowledged, flags, start, length, kept, time."""
    part = segments.part(start, start + LISTED)
    columns = (part.sides, part.sequences, part.acknowledged, part.flags, part.starts, part.lengths, part.kept)
    return list(zip(*(column.tolist() for column in (*columns, times[start : start + LISTED])), strict=True))
