"""What the two ends of one TCP connection said, as ZMTP: from bytes in order to rows.

- Nothing is told of a connection until it is known to speak ZMTP; then all is told from its beginning.
- The handshake goes packet by packet, in the order of the capture; after that each direction goes in runs.
- Where one end acknowledged bytes of the other that weren't seen before, nothing is concluded from who spoke first.
- Socket types are told from the moment that they are known.
- A parser that fails ends the inspection of that connection only.
"""

from __future__ import annotations

from zinspector.capture.packets import verdict
from zinspector.capture.packets.columns import Ints
from zinspector.capture.packets.flow import Flow
from zinspector.capture.packets.reassembly import Piece
from zinspector.capture.packets.scribe import Scribe
from zinspector.capture.packets.verdict import Said
from zinspector.capture.packets.voice import Voice
from zinspector.capture.wire import WireSource
from zinspector.zmtp.connection import Connection
from zinspector.zmtp.events import Side

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
        self._voices: tuple[Voice, Voice] | None = None
        self._heard = 0
        self._other: str | None = None

    def piece(self, flow: Flow, side: int, piece: Piece) -> None:
        """The next bytes of one side, or a gap."""
        if self.deaf:
            return
        if self._voices is None:
            self._consider(flow, side, piece)
        else:
            self._compare(flow, side)
            self._speak(self._voices[side], piece)

    def run(self, flow: Flow, side: int, data: bytes, ends: Ints, times: Ints) -> None:
        """The next bytes of one side from many packets."""
        if self._voices is not None:
            self._compare(flow, side)
            self._voices[side].run(data, ends, times)
            self._look()

    def ended(self, flow: Flow, side: int, time_ns: int) -> None:
        """One side closed."""
        if self._voices is not None and not self.deaf:
            self._voices[side].end(time_ns)

    def closed(self, flow: Flow, side: int, time_ns: int, *, reset: bool) -> None:
        """The connection is over."""
        if flow.refused:
            self._scribe.refused(flow, side, time_ns)
            return
        self._conclude(flow)
        if self._voices is None:
            return
        if reset:
            for each in (0, 1):
                self.ended(flow, each, time_ns)
        by = self._voices[side].side
        name, how = ("RESET", "reset") if reset else ("CLOSED", "closed")
        text = f"{how} by the end that {'connected' if by == 'connect' else 'listened'}"
        self._scribe.event(self._source(by), name, text, {"by": by, "reset": reset}, time_ns)

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
        if self._voices is None and not self.deaf and self._held:
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
        sides: tuple[Side, Side] = ("bind", "connect") if listener == 0 else SIDES
        self._zmtp = zmtp = Connection()
        self.number = self._scribe.opened(flow, listener)
        one, two = (
            Voice(zmtp, side, self._scribe, self._source, joined=not said.from_start)
            for side, said in zip(sides, self._said, strict=True)
        )
        self._voices = one, two
        for side in (0, 1):
            self._compare(flow, side)
        for side, piece in self._held:
            self._speak(self._voices[side], piece)

    def _compare(self, flow: Flow, side: int) -> None:
        """See whether a side knew more of the other when it spoke than was told here."""
        heard = flow.streams[1 - side]
        if self._zmtp is not None and heard.next is not None and heard.acknowledged > heard.next:
            self._zmtp.unordered()

    def _speak(self, voice: Voice, piece: Piece) -> None:
        voice.say(piece)
        self._heard += 1
        self._look()

    def _look(self) -> None:
        """See whether the order between both sides still matters, and whether anything does."""
        voices, zmtp = self._voices, self._zmtp
        if voices is None or zmtp is None:
            return
        self.deaf = any(voice.failed for voice in voices)
        ready = self._heard >= AFTER_HANDSHAKE or all(peer.ready for peer in zmtp.peers.values())
        self.takes_runs = ready and not self.deaf

    def _source(self, side: Side) -> WireSource:
        peers = self._zmtp.peers if self._zmtp is not None else {}
        types = [peers[each].socket_type if each in peers else None for each in (side, SIDES[side == "connect"])]
        curve = any(peer.mechanism == "CURVE" for peer in peers.values())
        return WireSource(self._scribe.node, None, self.number, side, types[0], types[1], curve)
