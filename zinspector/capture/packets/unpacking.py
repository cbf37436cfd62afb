"""Captures that were packed as a whole: Zstandard, LZ4, xz and bzip2, as Wireshark and others leave them.

gzip, which may also come through a pipe, is for `gunzip`.
"""

from __future__ import annotations

import bz2
import lzma
from collections.abc import Callable, Iterator
from typing import IO, Protocol

import pyarrow as pa

READ_AT_ONCE = 1 << 23
STEP = 1 << 16  # bytes: what is lost in front of damage at most


class Readable(Protocol):
    """What gives unpacked bytes."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes, none at the end. Raises what its library does on damage."""


OPENERS: dict[bytes, Callable[[IO[bytes]], Readable]] = {
    b"\x28\xb5\x2f\xfd": lambda file: pa.CompressedInputStream(file, "zstd"),
    b"\x04\x22\x4d\x18": lambda file: pa.CompressedInputStream(file, "lz4"),
    b"\xfd7zXZ\0": lzma.LZMAFile,
    b"BZh": bz2.BZ2File,
}
SUFFIXES = (".gz", ".zst", ".lz4", ".xz", ".bz2")
"""Of gzip, too."""


def is_packed(head: bytes) -> bool:
    """Whether a file that begins so is packed in one of these ways."""
    return any(head.startswith(magic) for magic in OPENERS)


class Unpacking:
    """The bytes of a file, unpacked if they are packed; `damage` says why they end early, if they do."""

    def __init__(self, file: IO[bytes]) -> None:
        head = file.read(max(map(len, OPENERS)))
        file.seek(0)
        opener = next((opener for magic, opener in OPENERS.items() if head.startswith(magic)), None)
        self.damage = ""
        self._source: Readable = file if opener is None else opener(file)
        self._step = READ_AT_ONCE if opener is None else STEP

    def pieces(self) -> Iterator[bytes]:
        """All of them, in pieces of about 8 MiB."""
        parts: list[bytes] = []
        size = 0
        for part in self._parts():
            parts.append(part)
            size += len(part)
            if size >= READ_AT_ONCE:
                yield b"".join(parts)
                parts, size = [], 0
        if parts:
            yield b"".join(parts)

    def _parts(self) -> Iterator[bytes]:
        while True:
            try:
                part = self._source.read(self._step)
            except (EOFError, OSError, lzma.LZMAError) as error:
                if isinstance(error, OSError) and error.errno is not None:
                    raise  # of the file, not of what is in it
                self.damage = f"the compressed data is damaged: {error}"
                return
            if not part:
                return
            yield part
