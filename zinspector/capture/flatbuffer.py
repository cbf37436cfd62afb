"""The few places of Arrow's FlatBuffers tables that pyarrow does not show, read with bounds.

A table begins with the distance to its list of fields; a field is a place in the table, or missing. (FlatBuffers
"Internals"; Arrow's Message.fbs and File.fbs say which field is which.)
"""

from __future__ import annotations

import struct
from typing import NamedTuple


class Table(NamedTuple):
    """A table of a message. Its methods raise struct.error or ValueError for places outside of the data."""

    data: bytes
    at: int

    @classmethod
    def root(cls, data: bytes, at: int) -> Table:
        """The table that a buffer at this place begins with."""
        return cls(data, at + _unpack("I", data, at))

    def number(self, field: int, form: str) -> int:
        """A number, by its form in `struct`; 0 when it is missing."""
        place = self._place(field)
        return _unpack(form, self.data, place) if place else 0

    def table(self, field: int) -> Table:
        """A table within this one, or a union's."""
        return Table(self.data, self.pointed(field))

    def pointed(self, field: int) -> int:
        """Where a table or vector lies that this field points to. Raises ValueError when it is missing."""
        place = self._place(field)
        if not place:
            raise ValueError(f"field {field} is missing")
        return place + _unpack("I", self.data, place)

    def _place(self, field: int) -> int:
        fields = self.at - _unpack("i", self.data, self.at)
        if fields < 0 or 4 + 2 * field >= _unpack("H", self.data, fields):
            return 0
        offset = _unpack("H", self.data, fields + 4 + 2 * field)
        return self.at + offset if offset else 0


def _unpack(form: str, data: bytes, at: int) -> int:
    if at < 0:
        raise ValueError(at)
    (value,) = struct.unpack_from(f"<{form}", data, at)
    return int(value)
