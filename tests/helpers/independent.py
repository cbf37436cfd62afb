"""A second reading of packet captures, written without the first: for little-endian Ethernet pcaps of IPv4.

It knows less and asks less: segments by number, frames from where a run of segments begins.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from pathlib import Path

Stream = tuple[bytes, bytes]


def runs(path: Path) -> dict[tuple[int, Stream], list[bytes]]:
    """Runs of bytes without a gap for each connection (by its SYN) and direction."""
    data, position = path.read_bytes(), 24
    generation: dict[frozenset[bytes], int] = defaultdict(int)
    segments: dict[tuple[int, Stream], dict[int, bytes]] = defaultdict(dict)
    while position < len(data):
        size = struct.unpack_from("<I", data, position + 8)[0]
        packet = data[position + 30 : position + 16 + size]
        position += 16 + size
        header = (packet[0] & 15) * 4
        if packet[9] != 6:
            continue
        tcp = packet[header : struct.unpack(">H", packet[2:4])[0]]
        ends = packet[12:16] + tcp[0:2], packet[16:20] + tcp[2:4]
        if tcp[13] & 18 == 2:
            generation[frozenset(ends)] += 1
        payload = tcp[(tcp[12] >> 4) * 4 :]
        if payload:
            segments[generation[frozenset(ends)], ends][struct.unpack(">I", tcp[4:8])[0]] = payload
    return {key: _joined(parts) for key, parts in segments.items()}


def _joined(segments: dict[int, bytes]) -> list[bytes]:
    found: list[bytes] = []
    expected = -1
    for number in sorted(segments):
        if number == expected:
            found[-1] += segments[number]
        else:
            found.append(segments[number])
        expected = number + len(segments[number])
    return found


def messages(path: Path) -> list[tuple[bytes, ...]]:
    """All messages of ZMTP 3.x, in no order. Runs must begin with a greeting or with a frame."""
    found = []
    for parts in runs(path).values():
        for run in parts:
            found += _frames(run[64:] if run[:1] == b"\xff" else run)
    return found


def _frames(data: bytes) -> list[tuple[bytes, ...]]:
    found: list[tuple[bytes, ...]] = []
    frames: tuple[bytes, ...] = ()
    while data:
        flags, long = data[0], data[0] & 2
        size = struct.unpack(">Q", data[1:9])[0] if long else data[1]
        start = 9 if long else 2
        body, data = data[start : start + size], data[start + size :]
        if flags & 4:
            continue
        frames += (body,)
        if not flags & 1:
            found.append(frames)
            frames = ()
    return found
