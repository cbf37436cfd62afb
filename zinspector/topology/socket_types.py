"""The twelve socket types: who may talk to whom, who sends and receives, who sensibly binds.

The pairs are those that libzmq's handshake accepts (ZMTP 3.1, RFC 37; checked against real sockets in the tests).
Nothing here needs libzmq.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from zinspector.topology.document import BehaviourKind, SocketType

Pattern = Literal["pubsub", "pipeline", "reqrep", "exclusive", "stream"]


@dataclass(frozen=True)
class SocketTypeInfo:
    """What is always true of a socket type.

    `binds_by_default` is a rank: the end with the higher one binds. `envelope`: its messages begin with routing ids
    that the application sees. `subscribes`: it receives only what it asked for. `replies`: it may send only in answer.
    """

    name: SocketType
    pattern: Pattern
    peers: frozenset[SocketType]
    can_send: bool
    can_receive: bool
    binds_by_default: int
    blurb: str
    default_behaviour: BehaviourKind
    envelope: bool = False
    subscribes: bool = False


def _row(
    name: SocketType,
    pattern: Pattern,
    peers: tuple[SocketType, ...],
    does: Literal["send", "receive", "both"],
    *,
    rank: int,
    behaviour: BehaviourKind,
    blurb: str,
) -> SocketTypeInfo:
    return SocketTypeInfo(
        name=name,
        pattern=pattern,
        peers=frozenset(peers),
        can_send=does != "receive",
        can_receive=does != "send",
        binds_by_default=rank,
        blurb=blurb,
        default_behaviour=behaviour,
        envelope=name in ("ROUTER", "STREAM"),
        subscribes=name in ("SUB", "XSUB"),
    )


# fmt: off
_ROWS = (
    _row("PUB", "pubsub", ("SUB", "XSUB"), "send", rank=3, behaviour="generate",
         blurb="Sends every message to all subscribers of its topic; drops it for those that are slow or absent."),
    _row("SUB", "pubsub", ("PUB", "XPUB"), "receive", rank=1, behaviour="sink",
         blurb="Receives the messages whose first frame begins with one of its subscriptions."),
    _row("XPUB", "pubsub", ("SUB", "XSUB"), "both", rank=5, behaviour="manual",
         blurb="A PUB that also receives its subscribers' subscriptions; the outer side of a forwarder."),
    _row("XSUB", "pubsub", ("PUB", "XPUB"), "both", rank=4, behaviour="sink",
         blurb="A SUB that subscribes by sending messages; the inner side of a forwarder."),
    _row("PUSH", "pipeline", ("PULL",), "send", rank=3, behaviour="generate",
         blurb="Deals its messages out to its PULL peers in turn, and waits while none can take one."),
    _row("PULL", "pipeline", ("PUSH",), "receive", rank=3, behaviour="sink",
         blurb="Takes messages from all of its PUSH peers fairly."),
    _row("REQ", "reqrep", ("REP", "ROUTER"), "both", rank=1, behaviour="generate",
         blurb="Sends one request, then waits for its reply, strictly in turn."),
    _row("REP", "reqrep", ("REQ", "DEALER"), "both", rank=4, behaviour="echo",
         blurb="Receives one request, then sends its reply, strictly in turn."),
    _row("ROUTER", "reqrep", ("REQ", "DEALER", "ROUTER"), "both", rank=5, behaviour="echo",
         blurb="Knows its peers by routing id: the first frame says from whom a message came or to whom it goes."),
    _row("DEALER", "reqrep", ("REP", "DEALER", "ROUTER"), "both", rank=2, behaviour="generate",
         blurb="Sends to its peers in turn and receives at any time: a REQ without the strict order."),
    _row("PAIR", "exclusive", ("PAIR",), "both", rank=3, behaviour="manual",
         blurb="Talks to exactly one other PAIR, both ways."),
    _row("STREAM", "stream", ("STREAM",), "both", rank=3, behaviour="manual",
         blurb="Speaks plain TCP to programs without ZeroMQ; the first frame names the connection."),
)
# fmt: on

SOCKET_TYPES: dict[SocketType, SocketTypeInfo] = {row.name: row for row in _ROWS}


def compatible(first: SocketType, second: SocketType) -> bool:
    """Whether the handshake between these two succeeds."""
    return second in SOCKET_TYPES[first].peers


def why_incompatible(first: SocketType, second: SocketType) -> str:
    """One clause that says why these two can't talk, and with whom the first one can. Empty if they can."""
    if compatible(first, second):
        return ""
    one, other = SOCKET_TYPES[first], SOCKET_TYPES[second]
    partners = _either(sorted(one.peers))
    if first == second:
        reason = f"two {first} have nothing to say to each other"
    elif "stream" in (one.pattern, other.pattern):
        reason = "STREAM is plain TCP and the other one speaks ZMTP"
    elif one.pattern != other.pattern:
        reason = "they belong to different patterns"
    elif not (one.can_receive or other.can_receive):
        reason = "both only send"
    elif not (one.can_send or other.can_send):
        reason = "both only receive"
    else:
        reason = "both follow a turn that the other one does not take"
        if one.pattern == "pubsub":
            reason = "both are on the same side of publish and subscribe"
    return f"{reason}; {first} talks to {partners}"


def _either(names: list[SocketType]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
