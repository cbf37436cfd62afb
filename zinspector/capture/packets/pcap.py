"""pcap: a header of 24 bytes, then a header of 16 (or 24) bytes before each packet.

From draft-ietf-opsawg-pcap and tcpdump's `savefile`. Both byte orders; microseconds, nanoseconds, and Kuznetzov's
variant with longer packet headers. A packet header that can't be true is damage; reading goes on at the next place
where three headers in a row can be.
"""

from __future__ import annotations

import struct

import numpy as np

from zinspector.capture.packets.columns import UNDESCRIBED, Damage, Ints, Packets, joined, words

HEADER = 24
MAGICS = {
    0xA1B2C3D4: (1000, 16),
    0xA1B23C4D: (1, 16),
    0xA1B2CD34: (1000, 24),
}
MOST_KEPT = 1 << 18  # libpcap's MAXIMUM_SNAPLEN
PROOF = 3
SEARCHED = 1 << 20


def begins(head: bytes) -> bool:
    """Whether a file with this beginning is a pcap."""
    return len(head) >= 4 and any(struct.unpack(order + "I", head[:4])[0] in MAGICS for order in "<>")


class Pcap:
    """Walks over the packets of one pcap file."""

    def __init__(self) -> None:
        self.damage: list[Damage] = []
        self._linktype = UNDESCRIBED
        self._little = True
        self._tick_ns = 1000
        self._header = 16
        self._most = MOST_KEPT

    @property
    def opened(self) -> bool:
        """Whether the header of the file was read."""
        return self._linktype != UNDESCRIBED

    def walk(self, data: bytes, base: int) -> tuple[Packets, int]:
        """The whole packets in `data`, which begins at `base` in the file, and how many bytes are done with."""
        position = 0
        if not self.opened:
            if len(data) < HEADER:
                return joined(data, []), 0
            self._open(data)
            position = HEADER
        parts = []
        while True:
            starts, position, broken = self._records(data, position)
            if starts:
                parts.append(self._decoded(data, starts))
            if not broken:
                return joined(data, parts), position
            found = self._next_proof(data, position + 1)
            self.damage.append(Damage(base + position, f"{found - position} bytes that are no packet"))
            position = found

    def _open(self, data: bytes) -> None:
        self._little = struct.unpack_from("<I", data)[0] in MAGICS
        order = "<" if self._little else ">"
        magic, _major, _minor, _zone, _figures, snaplen, linktype = struct.unpack_from(order + "IHHiIII", data)
        self._tick_ns, self._header = MAGICS[magic]
        self._linktype = linktype & 0x03FFFFFF
        self._most = max(MOST_KEPT, min(snaplen, 1 << 26))

    def _records(self, data: bytes, position: int) -> tuple[list[int], int, bool]:
        """The headers of packets from `position` on, where they end, and whether they end in nonsense."""
        kept_at = struct.Struct("<I" if self._little else ">I").unpack_from
        starts: list[int] = []
        append = starts.append
        header, most, end = self._header, self._most, len(data)
        last = end - header
        while position <= last:
            (kept,) = kept_at(data, position + 8)
            if kept > most or (not kept and not any(data[position : position + header])):  # zeros: the disk was full
                return starts, position, True
            following = position + header + kept
            if following > end:
                break
            append(position)
            position = following
        return starts, position, False

    def _decoded(self, data: bytes, starts: list[int]) -> tuple[Ints, Ints, Ints, Ints, Ints]:
        raw = np.frombuffer(data, np.uint8)
        at = np.array(starts, np.int64)
        seconds, fraction, kept, sizes = (words(raw, at + place, little=self._little) for place in (0, 4, 8, 12))
        times = seconds * 1_000_000_000 + fraction * self._tick_ns
        return at + self._header, kept, np.maximum(kept, sizes), times, np.full(len(at), self._linktype)

    def _next_proof(self, data: bytes, position: int) -> int:
        """The next place with packet headers in a row; the end of the data where there is none."""
        fields = struct.Struct("<IIII" if self._little else ">IIII").unpack_from
        end = len(data)
        position = end - len(data[position - 1 :].lstrip(b"\0")) if not data[position - 1] else position
        for candidate in range(position, min(end - self._header, position + SEARCHED)):
            at = candidate
            for _ in range(PROOF):
                if at + self._header > end:
                    break
                _seconds, fraction, kept, size = fields(data, at)
                if not 14 <= kept <= min(size, self._most) or fraction * self._tick_ns >= 1_000_000_000:
                    break
                at += self._header + kept
            else:
                return candidate
            if at == end and at > candidate:
                return candidate
        return end
