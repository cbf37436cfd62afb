"""A row as Protobuf: the messages of the channel in our MCAP files that holds everything.

Foxglove, PlotJuggler and any Protobuf library read it with the schema that stands in the file. What is null in a
column is a field that isn't there; `true_sizes` are there only where a frame was cut. `topic` is not read back.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from zinspector.capture.message import Message

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
_OPTIONAL = ("link", "connection", "name", "from_type", "to_type")


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
_ROW = message_factory.GetMessageClass(_POOL.FindMessageTypeByName(NAME))
DESCRIPTORS: bytes = descriptor_pb2.FileDescriptorSet(file=[_file()]).SerializeToString()


def packed(row: Message) -> bytes:
    """A row as bytes."""
    cut = any(len(frame) != size for frame, size in zip(row.frames, row.true_sizes, strict=True))
    made: bytes = _ROW(
        n=row.n,
        time_ns=row.time_ns,
        node=row.node,
        link=row.link,
        connection=row.connection,
        direction=row.direction,
        kind=row.kind,
        name=row.name,
        from_type=row.from_type,
        to_type=row.to_type,
        size=row.size,
        frames=row.frames,
        true_sizes=row.true_sizes if cut else (),
        anomalies=row.anomalies,
        topic=row.topic,
    ).SerializeToString()
    return made


def unpacked(data: bytes) -> tuple[Any, ...]:
    """The values of a row in the order of the columns. Raises Protobuf's DecodeError."""
    row = _ROW.FromString(data)
    link, connection, name, from_type, to_type = (
        getattr(row, field) if row.HasField(field) else None for field in _OPTIONAL
    )
    return (
        *(row.n, row.time_ns, row.node, link, connection, row.direction, row.kind, name, from_type, to_type),
        *(row.size, list(row.frames), list(row.true_sizes) or None, list(row.anomalies) or None),
    )
