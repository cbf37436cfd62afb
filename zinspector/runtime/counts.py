"""What a session tells about itself: counters that only grow, and the state of each node."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Health = Literal["idle", "ok", "waiting", "error"]


@dataclass
class NodeCount:
    """Counters of one node. Bytes are payload bytes of all frames.

    `full`: how often sending met a full queue; `unroutable`: messages to an id that no peer has; `lost_replies`:
    requests whose reply did not come in time; `errors`: everything else that libzmq or a script refused.
    """

    sent: int = 0
    received: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0
    errors: int = 0
    full: int = 0
    unroutable: int = 0
    lost_replies: int = 0


@dataclass
class LinkCount:
    """What went over one link, both ways, each delivery once."""

    messages: int = 0
    bytes: int = 0


@dataclass
class Counters:
    """All counters at one moment (monotonic ns)."""

    time_ns: int
    nodes: dict[str, NodeCount] = field(default_factory=dict)
    links: dict[str, LinkCount] = field(default_factory=dict)


@dataclass(frozen=True)
class NodeState:
    """How a node is: `addresses` are resolved binds, `peers` live connections, `text` one phrase for the canvas.

    `req_state` is what a REQ or REP may do next: `send` or `receive`; None for all other types.
    """

    id: str
    health: Health = "idle"
    addresses: tuple[str, ...] = ()
    peers: int = 0
    text: str = ""
    req_state: str | None = None
