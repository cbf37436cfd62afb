"""What is known of a relayed connection while its bytes are looked at: parser, sources of rows, counts, marks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from zinspector.capture.wire import WireSource
from zinspector.runtime.flow import Side
from zinspector.zmtp.connection import Connection
from zinspector.zmtp.events import Block, Event, Message

LEAST_TOGETHER: Final = 64 << 10
MOST_TOGETHER: Final = 32 << 20
TOGETHER_ROWS: Final = 4096  # to look at so many takes 0.3 ms where they are alike, and 1 ms where they aren't


@dataclass(slots=True)
class Count:
    """Messages and their payload bytes."""

    messages: int = 0
    bytes: int = 0

    def add(self, items: list[Event | Block]) -> None:
        """Count the messages among `items`."""
        for item in items:
            if isinstance(item, Block):
                self.messages += len(item.counts)
                self.bytes += int(item.lengths.sum())
            elif isinstance(item, Message):
                self.messages += 1
                self.bytes += sum(item.true_sizes)


@dataclass(slots=True)
class Mark:
    """Something that isn't bytes, in its place among them: an event row, or (`end`) the end of a side."""

    name: str = ""
    text: str = ""
    details: Mapping[str, object] | None = None
    end: Side | None = None


@dataclass(slots=True, eq=False)
class Tapped:
    """What all connections of one relay have in common."""

    node: str
    link: str | None
    paused: bool = False
    over: bool = False
    count: Count = field(default_factory=Count)


@dataclass(slots=True, eq=False)
class Subject:
    """One connection that is looked at."""

    tapped: Tapped
    number: int
    opened_ns: int
    parser: Connection | None = None
    """Made when the first bytes come; None again when it failed."""
    stopped: bool = False
    typed: bool = False
    parted: bool = False
    """Nothing more comes of it."""
    sources: dict[Side, WireSource] = field(default_factory=dict)
    seen: dict[Side, int] = field(default_factory=lambda: {"connect": 0, "bind": 0})
    """Bytes of each side that were looked at."""
    together: dict[Side, int] = field(default_factory=lambda: {"connect": LEAST_TOGETHER, "bind": LEAST_TOGETHER})
    """How many bytes of each side are looked at as one."""

    def name_types(self) -> None:
        """Note what the handshake told of the ends, for the rows."""
        peers = self.parser.peers if self.parser is not None else {}
        types = {side: peer.socket_type for side, peer in peers.items()}
        connect, bind = types.get("connect"), types.get("bind")
        self.typed = connect is not None and bind is not None and all(peer.ready for peer in peers.values())
        node, link, number = self.tapped.node, self.tapped.link, self.number
        curve = any(peer.mechanism == "CURVE" for peer in peers.values())
        self.sources = {
            "connect": WireSource(node, link, number, "connect", connect, bind, curve),
            "bind": WireSource(node, link, number, "bind", bind, connect, curve),
        }

    def looked_at(self, side: Side, size: int, rows: int) -> None:
        """Note how many rows so many bytes gave: next time as many bytes are taken as give `TOGETHER_ROWS`.

        (How long a look took would be the better measure, but others have the core meanwhile: it told to take less, and
        that cost more.)
        """
        self.together[side] = min(MOST_TOGETHER, max(LEAST_TOGETHER, size * TOGETHER_ROWS // max(1, rows)))
