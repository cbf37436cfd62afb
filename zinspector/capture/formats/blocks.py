"""The blocks of a pcapng file (draft-ietf-opsawg-pcapng): section, interfaces, packets, and what is said of them."""

from __future__ import annotations

import struct
from collections.abc import Sequence

RAW_IP = 101
NANOSECONDS = 9
COMMENT, NAME, DESCRIPTION, RESOLUTION, APPLICATION = 1, 2, 3, 9, 4
MOST_IN_AN_OPTION = 4000  # bytes
SECTION, INTERFACE, STATISTICS, PACKET = 0x0A0D0D0A, 1, 5, 6
PACKET_HEAD = 28  # bytes of a block before the packet
LATEST = (1 << 64) - 1


def section(application: str) -> bytes:
    """The beginning of a file."""
    fixed = struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)
    return _block(SECTION, fixed + _options([(APPLICATION, application.encode())]))


def interface(name: str, description: str) -> bytes:
    """A source of packets of IP, with times in nanoseconds."""
    fixed = struct.pack("<HHI", RAW_IP, 0, 0)
    options = [(NAME, _text(name)), (DESCRIPTION, _text(description)), (RESOLUTION, bytes((NANOSECONDS,)))]
    return _block(INTERFACE, fixed + _options(options))


def packet(interface: int, time_ns: int, data: bytes, comments: Sequence[str]) -> bytes:
    """A packet, with any number of comments."""
    time = min(max(time_ns, 0), LATEST)
    fixed = struct.pack("<IIIII", interface, time >> 32, time & 0xFFFFFFFF, len(data), len(data))
    options = _options([(COMMENT, _text(comment)) for comment in comments]) if comments else b""
    return _block(PACKET, fixed + data + bytes(-len(data) % 4) + options)


def statistics(interface: int, time_ns: int, comments: Sequence[str]) -> bytes:
    """The end of what an interface saw."""
    time = min(max(time_ns, 0), LATEST)
    fixed = struct.pack("<III", interface, time >> 32, time & 0xFFFFFFFF)
    return _block(STATISTICS, fixed + _options([(COMMENT, _text(comment)) for comment in comments]))


def _block(kind: int, body: bytes) -> bytes:
    size = len(body) + 12
    return struct.pack("<II", kind, size) + body + struct.pack("<I", size)


def _options(options: list[tuple[int, bytes]]) -> bytes:
    parts = [struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4) for code, value in options]
    return b"".join([*parts, bytes(4)]) if parts else b""


def _text(text: str) -> bytes:
    """UTF-8, cut between characters."""
    data = text.encode("utf-8", "backslashreplace")
    return data if len(data) <= MOST_IN_AN_OPTION else data[:MOST_IN_AN_OPTION].decode("utf-8", "ignore").encode()
