"""Bodies of commands: names, properties, pings, subscriptions, and the secrets in them.

command    name length (1) | name | data               (RFC 37; its prose says otherwise, everyone does this)
property   name length (1) | name | value length (4) | value
PING       TTL in 0.1 s (2) | context (at most 16)      libzmq multiplies the TTL in 16 bits: 65.6 s becomes 64 ms
HELLO      of PLAIN: length (1) | user | length (1) | password, both in clear
CURVE      HELLO 200, WELCOME 168, INITIATE at least 257, READY at least 30 bytes with their names (RFC 26, libzmq)
MESSAGE    of CURVE: 07 MESSAGE | nonce (8) | box (16) | flags (1) | payload, in a frame without the COMMAND flag
"""

from __future__ import annotations

from typing import Final, NamedTuple

from zinspector.zmtp.anomalies import anomaly
from zinspector.zmtp.events import Anomaly

SOCKET_TYPE: Final = "Socket-Type"
IDENTITY: Final = "Identity"
CURVE_MESSAGE: Final = b"\x07MESSAGE"
CURVE_OVERHEAD: Final = 33
CURVE_SIZES: Final = {"HELLO": (200, 200), "WELCOME": (168, 168), "INITIATE": (257, None), "READY": (30, None)}
MASK: Final = b"********"  # of any secret, so that it doesn't tell how long that is
KNOWN: Final = frozenset({"PING", "PONG", "SUBSCRIBE", "CANCEL", "JOIN", "LEAVE"})
PUBLISHERS: Final = frozenset({"PUB", "XPUB"})
SUBSCRIBERS: Final = frozenset({"SUB", "XSUB"})
PARTNERS: Final[dict[str, frozenset[str]]] = {
    "REQ": frozenset({"REP", "ROUTER"}),
    "REP": frozenset({"REQ", "DEALER"}),
    "DEALER": frozenset({"REP", "DEALER", "ROUTER"}),
    "ROUTER": frozenset({"REQ", "DEALER", "ROUTER"}),
    "PUB": SUBSCRIBERS,
    "XPUB": SUBSCRIBERS,
    "SUB": PUBLISHERS,
    "XSUB": PUBLISHERS,
    "PUSH": frozenset({"PULL"}),
    "PULL": frozenset({"PUSH"}),
    "PAIR": frozenset({"PAIR"}),
    "CLIENT": frozenset({"SERVER"}),
    "SERVER": frozenset({"CLIENT"}),
    "RADIO": frozenset({"DISH"}),
    "DISH": frozenset({"RADIO"}),
    "SCATTER": frozenset({"GATHER"}),
    "GATHER": frozenset({"SCATTER"}),
    "PEER": frozenset({"PEER"}),
    "CHANNEL": frozenset({"CHANNEL"}),
}
"""Which socket types may talk (RFC 28 to 31, libzmq mechanism.cpp)."""


class Property(NamedTuple):
    """A property of a handshake, and its place in the body: [start, end)."""

    name: str
    value: bytes
    start: int
    end: int


def split_command(body: bytes) -> tuple[str, bytes] | None:
    """Name and data; None when the name doesn't fit, or there is none."""
    length = body[0] if body else 0
    if not length or length >= len(body):
        return None
    return body[1 : 1 + length].decode("ascii", "backslashreplace"), body[1 + length :]


def properties(data: bytes) -> tuple[list[Property], bool]:
    """The properties of a READY or INITIATE, and whether they filled the data exactly."""
    found: list[Property] = []
    at, end = 0, len(data)
    while at < end:
        value = at + 1 + data[at] + 4
        if not data[at] or value > end:
            return found, False
        size = int.from_bytes(data[value - 4 : value], "big")
        if value + size > end:
            return found, False
        name = data[at + 1 : value - 4].decode("ascii", "backslashreplace")
        found.append(Property(name, data[value : value + size], at, value + size))
        at = value + size
    return found, True


def check_ping(data: bytes, offset: int) -> tuple[Anomaly, ...]:
    """What is wrong with the data of a PING."""
    if len(data) < 2:
        return (anomaly("short-ping", offset),)
    wrong = []
    ttl = int.from_bytes(data[:2], "big")
    if ttl > 655:
        wrong.append(anomaly("ping-ttl-overflow", offset, ttl=ttl / 10, wrapped=ttl * 100 % 65536))
    if len(data) > 18:
        wrong.append(anomaly("long-ping-context", offset, size=len(data) - 2))
    return tuple(wrong)


def split_hello(data: bytes) -> tuple[bytes, bytes] | None:
    """User and password of a PLAIN HELLO; None when it can't be read."""
    user_ends = 1 + data[0] if data else 0
    if user_ends >= len(data) or user_ends + 1 + data[user_ends] != len(data):
        return None
    return data[1:user_ends], data[user_ends + 1 :]


def is_hello(name: str) -> bool:
    """Whether a command may hold a password: also one that is misspelt."""
    return name.upper() == "HELLO"


def mask_hello(data: bytes) -> bytes:
    """The data of a PLAIN HELLO with stars for the password, and for all of it where it can't be read."""
    parts = split_hello(data)
    if parts is None:
        return MASK if data else b""
    user = data[: 1 + len(parts[0])]
    return user + bytes((len(MASK),)) + MASK


def mask_body(body: bytes) -> bytes:
    """The same for the body of a frame, where it isn't known to be a command."""
    parts = split_command(body)
    if parts is None or not is_hello(parts[0]):
        return body
    return body[: len(body) - len(parts[1])] + mask_hello(parts[1])


def curve_size_fits(name: str, size: int) -> bool:
    """Whether a command of a CURVE handshake may have this size, in bytes with its name."""
    least, most = CURVE_SIZES.get(name, (0, None))
    return size >= least and (most is None or size <= most)
