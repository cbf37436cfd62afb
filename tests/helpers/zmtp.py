"""ZMTP bytes for tests, written by hand, so that the parser is not tested with itself."""

from __future__ import annotations

from collections.abc import Sequence

from zinspector.zmtp.connection import Connection
from zinspector.zmtp.events import Anomaly, Block, Event, Side, expand

SIGNATURE = bytes.fromhex("ff00000000000000017f")


def greeting(mechanism: bytes = b"NULL", minor: int = 1, major: int = 3, as_server: int = 0) -> bytes:
    """A greeting of ZMTP 3.x, as libzmq sends it."""
    return SIGNATURE + bytes((major, minor)) + mechanism.ljust(20, b"\0") + bytes((as_server,)) + bytes(31)


def frame(body: bytes, flags: int = 0) -> bytes:
    """A frame of ZMTP 2.0 and later; LONG is added where it must be."""
    if len(body) > 255:
        return bytes((flags | 2,)) + len(body).to_bytes(8, "big") + body
    return bytes((flags, len(body))) + body


def message(*frames: bytes) -> bytes:
    """A message of these frames."""
    return b"".join(frame(body, 1) for body in frames[:-1]) + frame(frames[-1])


def old_frame(body: bytes, flags: int = 0) -> bytes:
    """A frame of ZMTP 1.0."""
    size = len(body) + 1
    return (b"\xff" + size.to_bytes(8, "big") if size >= 255 else bytes((size,))) + bytes((flags,)) + body


def command(name: bytes, data: bytes = b"") -> bytes:
    """A command frame."""
    return frame(bytes((len(name),)) + name + data, 4)


def metadata(**properties: bytes) -> bytes:
    """Properties; an underscore is a dash."""
    parts = []
    for name, value in properties.items():
        key = name.replace("_", "-").encode()
        parts.append(bytes((len(key),)) + key + len(value).to_bytes(4, "big") + value)
    return b"".join(parts)


def ready(kind: bytes = b"DEALER", **properties: bytes) -> bytes:
    """A READY of NULL."""
    return command(b"READY", metadata(Socket_Type=kind, **properties))


def curve_message(payload: bytes, nonce: int) -> bytes:
    """A frame as CURVE sends it: the box is of the right size, and random."""
    return frame(b"\x07MESSAGE" + nonce.to_bytes(8, "big") + b"\xaa" * 17 + payload)


def hello(user: bytes, password: bytes) -> bytes:
    """The HELLO of PLAIN."""
    return command(b"HELLO", bytes((len(user),)) + user + bytes((len(password),)) + password)


def opened(connect: bytes = b"DEALER", bind: bytes = b"ROUTER", minor: int = 1, max_frame: int = 1 << 20) -> Connection:
    """A connection after the handshake of NULL."""
    connection = Connection(max_frame)
    for step in (greeting(minor=minor), ready(connect)):
        connection.feed("connect", step)
        connection.feed("bind", step if step[0] == 0xFF else ready(bind))
    return connection


def curved() -> Connection:
    """A connection after the handshake of CURVE."""
    connection = Connection()
    connection.feed("connect", greeting(b"CURVE"))
    connection.feed("bind", greeting(b"CURVE"))
    connection.feed("connect", command(b"HELLO", bytes(194)))
    connection.feed("bind", command(b"WELCOME", bytes(160)))
    connection.feed("connect", command(b"INITIATE", bytes(300)))
    connection.feed("bind", command(b"READY", bytes(60)))
    return connection


def codes(events: Sequence[Event | Block]) -> list[str]:
    """The codes of all anomalies, in order."""
    return [each.code for event in events for each in event.anomalies]


def anomalies(events: Sequence[Event | Block]) -> list[Anomaly]:
    """All anomalies, in order."""
    return [each for event in events for each in event.anomalies]


def cut(data: bytes, places: Sequence[int]) -> list[bytes]:
    """The data in pieces, cut at these places (taken modulo its length)."""
    at = sorted({place % (len(data) + 1) for place in places})
    return [data[start:end] for start, end in zip([0, *at], [*at, len(data)], strict=True)]


Steps = Sequence[tuple[Side, bytes]]


def told(connection: Connection, steps: Steps, *, scan: bool = False, ends: bool = True) -> dict[Side, list[Event]]:
    """What a connection tells of these bytes, by side; blocks as messages."""
    found: dict[Side, list[Event]] = {"connect": [], "bind": []}
    for side, data in steps:
        found[side] += expand(connection.scan(side, data)) if scan else connection.feed(side, data)
    for side in ("connect", "bind") if ends else ():
        found[side] += connection.end(side)
    return found


def told_of_views(connection: Connection, steps: Steps) -> dict[Side, list[Event]]:
    """The same, of bytes that are there only while they are scanned and their blocks are looked at."""
    found: dict[Side, list[Event]] = {"connect": [], "bind": []}
    for side, data in steps:
        room = bytearray(data)
        found[side] += expand(connection.scan(side, memoryview(room)))
        room[:] = b"\xee" * len(room)
    for side in ("connect", "bind"):
        found[side] += connection.end(side)
    return found
