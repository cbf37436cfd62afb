"""Other protocols by what either end says first: what runs where someone expected ZeroMQ.

`zmtp` knows what reaches ZeroMQ ports by mistake; here are some more that are found in captures of everything.
"""

from __future__ import annotations

import re

from zinspector.zmtp.banners import who
from zinspector.zmtp.foreign import opening

MORE: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    ("BGP", re.compile(rb"\xff{16}")),
    ("MQTT", re.compile(rb"\x10.{1,4}\0\x04MQTT|\x10.{1,4}\0\x06MQIsdp", re.DOTALL)),
    ("PostgreSQL", re.compile(rb"\0\0.{2}(\0\x03\0\0|\x04\xd2\x16\x2f)", re.DOTALL)),
    ("Redis", re.compile(rb"[*$]\d+\r\n|\+(OK|PONG)\r\n")),
    ("RTSP", re.compile(rb"(OPTIONS|DESCRIBE|SETUP|PLAY) rtsp|RTSP/1")),
    ("TLS", re.compile(rb"\x17\x03[\0-\x04]")),
    ("X11", re.compile(rb"l\0\x0b\0|B\0\0\x0b")),
)


def name(head: bytes) -> str:
    """The protocol that begins so, or nothing."""
    known = opening(head) or next((name for name, pattern in MORE if pattern.match(head)), "")
    if known:
        return known
    banner = who(head)
    return banner.protocol if banner is not None else ""
