"""pcapng: blocks of type, length, body and length again; sections with a byte order of their own.

From draft-ietf-opsawg-pcapng. Enhanced, simple and obsolete packet blocks are read; every interface has its own link
type, resolution and offset of time. Statistics blocks tell how many packets the capture dropped. Other blocks are
passed over. A block that can't be true is damage; reading goes on at the next block whose two lengths agree.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from zinspector.capture.packets.columns import UNDESCRIBED, Damage, Ints, Packets, joined, words

SECTION, INTERFACE, OLD_PACKET, SIMPLE, STATISTICS, ENHANCED = 0x0A0D0D0A, 1, 2, 3, 5, 6
KNOWN = {SECTION, INTERFACE, OLD_PACKET, SIMPLE, 4, STATISTICS, ENHANCED, 10}
ORDER = 0x1A2B3C4D
END_OF_OPTIONS, IF_RESOLUTION, IF_OFFSET, DROPPED_BY_INTERFACE, DROPPED_BY_SYSTEM = 0, 9, 14, 5, 7
MOST_BLOCK = 1 << 26
MOST_INTERFACES = 1 << 16
MOST_TIME_S = 9_000_000_000
SEARCHED = 1 << 20
SECOND = 1_000_000_000
MOST_EXACT = 1 << 33  # ticks a second up to which 63 bits are enough

Part = tuple[Ints, Ints, Ints, Ints, Ints]


def begins(head: bytes) -> bool:
    """Whether a file with this beginning is a pcapng."""
    return head[:4] == b"\n\r\r\n"


@dataclass(frozen=True, slots=True)
class Interface:
    """One interface: link type, most bytes kept of a packet, ticks in a second, and what to add to every time (s)."""

    linktype: int
    snaplen: int
    ticks: int
    offset_s: int


UNKNOWN = Interface(UNDESCRIBED, 0, 1_000_000, 0)


class Pcapng:
    """Walks over the packets of one pcapng file."""

    def __init__(self) -> None:
        self.damage: list[Damage] = []
        self.opened = False  # whether a whole block of the file was read
        self._little = True
        self._interfaces: list[Interface] = []
        self._dropped: dict[int, int] = {}
        self._last_ns = 0

    @property
    def dropped(self) -> int:
        """Packets that whoever captured says it lost."""
        return sum(self._dropped.values())

    def walk(self, data: bytes, base: int) -> tuple[Packets, int]:
        """The whole packets in `data`, which begins at `base` in the file, and how many bytes are done with."""
        parts: list[Part] = []
        run: list[int] = []
        position, end = 0, len(data)
        head_at = self._struct("II").unpack_from
        while position + 12 <= end:
            kind, length = head_at(data, position)
            if kind == SECTION:
                self._flush(data, run, parts)
                self._little = _is_little(data, position)
                head_at = self._struct("II").unpack_from
                kind, length = head_at(data, position)
            if not _plausible(kind, length):
                found = self._next_block(data, position + 1)
                self.damage.append(Damage(base + position, f"{found - position} bytes that are no block"))
                position = found
                continue
            if position + length > end:
                break
            self.opened = True
            if kind == ENHANCED:
                run.append(position)
            elif kind in (SIMPLE, OLD_PACKET):
                self._flush(data, run, parts)
                self._odd_packet(data, kind, position, length, parts)
            else:
                self._describe(data, kind, position, length)
            position += length
        self._flush(data, run, parts)
        return joined(data, parts), position

    def _struct(self, fields: str) -> struct.Struct:
        return struct.Struct(("<" if self._little else ">") + fields)

    def _flush(self, data: bytes, run: list[int], parts: list[Part]) -> None:
        """Decode the enhanced packet blocks of one section, and forget their places."""
        if not run:
            return
        raw = np.frombuffer(data, np.uint8)
        at = np.array(run, np.int64)
        run.clear()
        length, which, high, low, kept, sizes = (
            words(raw, at + place, little=self._little) for place in range(4, 28, 4)
        )
        fits = kept <= length - 32
        if not fits.all():
            self.damage.append(Damage(0, f"{int((~fits).sum())} packets larger than their blocks"))
        times = self._times(which, high, low)
        self._last_ns = int(times[-1])
        kept, linktypes = np.minimum(kept, length - 32), self._linktypes(which)
        parts.append((at + 28, kept, np.maximum(kept, sizes), times, linktypes))

    def _interface(self, number: int) -> Interface:
        return self._interfaces[number] if number < len(self._interfaces) else UNKNOWN

    def _linktypes(self, which: Ints) -> Ints:
        linktypes = np.empty(len(which), np.int64)
        for number in np.unique(which).tolist():
            linktypes[which == number] = self._interface(number).linktype
        return linktypes

    def _times(self, which: Ints, high: Ints, low: Ints) -> Ints:
        times = np.empty(len(which), np.int64)
        clock = (high & 0x7FFFFFFF) << 32 | low
        for number in np.unique(which).tolist():
            these = which == number
            interface = self._interface(number)
            seconds, rest = np.divmod(clock[these], interface.ticks)
            if interface.ticks <= MOST_EXACT:
                fraction = rest * SECOND // interface.ticks
            else:
                fraction = np.minimum((rest * (SECOND / interface.ticks)).astype(np.int64), SECOND - 1)
            times[these] = np.clip(seconds + interface.offset_s, 0, MOST_TIME_S) * SECOND + fraction
        return times

    def _odd_packet(self, data: bytes, kind: int, position: int, length: int, parts: list[Part]) -> None:
        """A simple packet block, which has no time of its own, or an obsolete one."""
        if kind == SIMPLE and length >= 16:
            (size,) = self._struct("I").unpack_from(data, position + 8)
            which, start, kept, time_ns = 0, 12, min(size, length - 16), self._last_ns
            if snaplen := self._interface(0).snaplen:
                kept = min(kept, snaplen)
        elif kind == OLD_PACKET and length >= 32:
            which, _drops, high, low, kept, size = self._struct("HHIIII").unpack_from(data, position + 8)
            start, kept = 28, min(kept, length - 32)
            time_ns = int(self._times(*(np.array([value], np.int64) for value in (which, high, low)))[0])
        else:
            return
        columns = (position + start, kept, max(kept, size), time_ns, self._interface(which).linktype)
        start_at, kept_of, size_of, time_of, type_of = (np.array([value], np.int64) for value in columns)
        parts.append((start_at, kept_of, size_of, time_of, type_of))
        self._last_ns = time_ns

    def _describe(self, data: bytes, kind: int, position: int, length: int) -> None:
        """Take in a block that says something about the capture."""
        if kind == SECTION:
            self._interfaces = []
        elif kind == INTERFACE and length >= 20 and len(self._interfaces) < MOST_INTERFACES:
            linktype, _, snaplen = self._struct("HHI").unpack_from(data, position + 8)
            options = self._options(data, position + 16, position + length - 4)
            ticks, offset = _ticks(options.get(IF_RESOLUTION, b"\x06")), options.get(IF_OFFSET, b"")
            offset_s = self._struct("q").unpack(offset)[0] if len(offset) == 8 else 0
            offset_s = max(-MOST_TIME_S, min(offset_s, MOST_TIME_S))
            self._interfaces.append(Interface(linktype, snaplen, ticks, offset_s))
        elif kind == STATISTICS and length >= 24:
            (which,) = self._struct("I").unpack_from(data, position + 8)
            options = self._options(data, position + 20, position + length - 4)
            lost = [
                options[code] for code in (DROPPED_BY_INTERFACE, DROPPED_BY_SYSTEM) if len(options.get(code, b"")) == 8
            ]
            self._dropped[which] = sum(self._struct("Q").unpack(value)[0] for value in lost)

    def _options(self, data: bytes, position: int, end: int) -> dict[int, bytes]:
        """Options by code; of repeated ones, the first."""
        found: dict[int, bytes] = {}
        head = self._struct("HH")
        while position + 4 <= end:
            code, length = head.unpack_from(data, position)
            if code == END_OF_OPTIONS or position + 4 + length > end:
                break
            found.setdefault(code, data[position + 4 : position + 4 + length])
            position += 4 + (length + 3 & ~3)
        return found

    def _next_block(self, data: bytes, position: int) -> int:
        """The next place with a block whose two lengths agree; the end of the data where there is none."""
        two, one = self._struct("II").unpack_from, self._struct("I").unpack_from
        end = len(data)
        for candidate in range(position, min(end - 12, position + SEARCHED)):
            kind, length = two(data, candidate)
            whole = kind in KNOWN and _plausible(kind, length) and candidate + length <= end
            if whole and one(data, candidate + length - 4)[0] == length:
                return candidate
        return end


def _plausible(kind: int, length: int) -> bool:
    return 12 <= length <= MOST_BLOCK and not length & 3 and (kind != ENHANCED or length >= 32)


def _is_little(data: bytes, section: int) -> bool:
    """The byte order of a section: by its mark, and if that is damaged, by its length."""
    little, big = (data[section + 8 : section + 12] == struct.pack(order + "I", ORDER) for order in "<>")
    return little or (not big and data[section + 4 : section + 6] != b"\0\0")


def _ticks(option: bytes) -> int:
    """Ticks in a second from if_tsresol: a power of ten, or of two when the highest bit is set."""
    value = option[0] if option else 6
    ticks = 1 << (value & 0x7F) if value & 0x80 else 10 ** (value & 0x7F)
    return int(ticks) if ticks < 1 << 62 else 1_000_000
