"""What an event, a step of a handshake or a command says, in words, and which of the kinds of events it belongs to.

A phrase lacks its subject, the sender: `subscribes to "weather."`. All that came from other programs is quoted and
harmless. Facts: ZMTP RFCs 23, 24, 37; names of events as in libzmq's zmq.h and those that taps write.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from zinspector.capture.message import Message
from zinspector.capture.readable import printable, quoted, shown
from zinspector.zmtp.commands import properties
from zinspector.zmtp.greeting import OLD, read_greeting

Group = Literal["connections", "handshakes", "subscriptions", "heartbeats", "others"]

MOST = 80  # bytes of a topic, an identity, a property
LEFT_EARLY = "the client left before the target answered"
"""Why a tap says REFUSED though nobody refused anything."""
GROUPS: dict[str, Group] = {
    **dict.fromkeys(
        ("OPENED", "PEER", "CLOSED", "RESET", "REFUSED", "LISTENING", "ACCEPTED", "CONNECTED"), "connections"
    ),
    **dict.fromkeys(("DISCONNECTED", "CONNECT_DELAYED", "CONNECT_RETRIED", "CLOSE_FAILED"), "connections"),
    **dict.fromkeys(("BIND_FAILED", "ACCEPT_FAILED", "MONITOR_STOPPED"), "connections"),
    **dict.fromkeys(("GREETING", "READY", "HELLO", "WELCOME", "INITIATE", "ERROR", "IDENTITY"), "handshakes"),
    **dict.fromkeys(("STALLED", "NOT_ZMTP"), "handshakes"),
    **dict.fromkeys(("SUBSCRIBE", "CANCEL", "JOIN", "LEAVE"), "subscriptions"),
    **dict.fromkeys(("PING", "PONG"), "heartbeats"),
}


def group_of(name: str) -> Group:
    """The kind of events that a row with this name belongs to."""
    return "handshakes" if name.startswith("HANDSHAKE") else GROUPS.get(name, "others")


def happening(text: bytes) -> str:
    """What an event says: the first of its frames, made harmless."""
    return printable(text.decode("utf-8", "backslashreplace"))


def phrase(message: Message) -> str:
    """What a row that is no message says, without its sender."""
    data = message.frames[0] if message.frames else b""
    if message.kind == "event":
        return happening(data)
    name = message.name or ""
    if name in ("SUBSCRIBE", "CANCEL") and "->" not in message.direction:
        data = data[1:]  # a socket of ours keeps the byte that says which of the two it is
    say = PHRASES.get(name)
    return (
        say(data) if say is not None else f"sends {printable(name) or 'a command without a name'}, {len(data):,} bytes"
    )


def _greeting(data: bytes) -> str:
    if 0 < len(data) < OLD:
        return f"begins to greet, {len(data)} bytes"
    greeting = read_greeting(data)
    more = [printable(greeting.mechanism)] if greeting.mechanism else []
    more += [greeting.socket_type] if greeting.socket_type else []
    return f"greets: {', '.join([f'ZMTP {greeting.version[0]}.{greeting.version[1]}', *more])}"


def _properties(verb: str) -> Callable[[bytes], str]:
    def say(data: bytes) -> str:
        found, whole = properties(data)
        if not whole:
            return f"{verb} ({len(data):,} bytes, encrypted or not to be read)"
        said = [
            printable(one.value.decode("ascii", "backslashreplace"))
            if one.name.lower() == "socket-type"
            else f"{printable(one.name)} {shown(one.value, MOST)}"
            for one in found
            if one.value
        ]
        return f"{verb}: {', '.join(said)}" if said else verb

    return say


def _hello(data: bytes) -> str:
    user_ends = 1 + data[0] if data else 0
    if 0 < user_ends < len(data) and user_ends + 1 + data[user_ends] == len(data):
        return f"says hello as {shown(data[1:user_ends], MOST)}"
    return "says hello (CURVE)"


def _error(data: bytes) -> str:
    return f"refuses: {quoted(data[1:].decode('utf-8', 'backslashreplace')[:MOST])}"


def _identity(data: bytes) -> str:
    return f"calls itself {shown(data, MOST)}" if data else "has no identity"


def _topic(verb: str) -> Callable[[bytes], str]:
    return lambda data: f"{verb} {shown(data, MOST)}" if data else f"{verb} everything"


def _ping(data: bytes) -> str:
    ttl = int.from_bytes(data[:2], "big") / 10
    return f"pings, TTL {ttl:g} s" if ttl else "pings"


PHRASES: dict[str, Callable[[bytes], str]] = {
    "GREETING": _greeting,
    "READY": _properties("is ready"),
    "INITIATE": _properties("initiates"),
    "HELLO": _hello,
    "WELCOME": lambda _: "says welcome",
    "ERROR": _error,
    "IDENTITY": _identity,
    "SUBSCRIBE": _topic("subscribes to"),
    "CANCEL": _topic("no longer subscribes to"),
    "JOIN": _topic("joins"),
    "LEAVE": _topic("leaves"),
    "PING": _ping,
    "PONG": lambda _: "answers the ping",
}
