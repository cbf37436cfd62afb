"""The footer of a Parquet file: how many rows and bytes each part claims, read without believing any of it.

pyarrow ends the process when some of its questions to a damaged footer fail in C++, so this is asked before it. The
footer is a struct of Thrift's compact protocol (parquet.thrift: FileMetaData) before a length (4) and the magic (4).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

TAIL = 8
MOST = 64 << 20  # bytes of a footer
DEPTH = 16
DICTIONARIES = {2, 8}  # PLAIN_DICTIONARY, RLE_DICTIONARY
TRUE, FALSE, BYTE, DOUBLE, BINARY, LIST, SET, STRUCT = 1, 2, 3, 7, 8, 9, 10, 12
NUMBERS = (4, 5, 6)

Struct = dict[int, Any]


class BadFooterError(ValueError):
    """A footer that can't be read: a sentence says why."""


class Chunk(NamedTuple):
    """A column of a row group. `path` has the names from the column down to the leaf."""

    path: tuple[str, ...]
    values: int
    size: int
    by_dictionary: bool


class Group(NamedTuple):
    """A row group."""

    rows: int
    chunks: tuple[Chunk, ...]


class Footer(NamedTuple):
    """What a file says of itself."""

    rows: int
    groups: tuple[Group, ...]


def read_footer(path: Path) -> Footer:
    """The footer of a file. Raises BadFooterError, OSError."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - TAIL))
        tail = file.read(TAIL)
        if len(tail) < TAIL or tail[4:] != b"PAR1":
            raise BadFooterError("it has no footer: it was never finished, or a part of it is missing")
        length = int.from_bytes(tail[:4], "little")
        if length > min(size - TAIL, MOST):
            raise BadFooterError("its footer is longer than it")
        file.seek(size - TAIL - length)
        data = file.read(length)
    try:
        return _footer(_Reader(data).struct(DEPTH))
    except (IndexError, KeyError, TypeError, AttributeError, ValueError) as error:
        text = str(error) if isinstance(error, BadFooterError) else "its footer is damaged"
        raise BadFooterError(text) from None


def _footer(told: Struct) -> Footer:
    groups = []
    for group in told[4]:
        chunks = []
        for column in group[1]:
            said = column[3]
            names = tuple(name.decode("utf-8", "backslashreplace") for name in said[3])
            chunks.append(Chunk(names, _size(said[5]), _size(said[6]), bool(DICTIONARIES & set(said[2]))))
        groups.append(Group(_size(group[3]), tuple(chunks)))
    rows = _size(told[3])
    if sum(group.rows for group in groups) != rows:
        raise BadFooterError("its numbers of rows contradict each other")
    for group in groups:
        for chunk in group.chunks:
            if len(chunk.path) == 1 and chunk.values != group.rows:
                raise BadFooterError(f"{chunk.path[0]} has {chunk.values:,} values, not one for each row")
    return Footer(rows, tuple(groups))


def _size(value: Any) -> int:
    if not isinstance(value, int) or value < 0:
        raise BadFooterError("its footer is damaged")
    return value


class _Reader:
    """Thrift's compact protocol: structs as dictionaries by field number."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def struct(self, depth: int) -> Struct:
        if not depth:
            raise BadFooterError("its footer is nested too deeply")
        made: Struct = {}
        number = 0
        while kind := self._byte():
            delta, kind = kind >> 4, kind & 15
            number = number + delta if delta else self._number()
            made[number] = kind == TRUE if kind in (TRUE, FALSE) else self._value(kind, depth - 1)
        return made

    def _value(self, kind: int, depth: int) -> Any:
        if kind in NUMBERS:
            return self._number()
        if kind == BINARY:
            return self._bytes(self._varint())
        if kind in (LIST, SET):
            return self._list(depth)
        if kind == STRUCT:
            return self.struct(depth)
        if kind in (TRUE, FALSE, BYTE):
            return self._byte()
        if kind == DOUBLE:
            return self._bytes(8)
        raise BadFooterError("its footer is damaged")

    def _list(self, depth: int) -> list[Any]:
        head = self._byte()
        count = head >> 4 if head >> 4 < 15 else self._varint()
        if count > len(self._data) - self._at:  # each takes a byte at least
            raise BadFooterError("its footer is damaged")
        return [self._value(head & 15, depth) for _ in range(count)]

    def _number(self) -> int:
        value = self._varint()
        return value >> 1 ^ -(value & 1)

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
            if shift > 63:
                raise BadFooterError("its footer is damaged")

    def _byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def _bytes(self, size: int) -> bytes:
        if size > len(self._data) - self._at:
            raise BadFooterError("its footer is damaged")
        self._at += size
        return self._data[self._at - size : self._at]
