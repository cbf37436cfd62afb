"""What to do about what single rows tell: for every anomaly of the parser and every event that is a finding."""

from __future__ import annotations

import re
from typing import Final

from zinspector.doctor.handshakes import REMEDIES as OF_HANDSHAKES
from zinspector.topology.document import SocketType
from zinspector.topology.socket_types import SOCKET_TYPES
from zinspector.zmtp.anomalies import KINDS, libzmq

REFUSED: Final = "start the program that listens there"
EVENTS: Final = {
    "NOT_ZMTP": (
        "if a ZeroMQ socket listens there, point the other program at its own port; "
        "if none does, leave that port out of what you capture"
    ),
    "REFUSED": REFUSED,
    "STALLED": "ask who is there: zinspector probe ENDPOINT; a program that hangs, or is no ZeroMQ, greets nobody",
    "DAMAGED": "take the capture again, or copy the file again, to have what is missing here",
    "REMARK": "nothing needs to be done; it tells how this file is to be read",
    "BIND_FAILED": "use another port or path, or end the program that has it: ss -ltnp names it",
}
_MECHANISM: Final = OF_HANDSHAKES["HANDSHAKE_FAILED_PROTOCOL"]
_UNSEEN: Final = "begin to capture before the programs connect, with a larger buffer, or with a relay"
_ENDED: Final = "find out what ended there: that program was stopped or crashed, or the tap in between was ended"
ANOMALIES: Final = {
    "mechanism-mismatch": _MECHANISM,
    "unknown-mechanism": _MECHANISM,
    "error": OF_HANDSHAKES["HANDSHAKE_FAILED_AUTH"],
    "not-encrypted": "find out who writes into this connection past CURVE: a proxy, or a faulty library",
    "curve-nonce": "find out who sends recorded bytes again; libzmq does not take them",
    "short-ping": "let its library send a TTL of two bytes with each PING (RFC 37)",
    "ping-ttl-overflow": "where it comes from: socket.heartbeat_ttl = 60_000 (ms), and no more than 65,535",
    "long-ping-context": "let its library send no more than 16 bytes of context with a PING (RFC 37)",
    "unknown-socket-type": f"let that end announce one of {', '.join(sorted(SOCKET_TYPES))}",
    "oversize-frame": "find out what it sends; to be safe from it where it arrives: socket.maxmsgsize = 100_000_000",
    "subscribe-to-non-publisher": "connect the subscriber to a PUB or XPUB",
    "message-before-peer-ready": "let its library wait for the READY of the other end before it sends (RFC 37)",
    "corrupt-long-topic": "use topics of other lengths than 255 bytes, or a libzmq that has this mended",
    "no-downgrade": "update the older end: it speaks an old ZMTP only",
    **dict.fromkeys(("gap-in-message", "gap-before-message", "gap-in-command"), _UNSEEN),
    **dict.fromkeys(("incomplete-greeting", "incomplete-message", "incomplete-command"), _ENDED),
}
BY_EFFECT: Final = {
    "closes": "libzmq ends the connection on it: update the library of the sender, or report it there",
    "out of step": "libzmq reads what follows wrongly: update the library of the sender, or report it there",
    "goes on": "libzmq ignores it; if the sender's library is yours, mend it there",
}
UNKNOWN: Final = "a newer zinspector wrote it, and may know what to do"
_TYPE: Final = re.compile(r"\b[A-Z]+\b")


def fits(kind: SocketType) -> str:
    """Which sockets can be at the other end of one."""
    return f"a {kind} talks with {' or '.join(sorted(SOCKET_TYPES[kind].peers))}"


def of_anomaly(kind: str, text: str) -> str:
    """What to do about an anomaly with this code and sentence."""
    if kind == "socket-type-mismatch":
        told = _TYPE.findall(text)
        return "; ".join(fits(one) for one in SOCKET_TYPES if one in told) or "change the type of one of the sockets"
    return ANOMALIES.get(kind) or (BY_EFFECT[libzmq(kind)] if kind in KINDS else UNKNOWN)
