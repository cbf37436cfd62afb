"""Is this a place where a ZMTP frame begins? Asked of the beginnings of segments after a gap, and of connections whose
beginning nobody saw.

Nothing in a stream marks the beginning of a frame, so it is weighed, in bits: how unlikely would these bytes be if
they were anything else? Programs send messages whole, so segments often begin and end with one; the parser itself,
which does not know where segments are, has its own way (`zmtp/resync.py`), which needs more messages to be sure.

| what                                  | bits                                                                      |
|---|---|
| a flags byte that a sender may write  | 5.4: 6 of 256                                                             |
| a long size                           | 24: four zeros, and more than a short one can say                         |
| the name of a command that exists     | 8 a letter                                                                |
| messages end where a segment does     | 8: 1 of 256; fewer when frames are tiny and end everywhere; of short      |
|                                       | frames only the ends of the first segments count                          |

- Empty frames count nothing, but in segments of a few bytes: zeros are common in payloads.
- It is no proof when frames might as well begin a few bytes later: payloads can be full of what looks like frames.
- A segment that follows a full one is the rest of something, and no candidate at all (`Beginnings`): what it holds may
  even be ZMTP, as in the recording of another connection.
- Frames of ZMTP 2.0 and 3.x only (RFC 15, RFC 37): of 1.0 nearly anything can be a frame.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from zinspector.capture.packets.columns import Ints

ENOUGH = 24.0
ENOUGH_WHEN_KNOWN = 12.0
"""Bits that are proof in a connection that is known to speak ZMTP."""
FLAGS_BITS, LONG_BITS, LETTER_BITS, END_BITS = 5.4, 24.0, 8.0, 8.0
TINY = 8
MORE, LONG, COMMAND = 1, 2, 4
FLAGS = {0, MORE, LONG, LONG | MORE, COMMAND, LONG | COMMAND}
NAMES = {b"READY", b"ERROR", b"SUBSCRIBE", b"CANCEL", b"PING", b"PONG", b"JOIN", b"LEAVE"}
NAMES |= {b"HELLO", b"WELCOME", b"INITIATE", b"MESSAGE"}
MISSPELT = b"^RROR"
"""How libzmq's PLAIN server writes ERROR: its source says "\\x5ERROR", and a hexadecimal escape takes the E, too."""
SURE_BITS = 32.0
FULL = 500
"""Bytes that a full segment has at least: RFC 9293 has 536 for IPv4 without options."""
FEW_BYTES = 8
FEW_SEGMENTS = 4
LARGEST = 1 << 31
MOST_BYTES = 1 << 16
MOST_FRAMES = 256
RIVALS = 32
EMPTY = b"\0\0"
NOT_ZERO = re.compile(rb"[^\0]")


@dataclass(slots=True)
class Chain:
    """Frames that follow each other from one place: their weight, and whether they can be told from anything else."""

    bits: float = 0.0
    heads: set[int] = field(default_factory=set)
    sure: bool = False
    """Whether it ended with a segment, or names a command."""


class Beginnings:
    """Which segments of one side may begin with a frame, by the sizes of what came before."""

    def __init__(self) -> None:
        self._largest = FULL
        self._before = 0

    def gap(self, size: int | None) -> None:
        """So many bytes were not seen."""
        self._before = size or 0

    def follow(self, ends: Ints) -> None:
        """Take in segments that are no question, by where each ends."""
        self.may(int(ends[0]))
        if len(ends) > 1:
            sizes = ends[1:] - ends[:-1]
            self._largest, self._before = max(self._largest, int(sizes.max())), int(sizes[-1])

    def may(self, size: int) -> bool:
        """Take in the size of the next segment; whether it is a candidate."""
        self._largest = max(self._largest, size)
        before, self._before = self._before, size
        return before < FULL or before < self._largest


def until_gap(segments: Sequence[bytes], first: int) -> Sequence[bytes]:
    """The segments from `first` on that follow each other: a gap is an empty one."""
    end = next((at for at in range(first, len(segments)) if not segments[at]), len(segments))
    return segments[first:end]


