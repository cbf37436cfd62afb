"""Other protocols by their first bytes, because libzmq takes them for ZMTP 1.0 and says nothing.

A stream whose first byte isn't FF is ZMTP 1.0, or isn't ZMTP. The verdict falls at the first byte that settles it, so
it never depends on how the stream was cut. No ZMTP 1.0 peer begins like any of these: its second byte would be flags
with reserved bits set. What is in no table, and has such flags, is "unknown".
"""

from __future__ import annotations

from typing import Final

HTTP = "HTTP"
TLS = "TLS"
UNKNOWN = "unknown"

OPENINGS: Final[dict[bytes, str]] = {
    **dict.fromkeys((b"GET ", b"POST ", b"HEAD ", b"PUT ", b"DELETE ", b"OPTIONS ", b"CONNECT "), HTTP),
    **dict.fromkeys((b"PATCH ", b"TRACE ", b"PRI * HTTP/2", b"HTTP/1", b"HTTP/2"), HTTP),
    **dict.fromkeys((b"\x16\x03\x00", b"\x16\x03\x01", b"\x16\x03\x02", b"\x16\x03\x03", b"\x16\x03\x04"), TLS),
    **dict.fromkeys((b"\x15\x03\x01", b"\x15\x03\x02", b"\x15\x03\x03"), TLS),
    b"SSH-": "SSH",
    b"220 ": "SMTP or FTP",
    b"220-": "SMTP or FTP",
    b"EHLO ": "SMTP",
    b"HELO ": "SMTP",
    b"RFB 00": "VNC",
    b"AMQP": "AMQP",
    b"* OK": "IMAP",
    b"*1\r\n": "Redis",
    b"*2\r\n": "Redis",
    b"*3\r\n": "Redis",
    b"INFO {": "NATS",
}

WHO: Final[dict[str, str]] = {
    "HTTP": "HTTP on a ZeroMQ port: a browser, a health check or a wrong URL",
    "TLS": "TLS on a ZeroMQ port: ZeroMQ encrypts with CURVE, not with TLS",
    "SSH": "SSH on a ZeroMQ port: a wrong port, or a scanner",
    UNKNOWN: "Not ZMTP: the first bytes are no greeting, and no frame of ZMTP 1.0",
}
SILENCE: Final = "libzmq takes this for ZMTP 1.0, says nothing, and may deliver it as a message"


def opening(head: bytes) -> str | None:
    """The protocol that begins with these bytes; "" when more bytes are needed; None when it is none of the table."""
    waiting = False
    for begin, protocol in OPENINGS.items():
        if head.startswith(begin):
            return protocol
        waiting = waiting or begin.startswith(head)
    return "" if waiting else None


def sentence(protocol: str) -> str:
    """What to tell the user about it."""
    return f"{WHO.get(protocol, f'{protocol} on a ZeroMQ port')} ({SILENCE})"
