"""What is said of a connection, in short and in full. Pure functions to plain text; bytes and names are made harmless.

Addresses, process names, identities and topics come from other programs, so all go through `visible`.
"""

from __future__ import annotations

from zinspector.capture.connection import Connection, End
from zinspector.decode.api import visible
from zinspector.runtime.probe import Probed
from zinspector.runtime.proc import Process

NAME_CHARS = 40
WHOLE_CHARS = 300  # of what is there to be seen whole
BYTES_SHOWN = 64
STATE_SIGNS = {
    "handshake": ("◐", "warn"),
    "open": ("●", "ok"),
    "closed": ("○", "muted"),
    "refused": ("✖", "error"),
    "stalled": ("▲", "warn"),
    "not ZeroMQ": ("✖", "error"),
}
STATE_TIPS = {
    "handshake": "The two programs are shaking hands: greeting, mechanism, READY",
    "open": "The handshake is done; messages may flow",
    "closed": "It has ended",
    "refused": "Nobody listens at the target: the program that connects was refused, as without the tap",
    "stalled": "The handshake does not go on; libzmq gives up after 30 s",
    "not ZeroMQ": "The bytes are no ZMTP. They are passed on all the same",
}


def end_name(end: End, most: int = NAME_CHARS) -> str:
    """`python3 4121`, or its address, or a question mark."""
    return visible(end.name, most) or "?"


def end_text(end: End) -> str:
    """Name and address, whole: `python3 4121 · 127.0.0.1:48122`."""
    name, address = end_name(end, WHOLE_CHARS), visible(end.address, WHOLE_CHARS)
    return name if not address or address == name else f"{name} · {address}"


def title(connection: Connection) -> str:
    """`connection 3 (python3 12345 → jupyter 77)`."""
    if connection.attempts > 1:
        return f"{connection.attempts:,} refused attempts ({end_name(connection.connecting)})"
    return f"connection {connection.id} ({end_name(connection.connecting)} → {end_name(connection.listening)})"


def state_text(connection: Connection) -> str:
    """`● open`, `✖ not ZeroMQ: HTTP`."""
    sign, _ = STATE_SIGNS[connection.state]
    more = f": {visible(connection.note, NAME_CHARS)}" if connection.state == "not ZeroMQ" and connection.note else ""
    more += f" × {connection.attempts:,}" if connection.attempts > 1 else ""
    return f"{sign} {connection.state}{more}"


def types_text(connection: Connection) -> str:
    """`SUB→PUB`: the socket types of who connects and who listens; empty while neither is known."""
    first, second = connection.connecting.socket_type, connection.listening.socket_type
    return visible(f"{first or '?'}→{second or '?'}", NAME_CHARS) if first or second else ""


def version_text(version: tuple[int, int] | None) -> str:
    """`3.1`."""
    return "" if version is None else f"{version[0]}.{version[1]}"


def protocol_text(connection: Connection) -> str:
    """`ZMTP 3.1 · NULL`."""
    version = version_text(connection.version)
    parts = [f"ZMTP {version}" if version else "", visible(connection.mechanism or "", NAME_CHARS)]
    return " · ".join(part for part in parts if part)


def bytes_shown(data: bytes | None) -> str:
    """Bytes as text where they are text, as hex otherwise; nothing for none."""
    if not data:
        return ""
    cut = data[:BYTES_SHOWN]
    try:
        text = visible(cut.decode("utf-8"))
    except UnicodeDecodeError:
        text = cut.hex(" ")
    return f"{text}…" if len(data) > BYTES_SHOWN else text


def topic_shown(topic: bytes) -> str:
    """A subscription; the empty one means everything."""
    return bytes_shown(topic) or "(everything)"


def delay_text(microseconds: float | None) -> str:
    """`38 µs`, `1.2 ms`."""
    if microseconds is None:
        return ""
    return f"{microseconds:.0f} µs" if microseconds < 1000 else f"{microseconds / 1000:.1f} ms"


def age_text(seconds: float) -> str:
    """`12 s`, `3 min 5 s`, `2 h 10 min`, `3 d 4 h`."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"


def answer_text(answer: Probed) -> str:
    """What a listener said when it was asked: `PUB · ZMTP 3.1 · NULL`, `not ZeroMQ: HTTP`."""
    found = answer.found
    if answer.state == "zmtp":
        version = f"ZMTP {version_text(found.version)}" if found.version is not None else "ZMTP"
        parts = [found.socket_type or "", version, found.mechanism or ""]
        if found.identity:
            parts.append(f"identity {bytes_shown(found.identity)}")
        return visible(" · ".join(part for part in parts if part))
    if answer.state == "other":
        return visible(f"not ZeroMQ{f': {found.protocol}' if found.protocol else ''}")
    return visible(answer.unanswered)


def answer_role(answer: Probed) -> str:
    """The colour role of an answer."""
    return "ok" if answer.state == "zmtp" else "muted"


def process_text(process: Process | None) -> str:
    """`jupyter 4121`; a process of another user isn't known."""
    return visible(f"{process.title} {process.pid}", NAME_CHARS) if process is not None else "not known"
