"""Is this a place where a ZMTP frame begins? Asked after a gap, and of connections whose beginning nobody saw.

Nothing in a stream marks the beginning of a frame, so it is weighed, in bits: how unlikely would these bytes be if
they were anything else? A flags byte that a sender may write is 6 of 256. That frames follow each other and end, with
the last frame of a message, exactly where a segment ends is 1 of 256. The name of a command that exists counts 8 bits
a letter. Empty frames count only in segments of a few bytes: zeros are common in payloads.
Frames of ZMTP 2.0 and 3.x only (RFC 15, RFC 37): of 1.0 nearly anything can be a frame.
"""

from __future__ import annotations

from collections.abc import Sequence

ENOUGH = 24.0
ENOUGH_WHEN_KNOWN = 12.0
"""Bits that are proof in a connection that is known to speak ZMTP: gaps often end where a message begins."""
FLAGS_BITS, END_BITS, LETTER_BITS = 5.4, 8.0, 8.0
MORE, LONG, COMMAND = 1, 2, 4
FLAGS = {0, MORE, LONG, LONG | MORE, COMMAND, LONG | COMMAND}
NAMES = {b"READY", b"ERROR", b"SUBSCRIBE", b"CANCEL", b"PING", b"PONG", b"JOIN", b"LEAVE"}
NAMES |= {b"HELLO", b"WELCOME", b"INITIATE", b"MESSAGE"}
MISSPELT = b"^RROR"
"""How libzmq's PLAIN server writes ERROR: its source says "\\x5ERROR", and a hexadecimal escape takes the E, too."""
FEW_BYTES = 8
LARGEST = 1 << 40
MOST_FRAMES = 64


def until_gap(segments: Sequence[bytes], first: int) -> Sequence[bytes]:
    """The segments from `first` on that follow each other: a gap is an empty one."""
    end = next((at for at in range(first, len(segments)) if not segments[at]), len(segments))
    return segments[first:end]


def begins(segments: Sequence[bytes], enough: float) -> bool:
    """Whether the first of these segments, which follow each other, begins with a frame for sure."""
    if not segments or segments[0][0] not in FLAGS:
        return False
    data = b"".join(segments)
    ends = set()
    end = 0
    for segment in segments:
        end += len(segment)
        ends.add(end)
    bits, position, closed = 0.0, 0, True
    few = len(segments[0]) <= FEW_BYTES
    for _ in range(MOST_FRAMES):
        if bits >= enough and closed:
            return True
        frame = _frame(data, position)
        if frame is None:
            return False
        flags, body, following = frame
        if following > len(data) or body > len(data):
            break
        if following - body or few:
            bits += FLAGS_BITS + _command_bits(flags, data[body:following])
        closed = not flags & MORE
        if closed and following in ends and bits:
            bits += END_BITS
        position = following
    return bits >= enough


def _frame(data: bytes, position: int) -> tuple[int, int, int] | None:
    """Flags, place of the body and of the next frame, after the data when it ends before; None for no frame."""
    if position >= len(data):
        return 0, position, len(data) + 1
    flags = data[position]
    if flags not in FLAGS:
        return None
    width = 8 if flags & LONG else 1
    body = position + 1 + width
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
        return bool(head)
    name = head[1 : 1 + head[0]]
    return 0 < head[0] < size and name.isascii() and name.decode("ascii").isprintable()


def _command_bits(flags: int, body: bytes) -> float:
    """What the name of a command adds; the messages of CURVE are named, too, but aren't flagged."""
    if flags & MORE or not body:
        return 0.0
    if body.startswith(MISSPELT):
        return LETTER_BITS * len(MISSPELT)
    name = body[1 : 1 + body[0]]
    return LETTER_BITS * len(name) if name in NAMES else 0.0
