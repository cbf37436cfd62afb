"""What is in a greeting and in the body of a command, field by field, with the place of each: the inspector's tree.

`fields(name, data)` takes the name and the data of a `Greeting` (name GREETING), `Handshake` or `Command`, or of the
row that was made of it. Fields are in order of their places and don't overlap; bytes that can't be read are one field.
It never raises, for any bytes. Layouts: RFC 23, 24, 25, 26 and 37; libzmq curve_client.cpp (72 zeros in HELLO, not 70).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from zinspector.zmtp.commands import IDENTITY, properties, split_hello
from zinspector.zmtp.greeting import FULL, NUMBERED_TYPES, OLD, SIGNATURE, read_greeting


class Field(NamedTuple):
    """A part of a body: its name, its value to read, and its place: [start, end) in bytes."""

    name: str
    value: str
    start: int
    end: int


Part = tuple[str, int, Callable[[bytes], str]]
"""Name, length in bytes and reader of a field at a fixed place."""


def fields(name: str, data: bytes) -> list[Field]:
    """The fields of a greeting or command. Where nothing is known of it, its data as one field."""
    reader = READERS.get(name)
    found = reader(data) if reader is not None else None
    return _rest("data", data, 0) if found is None else found


def text(data: bytes) -> str:
    """Bytes to read: as text where it is printable, otherwise as hex."""
    try:
        decoded = data.decode("utf-8")
    except UnicodeDecodeError:
        return data.hex(" ")
    return decoded if decoded.isprintable() else data.hex(" ")


def _number(data: bytes) -> str:
    return str(int.from_bytes(data, "big"))


def _bytes(data: bytes) -> str:
    return f"{len(data)} bytes"


def _rest(name: str, data: bytes, start: int) -> list[Field]:
    return [Field(name, text(data[start:]), start, len(data))] if start < len(data) else []


def _layout(data: bytes, parts: Sequence[Part], rest: str) -> list[Field]:
    """Fields at fixed places, as far as the data goes, and what is behind them."""
    found: list[Field] = []
    at = 0
    for name, length, read in parts:
        if at + length > len(data):
            return found + _rest("cut off", data, at)
        found.append(Field(name, read(data[at : at + length]), at, at + length))
        at += length
    return found + ([Field(rest, _bytes(data[at:]), at, len(data))] if at < len(data) else [])


def _greeting(data: bytes) -> list[Field]:
    told = read_greeting(data)
    hint = "says nothing" if told.identity_hint is None else f"identity of {told.identity_hint} bytes (libzmq's hint)"
    parts: list[Part] = [("signature", 1, bytes.hex), ("padding", 8, lambda _: hint), ("signature ends", 1, bytes.hex)]
    if len(data) <= OLD and len(data) < FULL:
        parts += [("revision", 1, _revision), ("socket type", 1, _type)]
        return _layout(data, parts[: len(parts) if len(data) > SIGNATURE else 3], "rest")
    parts += [("version, major", 1, _number), ("version, minor", 1, _number), ("mechanism", 20, _mechanism)]
    return _layout(data, [*parts, ("as-server", 1, _number), ("filler", 31, _filler)], "rest")


def _revision(data: bytes) -> str:
    return {0: "0: ZMTP 1.0", 1: "1: ZMTP 2.0", 3: "3: ZMTP 3.x, here to an older peer"}.get(data[0], str(data[0]))


def _type(data: bytes) -> str:
    number = data[0]
    return f"{number}: {NUMBERED_TYPES[number]}" if number < len(NUMBERED_TYPES) else f"{number}: unknown"


def _mechanism(data: bytes) -> str:
    return text(data.rstrip(b"\0"))


def _filler(data: bytes) -> str:
    return data.hex(" ") if any(data) else "zero"


def _properties(data: bytes) -> list[Field] | None:
    found, fits = properties(data)
    if not fits and not found:
        return None
    made = [Field(each.name, _property(each.name, each.value), each.start, each.end) for each in found]
    return made + _rest("malformed", data, found[-1].end if found else 0)


def _property(name: str, value: bytes) -> str:
    return "none" if name == IDENTITY and not value else text(value)


def _ready(data: bytes) -> list[Field] | None:
    found = _properties(data)
    if found is not None or len(data) < 24:
        return found
    return _layout(data, [("nonce", 8, _number)], "box (encrypted properties)")


def _initiate(data: bytes) -> list[Field] | None:
    found = _properties(data)
    if len(data) < 248 or (found is not None and found[-1:] and found[-1].name != "malformed"):
        return found
    parts: list[Part] = [("cookie", 96, _bytes), ("nonce", 8, _number)]
    return _layout(data, parts, "box (keys, vouch, encrypted properties)")


def _hello(data: bytes) -> list[Field] | None:
    plain = split_hello(data)
    if plain is not None:
        user, password = plain
        middle = 1 + len(user)
        return [Field("user", text(user), 0, middle), Field("password", text(password), middle, len(data))]
    if len(data) != 194:
        return None
    parts: list[Part] = [("version, major", 1, _number), ("version, minor", 1, _number), ("padding", 72, _filler)]
    parts += [("client's short-term key", 32, bytes.hex), ("nonce", 8, _number)]
    return _layout(data, parts, "box (64 zeros)")


def _welcome(data: bytes) -> list[Field] | None:
    return _layout(data, [("nonce", 16, bytes.hex)], "box (server's short-term key, cookie)") if data else []


def _error(data: bytes) -> list[Field] | None:
    if not data or 1 + data[0] > len(data):
        return None
    end = 1 + data[0]
    return [Field("reason", text(data[1:end]), 0, end), *_rest("rest", data, end)]


def _ping(data: bytes) -> list[Field]:
    parts: list[Part] = [("time to live", 2, lambda value: f"{int.from_bytes(value, 'big') / 10:g} s")]
    return [*_layout(data[:2], parts, ""), *_rest("context", data, 2)]


def _named(name: str) -> Callable[[bytes], list[Field]]:
    return lambda data: [Field(name, text(data) or "(empty)", 0, len(data))]


READERS: Final[dict[str, Callable[[bytes], list[Field] | None]]] = {
    "GREETING": _greeting,
    "READY": _ready,
    "INITIATE": _initiate,
    "HELLO": _hello,
    "WELCOME": _welcome,
    "ERROR": _error,
    "IDENTITY": _named("identity"),
    "PING": _ping,
    "PONG": lambda data: _rest("context", data, 0),
    "SUBSCRIBE": _named("topic"),
    "CANCEL": _named("topic"),
    "JOIN": _named("group"),
    "LEAVE": _named("group"),
}
