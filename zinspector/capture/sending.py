"""The frames that a socket of a type has to send so that on the wire goes what a capture saw.

A capture holds what the application at one end saw, or what was on the wire (RFC 28; libzmq's req.cpp, rep.cpp,
router.cpp): a ROUTER sees the routing id of the peer first, REQ and REP see no envelope, a DEALER and a tap see the
wire itself. So the id that a ROUTER put before a message it received is left out, a DEALER adds the empty delimiter
that a REQ adds by itself, and REQ, REP and sockets of other patterns send the payload alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

Fit = Callable[[list[bytes]], list[bytes]]

MOST_HOPS: Final = 16
KIN: Final[dict[str | None, tuple[str, ...]]] = {
    **dict.fromkeys(("PUB", "XPUB"), ("PUB", "XPUB")),
    **dict.fromkeys(("SUB", "XSUB"), ("XSUB",)),
    **dict.fromkeys(("REQ", "DEALER"), ("REQ", "DEALER")),
    **dict.fromkeys(("REP", "ROUTER"), ("REP", "ROUTER")),
    **{name: (name,) for name in ("PUSH", "PAIR", "STREAM")},
}
"""Which sockets can take the place of a sender."""
_PEERS: Final[dict[str | None, str]] = {
    "SUB": "PUB",
    "XSUB": "PUB",
    "PUB": "XSUB",
    "XPUB": "XSUB",
    "PULL": "PUSH",
    "REP": "REQ",
    "ROUTER": "REQ",
    "REQ": "REP",
    "DEALER": "REP",
    "PAIR": "PAIR",
    "STREAM": "STREAM",
}
ENVELOPED: Final = frozenset({"REQ", "REP", "ROUTER", "DEALER"})


def peer_of(socket_type: str | None) -> str | None:
    """What must have sent to a socket of this type, for want of better knowledge."""
    return _PEERS.get(socket_type)


def owner(direction: str, from_type: str | None, to_type: str | None) -> str:
    """Whose view of a message a row is: a type of socket, `wire`, or `plain` for wires that know no envelope."""
    if direction in ("in", "out"):
        return (from_type if direction == "out" else to_type) or "plain"
    return "wire" if ENVELOPED & {from_type, to_type} else "plain"


def fitting(socket_type: str, seen_by: str) -> Fit | None:
    """What makes of frames that `seen_by` (see `owner`) saw those that a socket sends; None: they are the same."""
    if seen_by == "STREAM":
        return _tail if socket_type != "STREAM" else _joined
    if socket_type in ("DEALER", "ROUTER"):
        return {"REQ": _delimited, "REP": _delimited, "ROUTER": _tail}.get(seen_by)
    if seen_by == "ROUTER":
        return _routed_payload
    return payload if seen_by in ("DEALER", "wire") else None


def head(frames: list[bytes]) -> int:
    """How many frames are envelope: all up to the empty delimiter, which must have a payload behind it."""
    end = next((place for place, frame in enumerate(frames[:MOST_HOPS]) if not frame), None)
    return 0 if end is None or end == len(frames) - 1 else end + 1


def payload(frames: list[bytes]) -> list[bytes]:
    """What stands behind the envelope."""
    return frames[head(frames) :]


def _delimited(frames: list[bytes]) -> list[bytes]:
    return [b"", *frames]


def _tail(frames: list[bytes]) -> list[bytes]:
    return frames[1:]


def _joined(frames: list[bytes]) -> list[bytes]:
    return [b"".join(frames[1:])]


def _routed_payload(frames: list[bytes]) -> list[bytes]:
    return payload(frames[1:])
