"""One live ZMTP session: both directions, paired, as pure code. This is the door of the package.

    connection = Connection()
    events = connection.feed("connect", data)      # one event per message; feed what comes, as it comes
    items = connection.scan("connect", data)       # the same, but runs of messages as Blocks: for traffic at full speed
    connection.gap("bind", 1460)                   # bytes that nobody saw
    connection.end("connect")                      # end of the stream

| question                                | answer                                                                    |
|---|---|
| which version is spoken?                | the lower of both sides: greeting.py                                      |
| how does a side get from A to B?        | phase.py, stream.py, handshake.py (mechanisms), traffic.py (messages)     |
| what is wrong, and what does libzmq do? | anomalies.py                                                              |
| what can an attacker make us hold?      | the head of one frame (`max_frame`), 24 MiB of one message, 4096 topics   |

Rules: verdicts are strict, every deviation from the protocol is a typed anomaly with its place; and we go on exactly
where libzmq goes on. No I/O, no clock, no exception for any bytes. Until both handshakes are over, bytes must come in
the order in which they were seen (or `unordered()` says that they don't); after that each side may be fed on its own,
as far as its bytes go.
"""

from __future__ import annotations

from typing import Final

from zinspector.zmtp.events import Block, Bytes, Event, Side, expand
from zinspector.zmtp.peer import Peer
from zinspector.zmtp.phase import Phase
from zinspector.zmtp.stream import Stream

MAX_FRAME: Final = 1 << 20


class Connection:
    """Both sides of a connection; `peers` holds what they told about themselves."""

    def __init__(self, max_frame: int = MAX_FRAME, reveal_secrets: bool = False) -> None:
        """Frames longer than `max_frame` bytes keep only their head. `reveal_secrets` shows PLAIN passwords."""
        self.peers: dict[Side, Peer] = {"connect": Peer(), "bind": Peer()}
        connect, bind = self.peers["connect"], self.peers["bind"]
        masks = not reveal_secrets
        self._streams: dict[Side, Stream] = {
            "connect": Stream(connect, bind, max_frame, masks),
            "bind": Stream(bind, connect, max_frame, masks),
        }
        one, two = self._streams.values()
        one.other, two.other = two, one

    @property
    def version(self) -> tuple[int, int] | None:
        """The version that both speak; None until both have said."""
        one, two = (peer.version for peer in self.peers.values())
        return None if one is None or two is None else min(one, two)

    def feed(self, side: Side, data: bytes) -> list[Event]:
        """The next bytes of a side: what they mean."""
        return expand(self._streams[side].read(bytes(data), fast=False))

    def scan(self, side: Side, data: Bytes, most: int | None = None) -> list[Event | Block]:
        """The same, with runs of ordinary messages as Blocks over `data`, which must not change afterwards.

        Frames that are no run take time: at `most` so many are read; while `unread`, call again with no bytes.
        """
        return self._streams[side].read(data, fast=True, most=most)

    def unread(self, side: Side) -> bool:
        """Whether whole frames are left of what was scanned."""
        return self._streams[side].unread

    def gap(self, side: Side, size: int | None, *, aligned: bool = False) -> list[Event]:
        """Bytes of a side that nobody saw; first of all for a connection that was joined in its middle.

        What follows is told from the place where a frame is proven to begin (resync.py). `aligned`: the caller has
        proof that the next byte is such a place; whether a message begins with that frame, only resync.py can prove.
        """
        return expand(self._streams[side].gap(size, aligned))

    def unordered(self) -> None:
        """One side has seen bytes of the other that weren't fed: they are missing, or come later.

        From now on nothing is concluded from which side spoke first; after a gap that is so anyway.
        """
        self._streams["connect"].unordered()

    def lost(self, side: Side) -> bool:
        """Whether a gap left a side without a known beginning of a frame."""
        return self._streams[side].phase is Phase.LOST

    def end(self, side: Side) -> list[Event]:
        """The end of a side, by FIN, reset, or because nobody looks any more."""
        return expand(self._streams[side].end())
