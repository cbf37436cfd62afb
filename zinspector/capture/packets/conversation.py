"""What the two ends of one TCP connection said, as ZMTP: from bytes in order to rows.

- Nothing is told of a connection until it is known to speak ZMTP; then all is told from its beginning.
- The handshake goes packet by packet, in the order of the capture; after that each direction goes in runs.
- Socket types are told from the moment that both are known.
- A parser that fails ends the inspection of that connection only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from zinspector.capture.packets import verdict
from zinspector.capture.packets.columns import Ints
from zinspector.capture.packets.flow import Flow
from zinspector.capture.packets.reassembly import Piece
from zinspector.capture.packets.scribe import Scribe
from zinspector.capture.packets.seen import Seen
from zinspector.capture.packets.verdict import Said
from zinspector.capture.wire import WireSource
from zinspector.zmtp.connection import Connection
from zinspector.zmtp.events import Block, Event, Side, Stopped

AFTER_HANDSHAKE = 32
"""Pieces of both sides after which a handshake is over, whoever was seen: libzmq sends at most eight each way."""
SIDES: tuple[Side, Side] = ("connect", "bind")


class Conversation:
    """Takes what a `Flow` puts in order, and writes rows of it."""

    def __init__(self, scribe: Scribe) -> None:
        self.takes_runs = False
        self.deaf = False
        self.number = 0
        self._scribe = scribe
        self._said = (Said(), Said())
        self._held: list[tuple[int, Piece]] = []
        self._zmtp: Connection | None = None
        self._sides: tuple[Side, Side] = SIDES
        self._offsets = [0, 0]
        self._joined = [False, False]  # sides whose first bytes are not the first of their stream
        self._heard = 0
        self._other: str | None = None

    def piece(self, flow: Flow, side: int, piece: Piece) -> None:
        """The next bytes of one side, or a gap."""
        if self.deaf:
            return
        if self._zmtp is None:
            self._consider(flow, side, piece)
        else:
            self._speak(side, piece)

    def run(self, flow: Flow, side: int, data: bytes, ends: Ints, times: Ints) -> None:
        """The next bytes of one side from many packets."""
        zmtp = self._zmtp
        if zmtp is None:
            return
        items = self._guarded(lambda: zmtp.scan(self._sides[side], data))
        seen = Seen(ends + self._offsets[side], times)
        self._offsets[side] += len(data)
        source = self._source(side)
        for item, until in seen.ends(items):
            if isinstance(item, Block):
                self._scribe.add(source, [item], int(times[-1]), seen.messages(item))
            else:
                self._scribe.add(source, [item], seen.at(until))

    def ended(self, flow: Flow, side: int, time_ns: int) -> None:
        """One side closed."""
        zmtp = self._zmtp
        if zmtp is not None and not self.deaf:
            self._write(side, self._guarded(lambda: zmtp.end(self._sides[side])), time_ns)

    def closed(self, flow: Flow, side: int, time_ns: int, *, reset: bool) -> None:
        """The connection is over."""
        if flow.refused:
            self._scribe.refused(flow, side, time_ns)
            return
        self._conclude(flow)
        if self._zmtp is None:
            return
        if reset:
            for each in (0, 1):
                self.ended(flow, each, time_ns)
        by = self._sides[side]
        name, how = ("RESET", "reset") if reset else ("CLOSED", "closed")
        text = f"{how} by the end that {'connected' if by == 'connect' else 'listened'}"
        self._scribe.event(self._source(side), name, text, {"by": by, "reset": reset}, time_ns)

    def finish(self, flow: Flow) -> None:
        """Nothing more is seen of this connection."""
        self._conclude(flow)
        if self._other is not None:
            self._scribe.tally.count(self._other, flow.first_ns, size=flow.bytes)
        if not flow.over:
            for side in (0, 1):
                self.ended(flow, side, flow.last_ns)

    def _consider(self, flow: Flow, side: int, piece: Piece) -> None:
        """Hold what was said until it is known what is spoken."""
        for each, stream in zip(self._said, flow.streams, strict=True):
            each.from_start = stream.first is not None
        self._said[side].add(piece)
        self._held.append((side, piece))
        self._decide(flow, *verdict.judge(self._said))

    def _conclude(self, flow: Flow) -> None:
        if self._zmtp is None and not self.deaf and self._held:
            self._decide(flow, *verdict.judge(self._said, final=True))

    def _decide(self, flow: Flow, answer: verdict.Answer, name: str) -> None:
        if answer == "wait":
            return
        if answer == "zmtp":
            self._begin(flow)
        else:
            self.deaf = True
            self._other = self._scribe.other(flow, name)
        self._said, self._held = (Said(), Said()), []

    def _begin(self, flow: Flow) -> None:
        """It is ZMTP: tell all that was said."""
        listener = self._scribe.listener(flow)
        self._sides = ("bind", "connect") if listener == 0 else ("connect", "bind")
        self._zmtp = Connection()
        self.number = self._scribe.opened(flow, listener)
        self._joined = [not said.from_start for said in self._said]
        for side, piece in self._held:
            self._speak(side, piece)

    def _speak(self, side: int, piece: Piece) -> None:
        zmtp = self._zmtp
        if zmtp is None:
            return
        name = self._sides[side]
        if self._joined[side]:
            self._joined[side] = False
            if not verdict.may_be_greeting(piece.data):
                self._write(side, self._guarded(lambda: zmtp.gap(name, None)), piece.time_ns)
        if piece.missing:
            items = self._guarded(lambda: zmtp.gap(name, piece.missing))
        else:
            items = self._guarded(lambda: zmtp.scan(name, piece.data))
        self._offsets[side] += len(piece.data) + piece.missing
        self._write(side, items, piece.time_ns)
        self._heard += 1
        ready = self._heard >= AFTER_HANDSHAKE or all(peer.ready for peer in zmtp.peers.values())
        self.takes_runs = ready and not self.deaf

    def _write(self, side: int, items: Sequence[Event | Block], time_ns: int) -> None:
        if items:
            self._scribe.add(self._source(side), items, time_ns)

    def _guarded(self, parse: Callable[[], Sequence[Event | Block]]) -> Sequence[Event | Block]:
        """What the parser found; whatever it raises is a bug of ours, and must cost this connection only."""
        try:
            return parse()
        except Exception as error:  # noqa: BLE001  # a parser that fails must not end the reading of a capture
            self.deaf, self.takes_runs = True, False
            return [Stopped(f"a bug of zinspector, please report it: {type(error).__name__}: {error}")]

    def _source(self, side: int) -> WireSource:
        name = self._sides[side]
        mine, other = name, SIDES[name == "connect"]
        peers = self._zmtp.peers if self._zmtp is not None else {}
        types = [peers[each].socket_type if each in peers else None for each in (mine, other)]
        return WireSource(self._scribe.node, None, self.number, name, types[0], types[1])