def begins(segments: Sequence[bytes], enough: float) -> bool:
    """Whether the first of these segments, which follow each other, begins with a frame for sure."""
    if not segments or segments[0][0] not in FLAGS:
        return False
    ends, data = [], b""
    for segment in segments:
        if len(data) > MOST_BYTES:
            break
        data += segment
        ends.append(len(data))
    few = len(segments[0]) <= FEW_BYTES
    chain = _follow(data, 0, ends, few=few)
    if chain is None or not chain.sure or chain.bits < enough:
        return False
    return few or not _rivalled(data, min(len(segments[0]), RIVALS + 1), chain, min(chain.bits / 2, enough))


def _rivalled(data: bytes, end: int, chain: Chain, bits: float) -> bool:
    """Whether frames might as well begin somewhere else before `end`."""
    for start in range(1, end):
        if data[start] in FLAGS and start not in chain.heads:
            if data.startswith(EMPTY, start) and start + 2 < end and start + 2 not in chain.heads:
                continue  # an empty frame weighs nothing: this is as likely as what follows it, which is looked at, too
            rival = _follow(data, start, [], few=False)
            if rival is not None and rival.bits >= bits:
                return True
    return False


def _follow(data: bytes, position: int, ends: list[int], *, few: bool) -> Chain | None:
    """Follow frames to the end of the data; None when something that is no frame comes."""
    chain, start, frames = Chain(), position, 0
    while position < len(data) and len(chain.heads) < MOST_FRAMES:
        frame = _frame(data, position)
        if frame is None:
            return None
        flags, body, following = frame
        if following > len(data):
            break
        if following == body and not flags and not few:
            following = _after_empty(data, position)
            chain.heads.update(range(position, min(following, RIVALS + 2), 2))
            frames += (following - position) // 2
        else:
            chain.heads.add(position)
            frames += 1
            chain.bits += _weight(flags, data[body:following], few=few)
            chain.sure = chain.sure or chain.bits >= SURE_BITS
        position = following
        if not flags & MORE and chain.bits and position in (ends if chain.bits >= LONG_BITS else ends[:FEW_SEGMENTS]):
            usual = (position - start) / frames
            chain.bits += END_BITS if usual >= TINY else math.log2(usual)
            chain.sure = True
    return chain


def _after_empty(data: bytes, position: int) -> int:
    """Where empty frames end that begin here: there may be many, and all are alike."""
    other = NOT_ZERO.search(data, position)
    end = other.start() if other is not None else len(data)
    return position + (end - position & ~1)


def _weight(flags: int, body: bytes, *, few: bool) -> float:
    if not body:
        return FLAGS_BITS if few else 0.0
    bits = LONG_BITS if flags & LONG else FLAGS_BITS
    name = body[1 : 1 + body[0]]
    if body.startswith(MISSPELT) and flags & COMMAND:
        bits += LETTER_BITS * len(MISSPELT)
    elif name in NAMES and (flags & COMMAND or name == b"MESSAGE"):
        bits += LETTER_BITS * len(name)
    return bits


def _frame(data: bytes, position: int) -> tuple[int, int, int] | None:
    """Flags, place of the body and of the next frame, after the data when it ends before; None for no frame."""
    flags = data[position]
    if flags not in FLAGS:
        return None
    body = position + (9 if flags & LONG else 2)
    if body > len(data):
        return flags, body, body
    size = int.from_bytes(data[position + 1 : body], "big")
    if flags & LONG and not 255 < size < LARGEST:
        return None
    if flags & COMMAND and not _command(data[body : body + min(size, 256)], size):
        return None
    return flags, body, body + size


def _command(head: bytes, size: int) -> bool:
    """Whether a body of `size` bytes can be a command: a name that can be read, by its length."""
    if not head or head.startswith(MISSPELT):
        return bool(head) or not size
    name = head[1 : 1 + head[0]]
    return 0 < head[0] < size and name.isascii() and name.decode("ascii").isprintable()
