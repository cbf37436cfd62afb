"""Rows of the protocol itself, made readable: greetings, handshake steps and commands as fields with their bytes."""

from __future__ import annotations

from zinspector.capture.happenings import phrase
from zinspector.capture.message import Message
from zinspector.decode.api import Decoded, Value
from zinspector.zmtp.describe import fields

KINDS = ("handshake", "command")
DECODER = "ZMTP"


def is_protocol(message: Message) -> bool:
    """Whether the first frame of a row is the body of a greeting or a command, or what CURVE made of a frame."""
    return (message.kind in KINDS or message.encrypted) and len(message.frames) == 1


def reading(message: Message) -> Decoded:
    """The fields of that body. A socket of ours keeps a byte before the topic of a subscription."""
    if message.encrypted:
        return Decoded("CURVE", f"encrypted, {message.size:,} B")
    data, name = message.frames[0], message.name or ""
    skipped = 0 if "->" in message.direction else 1
    tree = [
        Value(one.name, one.value, "string", one.start + skipped, one.end + skipped)
        for one in fields(name, data[skipped:])
    ]
    if skipped and data:
        tree.insert(0, Value("kind", "subscribe" if data[0] else "cancel", "enum", 0, 1))
    return Decoded(DECODER, phrase(message), tuple(tree))
