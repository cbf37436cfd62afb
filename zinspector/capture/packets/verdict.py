"""Does this TCP connection speak ZMTP? Decided from the bytes alone, whatever the port.

- A greeting of ZMTP 2.0 or 3.x on either side decides: FF, nine bytes, and 7F at the tenth (RFC 15, RFC 37; libzmq
  tests only its lowest bit, but nobody sends another; sixteen FF are BGP).
- Without one, ZMTP 1.0: from the very beginning both sides, or one of them for several frames, are whole frames of the
  form length, flags 0 or 1, body (RFC 13).
- A connection whose beginning nobody saw must prove itself (`proof`).
- Protocols that are known by their first bytes are named; of the rest it is only said that it is no ZMTP.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from zinspector.capture.packets import foreign, proof
from zinspector.capture.packets.reassembly import Piece

SIGNATURE = 10
MOST_BYTES = 1 << 18
MOST_PIECES = 64
WINDOW = 16
LOOKED_AT = 4096
OLD_FRAMES = 3
LARGEST = 1 << 40
ANONYMOUS = b"\x01\x00"

Answer = Literal["zmtp", "other", "wait"]


@dataclass(slots=True)
class Said:
    """What one side said so far, and whether that is from its very beginning."""

    from_start: bool = True
    pieces: list[Piece] = field(default_factory=list)
    size: int = 0

    def add(self, piece: Piece) -> None:
        """Take in the next piece."""
        self.pieces.append(piece)
        self.size += len(piece.data)

    @property
    def head(self) -> bytes:
        """The first bytes, up to a gap."""
        parts, size = [], 0
        for piece in self.pieces:
            if piece.missing or size >= LOOKED_AT:
                break
            parts.append(piece.data)
            size += len(piece.data)
        return b"".join(parts)[:LOOKED_AT]


def judge(said: tuple[Said, Said], *, final: bool = False) -> tuple[Answer, str]:
    """What is spoken, and the name of another protocol; `final` when nothing more will come."""
    heads = [each.head for each in said]
    if any(is_greeting(head) or (final and _begins_greeting(head)) for head in heads):
        return "zmtp", ""
    for head in heads:
        if name := foreign.name(head):
            return "other", name
    if all(each.from_start for each in said) and _is_old(heads):
        return "zmtp", ""
    last = final or any(each.size > MOST_BYTES or len(each.pieces) > MOST_PIECES for each in said)
    looked_at = [each for each in said if not each.from_start or _has_gap(each)]
    if any(_proven(each) for each in looked_at if last or _is_time(len(each.pieces))):
        return "zmtp", ""
    if last:
        return "other", ""
    hopeless = all(head and each.from_start and not _may_be(head) for head, each in zip(heads, said, strict=True))
    return ("other", "") if hopeless else ("wait", "")


def is_greeting(head: bytes) -> bool:
    """Whether these bytes are the signature of ZMTP 2.0 and later."""
    if len(head) < SIGNATURE or head[0] != 0xFF or head[9] != 0x7F:
        return False
    return len(head) == SIGNATURE or head[SIGNATURE] < 0x20


def may_be_greeting(head: bytes) -> bool:
    """Whether these bytes may be the first of ZMTP 2.0 and later: no frame begins so."""
    return head[:1] == b"\xff" and (len(head) < SIGNATURE or is_greeting(head))


def _begins_greeting(head: bytes) -> bool:
    return len(head) < SIGNATURE and head[:1] == b"\xff" and not head[1:8].strip(b"\0")


def _may_be(head: bytes) -> bool:
    """Whether the beginning of ZMTP of any version may look so."""
    if head[:1] == b"\xff":
        return may_be_greeting(head)
    return _old_frames(head)[0] >= 0


def _is_old(heads: Sequence[bytes]) -> bool:
    counts = [_old_frames(head) for head in heads]
    if any(count < 0 for count, _ in counts):
        return False
    if all(head.startswith(ANONYMOUS) for head in heads):
        return True
    if all(heads):
        return sum(count for count, _ in counts) >= OLD_FRAMES and all(count for count, _ in counts)
    return any(count >= OLD_FRAMES and whole for count, whole in counts)


def _old_frames(head: bytes) -> tuple[int, bool]:
    """How many frames of ZMTP 1.0, the first an identity, and whether the data ends with one; -1 for something else."""
    position = count = 0
    while position + 2 <= len(head):
        width = 9 if head[position] == 0xFF else 1
        length = int.from_bytes(head[position + 1 : position + 9], "big") if width == 9 else head[position]
        if position + width >= len(head):
            break
        flags = head[position + width]
        if not 0 < length < LARGEST or flags > 1 or (flags and not count) or (width == 9 and length < 255):
            return -1, False
        if position + width + length > len(head):
            break
        position += width + length
        count += 1
    if position < len(head) and head[position] == 0:
        return -1, False
    return count, position == len(head)


def _has_gap(said: Said) -> bool:
    return any(piece.missing for piece in said.pieces)


def _is_time(pieces: int) -> bool:
    """Whether to look for proof: it is a lot of work where everything looks like frames."""
    return pieces & pieces - 1 == 0 or pieces % WINDOW == 0


def _proven(said: Said) -> bool:
    """Whether somewhere in what one side said frames begin, at the beginning of a segment."""
    segments = [piece.data for piece in said.pieces[-WINDOW:]]
    return any(proof.begins(proof.until_gap(segments, at), proof.ENOUGH) for at in range(len(segments)))
