"""ZMTP 3.1 conversations as bytes, and as packets."""

from __future__ import annotations

import struct
from typing import Any

from tests.helpers.packets import Talk

SIGNATURE = b"\xff\0\0\0\0\0\0\0\1\x7f"
GREETING = SIGNATURE + b"\3\1NULL".ljust(54, b"\0")


def ready(kind: str) -> bytes:
    body = b"\5READY\x0bSocket-Type" + struct.pack(">I", len(kind)) + kind.encode()
    return bytes([4, len(body)]) + body


def message(*frames: bytes) -> bytes:
    parts = []
    for number, frame in enumerate(frames):
        more = number < len(frames) - 1
        long = len(frame) > 255
        size = struct.pack(">Q", len(frame)) if long else bytes([len(frame)])
        parts.append(bytes([more | long << 1]) + size + frame)
    return b"".join(parts)


def handshaken(client_type: str = "SUB", server_type: str = "PUB", **fields: Any) -> Talk:
    """A connection after its handshake, in libzmq's small steps."""
    talk = Talk(**fields).open()
    for part in (GREETING[:10], GREETING[10:11], GREETING[11:]):
        talk.answers(part).sends(part)
    return talk.answers(ready(server_type)).sends(ready(client_type))
