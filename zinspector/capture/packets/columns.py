"""Packets as columns: one chunk of a capture, with what is needed to decode all its packets at once.

All positions are offsets into `data`. Reading past the end of the data gives the last byte, never an error: whoever
reads a field checks by its place whether the packet was long enough to hold it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]
UNDESCRIBED = -1  # in place of a link type: the capture doesn't say


@dataclass(frozen=True, slots=True)
class Packets:
    """A chunk: where each packet begins, how many bytes of it are here (`kept`) and were on the wire (`sizes`).

    `times` are ns since 1970, `linktypes` the LINKTYPE_ numbers of tcpdump.org.
    """

    data: bytes
    starts: Ints
    kept: Ints
    sizes: Ints
    times: Ints
    linktypes: Ints

    def __len__(self) -> int:
        return len(self.starts)


@dataclass(frozen=True, slots=True)
class Damage:
    """A part of a capture that can't be read. `offset` is in the (unpacked) file, in bytes."""

    offset: int
    text: str


def nothing() -> Packets:
    """A chunk without packets."""
    none = np.zeros(0, np.int64)
    return Packets(b"", none, none, none, none, none)


def joined(data: bytes, parts: list[tuple[Ints, Ints, Ints, Ints, Ints]]) -> Packets:
    """Packets of several runs in one chunk: tuples of starts, kept, sizes, times, linktypes."""
    if not parts:
        return nothing()
    columns = parts[0] if len(parts) == 1 else tuple(np.concatenate(column) for column in zip(*parts, strict=True))
    return Packets(data, *columns)


def u8(data: Bytes, at: Ints) -> Ints:
    """The bytes at these places."""
    return data.take(at, mode="clip").astype(np.int64)


def u16(data: Bytes, at: Ints) -> Ints:
    """Big-endian 16-bit numbers."""
    return u8(data, at) << 8 | u8(data, at + 1)


def u32(data: Bytes, at: Ints) -> Ints:
    """Big-endian 32-bit numbers."""
    return u16(data, at) << 16 | u16(data, at + 2)


def words(data: Bytes, at: Ints, *, little: bool) -> Ints:
    """32-bit numbers in the byte order of whoever wrote the file."""
    if not little:
        return u32(data, at)
    return u8(data, at + 3) << 24 | u8(data, at + 2) << 16 | u8(data, at + 1) << 8 | u8(data, at)
