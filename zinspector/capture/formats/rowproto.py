"""A row as Protobuf: the messages of the channel in our MCAP files that holds everything.

Foxglove, PlotJuggler and any Protobuf library read it with the schema that stands in the file. What is null in a
column is a field that isn't there; `true_sizes` are there only where a frame was cut. `topic` is not read back.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from zinspector.capture import byte_columns as columns
from zinspector.capture.byte_columns import Part

NAME = "zinspector.Row"
_TYPES = descriptor_pb2.FieldDescriptorProto
_FIELDS = (
    ("n", 1, _TYPES.TYPE_UINT64, False),
    ("time_ns", 2, _TYPES.TYPE_INT64, False),
    ("node", 3, _TYPES.TYPE_STRING, False),
    ("link", 4, _TYPES.TYPE_STRING, False),
    ("connection", 5, _TYPES.TYPE_INT32, False),
    ("direction", 6, _TYPES.TYPE_STRING, False),
    ("kind", 7, _TYPES.TYPE_STRING, False),
    ("name", 8, _TYPES.TYPE_STRING, False),
    ("from_type", 9, _TYPES.TYPE_STRING, False),
    ("to_type", 10, _TYPES.TYPE_STRING, False),
    ("size", 11, _TYPES.TYPE_INT64, False),
    ("frames", 12, _TYPES.TYPE_BYTES, True),
    ("true_sizes", 13, _TYPES.TYPE_INT64, True),
    ("anomalies", 14, _TYPES.TYPE_STRING, True),
    ("topic", 15, _TYPES.TYPE_STRING, False),
)
MASK = (1 << 64) - 1
FIELDS = {name: number for name, number, _, _ in _FIELDS}
"""The number of each field."""
OPTIONAL = ("link", "connection", "name", "from_type", "to_type")


def _file() -> descriptor_pb2.FileDescriptorProto:
    """The file that protoc would make of it; proto2, where every field may be missing."""
    made = descriptor_pb2.FileDescriptorProto(name="zinspector/row.proto", package="zinspector", syntax="proto2")
    row = made.message_type.add(name="Row")
    for name, number, kind, repeated in _FIELDS:
        label = _TYPES.LABEL_REPEATED if repeated else _TYPES.LABEL_OPTIONAL
        row.field.add(name=name, number=number, type=kind, label=label)
    return made


_POOL = descriptor_pool.DescriptorPool()
_POOL.Add(_file())
ROW = message_factory.GetMessageClass(_POOL.FindMessageTypeByName(NAME))
DESCRIPTORS: bytes = descriptor_pb2.FileDescriptorSet(file=[_file()]).SerializeToString()


def packed(batch: pa.RecordBatch) -> pa.Array:
    """Rows as bytes: what Protobuf itself would make of them."""
    frames, places = columns.frames_of(batch)
    kept, true = columns.sizes_of(batch, frames, places)
    parts: list[Part] = [b"\x08", _varints(batch.column("n").to_numpy())]
    for name, number, kind, _ in _FIELDS[1:11]:
        column = batch.column(name)
        if kind == _TYPES.TYPE_STRING:
            parts.append(columns.by_word(column, partial(_text, number)))
        elif column.null_count < len(column):
            there = column.is_valid().to_numpy(zero_copy_only=False)
            values = columns.joined(key(number, 0), _varints(column.fill_null(0).to_numpy()))
            parts.append(pc.if_else(pa.array(there), values, pa.scalar(b"", columns.BYTES)))
    parts.append(columns.grouped(columns.joined(key(12, 2), _varints(kept), frames), places))
    rows = np.flatnonzero(np.bincount(np.repeat(np.arange(len(places) - 1), np.diff(places))[kept < true])).tolist()
    more = {
        row: b"".join(key(13, 0) + _varint(size) for size in true[places[row] : places[row + 1]].tolist())
        for row in rows
    }
    anomalies = batch.column("anomalies")
    for row in np.flatnonzero(anomalies.is_valid().to_numpy(zero_copy_only=False)).tolist():
        more[row] = more.get(row, b"") + b"".join(_text(14, text) for text in anomalies[row].as_py())
    if more:
        said = pa.array([b""] * batch.num_rows, columns.BYTES)
        parts.append(columns.replaced(said, np.array(list(more)), list(more.values())))
    return columns.joined(*parts, columns.by_topic(batch, frames, places, partial(_text, 15)))


def _text(number: int, text: str | None) -> bytes:
    data = (text or "").encode()
    return b"" if text is None else key(number, 2) + _varint(len(data)) + data


def key(number: int, wire: int) -> bytes:
    """What a field begins with, for numbers below 16."""
    return bytes((number << 3 | wire,))


def _varint(value: int) -> bytes:
    made, rest = bytearray(), value & MASK
    while rest > 127:
        made.append(rest & 127 | 128)
        rest >>= 7
    return bytes((*made, rest))


def _varints(numbers: npt.NDArray[Any]) -> pa.Array:
    """Seven bits a byte, the lowest first; negative numbers as of 64 bits."""
    values = numbers.astype(np.int64).view(np.uint64) if numbers.dtype != np.uint64 else numbers
    most = max(1, -(-int(values.max(initial=0)).bit_length() // 7))
    table = values[:, None] >> (np.arange(most, dtype=np.uint64) * np.uint64(7))
    sizes = np.maximum(np.count_nonzero(table, axis=1), 1)
    more = np.arange(most) < sizes[:, None] - 1
    return columns.heads(table.astype(np.uint8) & np.uint8(127) | more.view(np.uint8) << np.uint8(7), sizes)


def unpacked(data: bytes) -> tuple[Any, ...]:
    """The values of a row in the order of the columns. Raises Protobuf's DecodeError."""
    row = ROW.FromString(data)
    link, connection, name, from_type, to_type = (
        getattr(row, field) if row.HasField(field) else None for field in OPTIONAL
    )
    return (
        *(row.n, row.time_ns, row.node, link, connection, row.direction, row.kind, name, from_type, to_type),
        *(row.size, list(row.frames), list(row.true_sizes) or None, list(row.anomalies) or None),
    )
