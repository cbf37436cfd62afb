"""What a row would have been on the wire: ZMTP 3.x bytes of its greeting, handshake, message or command.

The counterpart of `zmtp`, which reads them. With CURVE a message is a box of which only the ciphertext was kept: its
nonce is counted here, and its authenticator is zeros.
"""

from __future__ import annotations

from zinspector.zmtp.commands import CURVE_MESSAGE, IDENTITY, SOCKET_TYPE
from zinspector.zmtp.frames import COMMAND, LONG, MORE

SHORT = 255
LONGEST_NAME = 255
AUTHENTICATOR = bytes(17)
OLD_SUBSCRIPTIONS = {"SUBSCRIBE": b"\1", "CANCEL": b"\0"}


def greeting(mechanism: bytes = b"NULL") -> bytes:
    """The greeting of ZMTP 3.1."""
    return b"\xff" + bytes(8) + b"\x7f\x03\x01" + mechanism.ljust(20, b"\0") + bytes(32)


def properties(socket_type: str, identity: bytes | None) -> bytes:
    """The data of READY: a socket type, and an identity where there is one."""
    made = _property(SOCKET_TYPE, socket_type.encode("utf-8", "backslashreplace"))
    return made if identity is None else made + _property(IDENTITY, identity)


def command(name: str, data: bytes) -> bytes:
    """A command; without a name, its data is the whole body."""
    word = name.encode("ascii", "backslashreplace")[:LONGEST_NAME]
    return _frame(COMMAND, bytes((len(word),)) + word + data if word else data)


def subscription(name: str, topic: bytes) -> bytes:
    """A SUBSCRIBE or CANCEL as before ZMTP 3.1: a message."""
    return _frame(0, OLD_SUBSCRIPTIONS[name] + topic)


def message(frames: tuple[bytes, ...]) -> bytes:
    """A message of one or more frames."""
    last = len(frames) - 1
    return b"".join([_frame(MORE if place < last else 0, frame) for place, frame in enumerate(frames)])


def box(ciphertext: bytes, nonce: int) -> bytes:
    """A message of CURVE."""
    return _frame(0, CURVE_MESSAGE + nonce.to_bytes(8, "big") + AUTHENTICATOR + ciphertext)


def _frame(flags: int, body: bytes) -> bytes:
    size = len(body)
    if size <= SHORT:
        return bytes((flags, size)) + body
    return bytes((flags | LONG,)) + size.to_bytes(8, "big") + body


def _property(name: str, value: bytes) -> bytes:
    return bytes((len(name),)) + name.encode() + len(value).to_bytes(4, "big") + value
