"""Frames: header and body, at any split, without ever allocating what a header declares.

    1.0        length (1) | flags (1) | body              length counts the flags byte; 0 is invalid
               FF | length (8) | flags (1) | body
    2.0, 3.x   flags (1) | size (1, or 8 with bit 1) | body       bit 0 MORE, bit 1 LONG, bit 2 COMMAND (3.x)

Of a body at most `limit` bytes are kept, and only those that came; its true size is told beside them. A size that
nobody can mean is refused (`Refused`): above 2^63-1 it is illegal, from 2^31 on libzmq would allocate it at once and
fail; following it would mean to believe it.

libzmq sends a topic of exactly 255 bytes to a 2.0 or 3.0 peer with an 8-byte length, but without the LONG bit (it
computes the bit before it prepends the 01). With `topics`, ten bytes `00 | 00..01 00 | 00 or 01` are read as that.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from zinspector.zmtp.anomalies import anomaly
from zinspector.zmtp.events import Anomaly, Bytes

MORE: Final = 1
LONG: Final = 2
COMMAND: Final = 4
RESERVED: Final = 0xF8
LARGEST: Final = (1 << 31) - 1
LEGAL: Final = (1 << 63) - 1
CORRUPT_TOPIC: Final = bytes((0, 0, 0, 0, 0, 0, 0, 1, 0))


class Refused(Exception):  # noqa: N818  # it is the protocol's word
    """A header after which nobody can go on."""

    def __init__(self, wrong: Anomaly) -> None:
        super().__init__(wrong.text)
        self.wrong = wrong


class Frame(NamedTuple):
    """A frame whose last byte has come. `body` is its head; `offset` and `header` place it in the stream."""

    flags: int
    body: bytes
    size: int
    offset: int
    header: int
    corrupt: bool = False


class FrameReader:
    """Reads frames from chunks. `limit` (bytes to keep of a body) may be changed between frames."""

    def __init__(self, old: bool, limit: int) -> None:
        """`old` means the layout of 1.0."""
        self.old = old
        self.limit = limit
        self.topics = False
        self._flags = self._size = self._offset = self._header = self._missing = self._room = 0
        self._corrupt = False
        self._head = bytearray()
        self.inside = False

    def read(self, data: Bytes, at: int, offset: int) -> tuple[int, Frame | None]:
        """Read on at `data[at]`, which is at `offset` in the stream: the place behind it, and a frame if one ended.

        No frame and the same place: the header isn't whole, come again with more. Raises Refused.
        """
        if not self.inside:
            begin = self._open_old(data, at, offset) if self.old else self._open(data, at, offset)
            if begin == at:
                return at, None
            if begin + self._size <= len(data):
                body = bytes(data[begin : begin + min(self._size, self.limit)])
                frame = Frame(self._flags, body, self._size, offset, self._header, self._corrupt)
                return begin + self._size, frame
            self.inside = True
            self._head = bytearray()
            self._missing = self._size
            self._room = self.limit
            at = begin
        return self._more(data, at)

    def partial(self) -> Frame:
        """What there is of the frame that has begun; its size is what came of it."""
        size = self._size - self._missing
        return Frame(self._flags, bytes(self._head), size, self._offset, self._header, self._corrupt)

    def skip(self, size: int) -> bool:
        """Leave out bytes of the body that nobody saw; False when they reach behind its end, or no body has begun.

        What comes after them isn't kept: the head of a body has no holes. Nothing may: then `close` the frame.
        """
        if not self.inside or size > self._missing:
            return False
        self._missing -= size
        self._room = len(self._head)
        return True

    @property
    def missing(self) -> int:
        """The bytes that its body still lacks."""
        return self._missing if self.inside else 0

    def close(self) -> Frame:
        """End the frame that has begun."""
        frame = self.partial()
        self.inside = False
        self._head = bytearray()
        return frame

    def _more(self, data: Bytes, at: int) -> tuple[int, Frame | None]:
        taken = min(self._missing, len(data) - at)
        room = self._room - len(self._head)
        if room > 0:
            self._head += data[at : at + min(taken, room)]
        self._missing -= taken
        return at + taken, None if self._missing else self.close()

    def _open(self, data: Bytes, at: int, offset: int) -> int:
        """Read a header; returns where the body begins, or `at`."""
        have = len(data) - at
        if have < 2:
            return at
        flags = data[at]
        self._corrupt = False
        if flags & LONG:
            if have < 9:
                return at
            size, header = int.from_bytes(data[at + 1 : at + 9], "big"), 9
        else:
            size, header = data[at + 1], 2
            if self.topics and not flags and not size:
                found = self._topic(data, at)
                if found is None:
                    return at
                self._corrupt = found
                size, header = (256, 9) if found else (0, 2)
        self._begin(flags, size, header, offset)
        return at + header

    def _open_old(self, data: Bytes, at: int, offset: int) -> int:
        have = len(data) - at
        if have < 2:
            return at
        size, header = data[at], 2
        if size == 0xFF:
            if have < 10:
                return at
            size, header = int.from_bytes(data[at + 1 : at + 9], "big"), 10
        if not size:
            raise Refused(anomaly("zero-length", offset))
        self._begin(data[at + header - 1], size - 1, header, offset)
        return at + header

    def _begin(self, flags: int, size: int, header: int, offset: int) -> None:
        if size > LARGEST:
            raise Refused(anomaly("impossible-size" if size > LEGAL else "oversize-frame", offset, size=size))
        self._flags, self._size, self._header, self._offset = flags, size, header, offset

    @staticmethod
    def _topic(data: Bytes, at: int) -> bool | None:
        """Whether this is the corrupt header of a long topic; None when that can't be said yet."""
        seen = bytes(data[at : at + 10])
        if not CORRUPT_TOPIC.startswith(seen[:9]):
            return False
        return seen[9] <= 1 if len(seen) == 10 else None


def strict(frame: Frame, old: bool, commands: bool) -> tuple[Anomaly, ...]:
    """What is wrong with the header of a frame; `commands` says whether this version has the COMMAND flag."""
    flags = frame.flags
    if old:
        return (anomaly("reserved-flags", frame.offset, value=flags),) if flags > MORE else ()
    if flags <= MORE:
        return (anomaly("corrupt-long-topic", frame.offset),) if frame.corrupt else ()
    wrong = []
    if flags & RESERVED or (flags & COMMAND and not commands):
        wrong.append(anomaly("reserved-flags", frame.offset, value=flags))
    if flags & LONG and frame.size <= 255:
        wrong.append(anomaly("long-form", frame.offset, size=frame.size))
    if commands and flags & COMMAND and flags & MORE:
        wrong.append(anomaly("more-on-command", frame.offset))
    return tuple(wrong)
