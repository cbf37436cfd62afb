"""One side of a ZMTP connection in a capture: its bytes, gaps and all, to rows with their times.

After a gap the parser may not know where the next frame begins. It could seek for itself (`zmtp/resync.py`), by the
bytes alone, and be misled by payloads that hold ZMTP. Here segments are known, so only their beginnings are tried
(`proof`): what comes is held until one of them is proven, so nothing behind it is lost and all keeps its time. What was
seen and can't be understood is told as its size.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from zinspector.capture.packets import proof, verdict
from zinspector.capture.packets.columns import Ints
from zinspector.capture.packets.reassembly import Piece
from zinspector.capture.packets.scribe import Scribe
from zinspector.capture.packets.seen import Seen
from zinspector.capture.wire import WireSource
from zinspector.zmtp.connection import Connection
from zinspector.zmtp.events import Block, Event, Gap, Side, Stopped

WORTH_A_BLOCK = 1024  # bytes: of less, few messages are made one by one sooner
MOST_HELD = 64
MOST_HELD_BYTES = 1 << 18
LARGEST_SEGMENT = 1 << 16
NO_FRAME = b"\xff"  # a byte that begins none
LONGEST_REST = MOST_HELD // 2  # each segment is looked at once at least


class Voice:
    """Tells what one side says. `joined`: its first bytes here need not be the first of its stream."""

    def __init__(
        self, zmtp: Connection, side: Side, scribe: Scribe, source: Callable[[Side], WireSource], *, joined: bool
    ) -> None:
        self.side = side
        self.failed = False
        self._zmtp = zmtp
        self._scribe = scribe
        self._source = source
        self._joined = joined
        self._offset = 0
        self._beginnings = proof.Beginnings()
        self._held: list[tuple[Piece, bool]] = []
        self._skipped = self._skipped_ns = 0
        self._rests = 0  # segments to hold before the next look
        self._patience = 1

    @property
    def lost(self) -> bool:
        """Whether it isn't known where the next frame begins."""
        return self._zmtp.lost(self.side)

    def say(self, piece: Piece) -> None:
        """The next bytes, or a gap."""
        self._begin(piece.data, piece.time_ns)
        if piece.missing:
            self._before_cut(piece.missing)
            self._let_go()
            self._gap(piece.missing, piece.time_ns)
            return
        candidate = self._beginnings.may(len(piece.data))
        for each in self._found(piece, candidate) if self.lost else (piece,):
            self._read(each)

    def run(self, data: bytes, ends: Ints, times: Ints) -> None:
        """The next bytes, from many packets: where each ends in `data`, and when it was seen."""
        self._begin(data[: int(ends[0])], int(times[0]))
        first = start = 0
        while self.lost and first < len(ends):
            end = int(ends[first])
            piece = Piece(data[start:end], int(times[first]))
            found = self._found(piece, self._beginnings.may(len(piece.data)))
            if len(found) == 1:
                break  # the usual case: what it begins is read with all that follows
            for each in found:
                self._read(each)
            first, start = first + 1, end
        if first == len(ends):
            return
        data, ends, times = data[start:], ends[first:] - start, times[first:]
        self._beginnings.follow(ends)
        items = self._guarded(lambda: self._zmtp.scan(self.side, data))
        seen = Seen(ends + self._offset, times)
        self._offset += len(data)
        self._write_by_place(items, seen)

    def end(self, time_ns: int) -> None:
        """Nothing more comes."""
        self._let_go()
        items = self._guarded(lambda: self._zmtp.end(self.side))
        self._write(items, time_ns)

    def _begin(self, data: bytes, time_ns: int) -> None:
        """See by the first bytes of all whether those before them are missing."""
        if self._joined and not verdict.may_be_greeting(data):
            self._gap(None, time_ns)
        self._joined = False

    def _read(self, piece: Piece) -> None:
        self._offset += len(piece.data)
        read = self._zmtp.scan if len(piece.data) >= WORTH_A_BLOCK else self._zmtp.feed
        self._write(self._guarded(lambda: read(self.side, piece.data)), piece.time_ns)

    def _gap(self, size: int | None, time_ns: int) -> None:
        self._offset += size or 0
        self._beginnings.gap(size)
        self._write(self._guarded(lambda: self._zmtp.gap(self.side, size)), time_ns)

    def _found(self, piece: Piece, candidate: bool) -> Sequence[Piece]:
        """Keep what comes until a segment is proven to begin with a frame; returns that one and what follows it."""
        held = self._held
        held.append((piece, candidate))
        segments = [each.data for each, _ in held]
        self._rests -= 1
        if self._rests <= 0:
            self._rests = self._patience
            place = self._proven(segments)
            if place is not None:
                return self._resume(place)
        if len(held) > MOST_HELD or sum(map(len, segments)) > MOST_HELD_BYTES:
            self._patience = min(2 * self._patience, LONGEST_REST)
            self._skip(len(held) // 2)
        return ()

    def _before_cut(self, missing: int) -> None:
        """See whether the last held segment is one of whole frames, cut short by as many bytes as are missing now."""
        if not self._held or missing > LARGEST_SEGMENT:
            return
        last, may = self._held[-1]
        if may and proof.begins([last.data + NO_FRAME * missing], proof.ENOUGH_WHEN_KNOWN):
            for each in self._resume(len(self._held) - 1):
                self._read(each)

    def _proven(self, segments: list[bytes]) -> int | None:
        """The first held segment that begins with a frame, if there is one."""
        for place, (_, may) in enumerate(self._held):
            if may and proof.begins(segments[place:], proof.ENOUGH_WHEN_KNOWN):
                return place
        return None

    def _resume(self, place: int) -> list[Piece]:
        """Go on with the held pieces from this place on, the first of which begins with a frame."""
        self._skip(place)
        pieces = [each for each, _ in self._held]
        self._held = []
        self._patience = 1
        self._tell_skipped()
        items = self._guarded(lambda: self._zmtp.gap(self.side, 0, aligned=True))
        self._write([item for item in items if not isinstance(item, Gap)], pieces[0].time_ns)
        return pieces

    def _let_go(self) -> None:
        """What is held was never proven to begin with a frame, and never will be."""
        self._skip(len(self._held))
        self._tell_skipped()

    def _skip(self, count: int) -> None:
        """Give up on the first pieces that are held."""
        for piece, _ in self._held[:count]:
            self._skipped += len(piece.data)
            self._skipped_ns = piece.time_ns
        del self._held[:count]

    def _tell_skipped(self) -> None:
        """Tell how many bytes were seen and can't be understood."""
        size, self._skipped = self._skipped, 0
        if not size:
            return
        self._offset += size
        items = self._guarded(lambda: self._zmtp.gap(self.side, size))
        self._write([item for item in items if not isinstance(item, Gap)], self._skipped_ns)
        text = f"{size:,} bytes after a gap can't be understood"
        self._scribe.event(self._source(self.side), "GAP", text, {"size": 0, "skipped": size}, self._skipped_ns)

    def _write_by_place(self, items: Sequence[Event | Block], seen: Seen) -> None:
        source = self._source(self.side)
        for item, until in seen.ends(items):
            if isinstance(item, Block):
                times = seen.messages(item)
                self._scribe.add(source, [item], int(times[-1]), times)
            else:
                self._scribe.add(source, [item], seen.at(until))

    def _write(self, items: Sequence[Event | Block], time_ns: int) -> None:
        if items:
            self._scribe.add(self._source(self.side), items, time_ns)

    def _guarded(self, parse: Callable[[], Sequence[Event | Block]]) -> Sequence[Event | Block]:
        """What the parser found; whatever it raises is a bug of ours, and must cost this connection only."""
        if self.failed:
            return []
        try:
            return parse()
        except Exception as error:  # noqa: BLE001  # a parser that fails must not end the reading of a capture
            self.failed = True
            return [Stopped(f"a bug of zinspector, please report it: {type(error).__name__}: {error}")]
