"""TCP streams of small pcap files, by a reader of ten lines that knows nothing of lost or swapped packets.

Made to test the ZMTP parser with real bytes, independently of the reader that zinspector has for captures.
"""

from __future__ import annotations

import struct
from pathlib import Path

from zinspector.zmtp.events import Side

IP_AT = {0: 4, 1: 14, 101: 0, 113: 16, 276: 20}
"""Where IP begins, by link type: null, Ethernet, raw, and both of Linux' cooked ones."""


def conversations(path: Path) -> list[list[tuple[Side, bytes]]]:
    """Of each TCP connection with a SYN, what both sides sent, in the order in which it was captured."""
    data = path.read_bytes()
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    link = struct.unpack_from(f"{order}I", data, 20)[0] & 0xFFFF
    at, found, expected = 24, {}, {}
    while at < len(data):
        size = struct.unpack_from(f"{order}I", data, at + 8)[0]
        ip = data[at + 16 + IP_AT[link] : at + 16 + size]
        at += 16 + size
        if not ip or ip[0] >> 4 != 4 or ip[9] != 6:
            continue
        tcp = ip[(ip[0] & 15) * 4 : struct.unpack_from(">H", ip, 2)[0]]
        ends, sequence, flags = (
            (ip[12:16] + tcp[:2], ip[16:20] + tcp[2:4]),
            struct.unpack_from(">I", tcp, 4)[0],
            tcp[13],
        )
        if flags & 0x12 == 2:
            found[ends] = []
        side: Side = "connect" if ends in found else "bind"
        connection = ends if ends in found else (ends[1], ends[0])
        if flags & 2:
            expected[ends] = sequence + 1
        body = tcp[(tcp[12] >> 4) * 4 :]
        if connection in found and body and expected.get(ends) == sequence:
            expected[ends] = sequence + len(body)
            found[connection].append((side, body))
    return [steps for steps in found.values() if steps]
