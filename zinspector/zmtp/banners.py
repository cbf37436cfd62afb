"""What servers of other protocols say first, or answer to bytes they don't understand: `who(data)` names them.

Rules:
- A name is given for what only that protocol says; what could be anything is None, never a guess.
- A few bytes are enough (TLS: 2, SSH: 4); with more of them the answer stays the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Banner:
    """`protocol` as people call it, and the words it was known by (empty where they are no text)."""

    protocol: str
    words: str = ""


_LINES: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    ("HTTP", re.compile(rb"HTTP/\d|\s*<!DOCTYPE html|\s*<html", re.IGNORECASE)),
    ("SSH", re.compile(rb"SSH-")),
    ("Redis", re.compile(rb"-(ERR|DENIED|NOAUTH|WRONGPASS|NOPERM|LOADING|MISCONF)\b")),
    ("SMTP or FTP", re.compile(rb"(220|421|554)[ -]")),
    ("POP3", re.compile(rb"\+OK\b")),
    ("IMAP", re.compile(rb"\* (OK|PREAUTH|BYE)\b")),
    ("memcached", re.compile(rb"ERROR\r\n")),
    ("AMQP", re.compile(rb"AMQP[\0-\x03]")),
    ("VNC", re.compile(rb"RFB \d{3}\.")),
    ("NATS", re.compile(rb"INFO \{")),
    ("rsync", re.compile(rb"@RSYNCD:")),
    ("D-Bus", re.compile(rb"(ERROR|REJECTED)\b.*\r\n")),
)
# TLS alert or handshake, major 3 (RFC 8446 section 5.1); MySQL's greeting: length u24, sequence 0, protocol 10,
# version; HTTP/2: a SETTINGS frame on stream 0 (RFC 9113 section 6.5), which is how gRPC servers begin
_BINARY: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    ("TLS", re.compile(rb"[\x15\x16]\x03", re.DOTALL)),
    ("MySQL", re.compile(rb"..\0\0\x0a\d", re.DOTALL)),
    ("HTTP/2 (gRPC)", re.compile(rb"\0\0.\x04\0\0\0\0\0", re.DOTALL)),
)


def who(data: bytes) -> Banner | None:
    """The protocol that a server speaks which sent `data`; None when it could be any."""
    for protocol, pattern in _LINES:
        if pattern.match(data):
            return Banner(protocol, _first_line(data))
    for protocol, pattern in _BINARY:
        if pattern.match(data):
            return Banner(protocol)
    return None


def _first_line(data: bytes) -> str:
    line = data.lstrip().split(b"\n", 1)[0][:80].decode("ascii", "replace").strip()
    return "" if line.startswith("<") else line
