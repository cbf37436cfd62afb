"""Jupyter's messages: what kind they are, and what they say, on one line; their frames are JSON and stay so.

After routing ids or a topic stand `<IDS|MSG>`, the signature, then header, parent header, metadata and content, each a
JSON object, and buffers (jupyter-client.readthedocs.io, "Messaging in Jupyter", the wire protocol).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import ClassVar

from zinspector.decode.api import Context, Decoded, DecodeError

API = 1

DELIMITER = b"<IDS|MSG>"
MOST_IDS = 16
HEADER, CONTENT = 2, 5  # frames after the delimiter
LEAST = 6
MOST_HEADER = 64 << 10
LINE_BYTES = 2000


class Jupyter:
    """The frame that separates the routing ids from the message, and the line for the message as a whole."""

    name: ClassVar[str] = "jupyter"

    def match(self, data: bytes, context: Context) -> float:
        """Sure of the separator alone."""
        return 1.0 if data == DELIMITER else -1.0

    def decode(self, data: bytes, context: Context) -> Decoded:
        """The separator has no values. Raises DecodeError."""
        if data != DELIMITER:
            raise DecodeError("not <IDS|MSG>; the frames behind it are JSON")
        return Decoded(self.name, DELIMITER.decode())

    def line(self, frames: Sequence[bytes], context: Context) -> str | None:
        """`execute_request {"code":"1 + 1", …}`."""
        at = next((place for place, frame in enumerate(frames[:MOST_IDS]) if frame == DELIMITER), None)
        if at is None or len(frames) < at + LEAST:
            return None
        kind = _kind(frames[at + HEADER])
        content = frames[at + CONTENT][:LINE_BYTES].decode("utf-8", "replace")
        return f"{kind} {content}" if kind else None


def _kind(header: bytes) -> str:
    """The `msg_type`; empty where there is none."""
    try:
        read = json.loads(header[:MOST_HEADER])
    except (ValueError, RecursionError):
        return ""
    kind = read.get("msg_type") if isinstance(read, dict) else None
    return kind if isinstance(kind, str) else ""


DECODERS = [Jupyter]
