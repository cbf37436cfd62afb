"""gzip as it comes: any pieces in, bounded pieces out; after damage nothing more comes, and the damage is told."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

MAGIC = b"\x1f\x8b"
AT_ONCE = 1 << 24
STEP = 1 << 12
GZIP_ONLY = 31  # zlib's wbits for a gzip header and the largest window


class Gunzip:
    """Unpacks a gzip stream of one or more members."""

    def __init__(self) -> None:
        self.damage: str | None = None
        self._member = zlib.decompressobj(wbits=GZIP_ONLY)
        self._padding = False

    @property
    def complete(self) -> bool:
        """Whether the stream ended where a member ends."""
        return self._member.eof

    def feed(self, packed: bytes) -> Iterator[bytes]:
        """The unpacked bytes, in pieces of at most 16 MiB."""
        while packed and self.damage is None and not self._padding:
            if self._member.eof:
                if packed[:1] != MAGIC[:1]:
                    self._padding = True  # gzip ignores what follows the last member, too
                    return
                self._member = zlib.decompressobj(wbits=GZIP_ONLY)
            before = self._member.copy()
            try:
                unpacked = self._member.decompress(packed, AT_ONCE)
            except zlib.error as error:
                self.damage = f"the compressed data is damaged: {error}"
                yield from _until_error(before, packed)
                return
            packed = self._member.unconsumed_tail or self._member.unused_data
            if unpacked:
                yield unpacked


def _until_error(member: zlib._Decompress, packed: bytes) -> Iterator[bytes]:
    """What can be unpacked before the damage: zlib keeps nothing of a call that fails."""
    step = STEP
    while packed:
        before = member.copy()
        try:
            unpacked = member.decompress(packed[:step])
        except zlib.error:
            if step == 1:
                return
            member, step = before, 1
            continue
        packed = packed[step:]
        if unpacked:
            yield unpacked
