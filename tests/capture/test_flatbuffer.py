"""The few tables of Arrow that are read here: what pyarrow writes, and whatever a damaged file may hold."""

from __future__ import annotations

import struct
from contextlib import suppress

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zinspector.capture.flatbuffer import Table

KIND, HEADER, BODY = 1, 2, 3  # of a Message (Message.fbs)
RECORD_BATCH = 3
LENGTH = 0  # of a RecordBatch


def table(values: list[int | None]) -> bytes:
    """A buffer with one table of numbers of 64 bits, some of which are missing; its list of fields comes first."""
    offsets, body = [], b""
    for value in values:
        offsets.append(0 if value is None else 4 + len(body))
        body += b"" if value is None else struct.pack("<q", value)
    fields = struct.pack(f"<HH{len(values)}H", 4 + 2 * len(values), 4 + len(body), *offsets)
    return struct.pack("<I", 4 + len(fields)) + fields + struct.pack("<i", len(fields)) + body


@given(values=st.lists(st.none() | st.integers(-(1 << 63), (1 << 63) - 1), max_size=8), before=st.integers(0, 9))
def test_numbers_are_found_and_what_is_missing_is_0(values: list[int | None], before: int) -> None:
    found = Table.root(bytes(before) + table(values), before)
    assert [found.number(place, "q") for place in range(len(values) + 2)] == [*(value or 0 for value in values), 0, 0]


def test_what_is_missing_points_nowhere() -> None:
    with pytest.raises(ValueError, match="field 1 is missing"):
        Table.root(table([7, None]), 0).table(1)


@given(rows=st.integers(0, 1000))
def test_the_header_of_a_batch_of_arrow(rows: int) -> None:
    batch = pa.record_batch({"n": pa.array(range(rows), pa.uint64())})
    data = batch.serialize().to_pybytes()
    message = Table.root(data, 8)
    _, length = struct.unpack_from("<II", data)
    assert message.number(KIND, "B") == RECORD_BATCH
    assert message.number(BODY, "q") == len(data) - 8 - length
    assert message.table(HEADER).number(LENGTH, "q") == rows


DAMAGED = table([7, None, -1, 1 << 40])


@given(
    st.binary(max_size=60)
    | st.builds(
        lambda at, byte: DAMAGED[:at] + bytes([byte]) + DAMAGED[at + 1 :],
        st.integers(0, len(DAMAGED) - 1),
        st.integers(0, 255),
    )
)
def test_damage_is_a_number_or_told(data: bytes) -> None:
    for field in range(6):
        with suppress(struct.error, ValueError):
            found = Table.root(data, 0)
            assert isinstance(found.number(field, "q"), int)
            assert found.table(field).at >= 0
