"""Rows of a capture as objects: for those that someone looks at or prints, never on the live path."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import pyarrow as pa

from zinspector.capture.schema import Direction, Kind

TOPIC_TYPES = frozenset({"PUB", "SUB", "XPUB", "XSUB"})
PREVIEW_FRAMES: Final = 64
PREVIEW_BYTES: Final = (64 << 10) + 1  # of a frame; decoders read no more for a line in a table


@dataclass(frozen=True)
class Message:
    """One captured message, command or event. `frames` are heads where `true_sizes` is larger; sizes in bytes.

    `more_frames` were left out: only of a `preview`.
    """

    n: int
    time_ns: int
    node: str
    link: str | None
    connection: int | None
    direction: Direction
    kind: Kind
    name: str | None
    from_type: str | None
    to_type: str | None
    size: int
    frames: tuple[bytes, ...]
    true_sizes: tuple[int, ...]
    anomalies: tuple[str, ...] = ()
    more_frames: int = 0

    @property
    def topic(self) -> str | None:
        """The first frame of publish-subscribe traffic as text; None for other traffic and for other bytes."""
        if self.kind != "message" or not self.frames or not TOPIC_TYPES & {self.from_type, self.to_type}:
            return None
        return _text(self.frames[0])

    def truncated(self, frame: int) -> bool:
        """Whether only the head of a frame was kept."""
        return len(self.frames[frame]) < self.true_sizes[frame]

    def as_json(self, decoded: Iterable[dict[str, Any]] = ()) -> dict[str, Any]:
        """The object of a `-T jsonl` line. `decoded` holds {"frame", "decoder", "value"} objects."""
        return {
            "n": self.n,
            "time_ns": self.time_ns,
            "node": self.node,
            "link": self.link,
            "connection": self.connection,
            "direction": self.direction,
            "kind": self.kind,
            "name": self.name,
            "from_type": self.from_type,
            "to_type": self.to_type,
            "size": self.size,
            "frames": [
                {
                    "size": true,
                    "base64": base64.b64encode(frame).decode(),
                    "text": _text(frame),
                    "truncated": len(frame) < true,
                }
                for frame, true in zip(self.frames, self.true_sizes, strict=True)
            ],
            "topic": self.topic,
            "decoded": list(decoded),
            "anomalies": list(self.anomalies),
        }


def message(batch: pa.RecordBatch, row: int) -> Message:
    """Row `row` of a batch, counted from 0."""
    return next(messages(batch.slice(row, 1)))


def preview(batch: pa.RecordBatch, row: int) -> Message:
    """Row `row` of a batch as a table shows it: the first frames, and only the heads of long ones.

    Its price does not grow with the message.
    """
    one = batch.slice(row, 1)
    offsets = one.column("frames").offsets
    start, end = offsets[0].as_py(), offsets[1].as_py()
    frames, more = one.column("frames").values, max(0, end - start - PREVIEW_FRAMES)
    buffers = [frames[place].as_buffer() for place in range(start, end - more)]
    heads = [memoryview(buffer)[:PREVIEW_BYTES].tobytes() for buffer in buffers]
    if not more and all(len(head) == buffer.size for head, buffer in zip(heads, buffers, strict=True)):
        return message(batch, row)
    sizes = [buffer.size for buffer in buffers]
    true_sizes = one.column("true_sizes")
    if true_sizes.null_count == 0:
        first = true_sizes.offsets[0].as_py()
        sizes = true_sizes.values.slice(first, len(heads)).to_pylist()
    cut = pa.array([heads], one.schema.field("frames").type)
    told = pa.array([sizes], one.schema.field("true_sizes").type)
    columns = {**dict(zip(one.schema.names, one.columns, strict=True)), "frames": cut, "true_sizes": told}
    return replace(message(pa.RecordBatch.from_arrays(list(columns.values()), schema=one.schema), 0), more_frames=more)


def messages(batch: pa.RecordBatch) -> Iterator[Message]:
    """All rows, read column by column: five times as fast as one by one."""
    columns = [_values(column) for column in batch.columns]
    for row in zip(*columns, strict=True):
        values = dict(zip(batch.schema.names, row, strict=True))
        frames = tuple(values["frames"])
        sizes = values["true_sizes"]
        values["frames"] = frames
        values["true_sizes"] = tuple(map(len, frames)) if sizes is None else tuple(sizes)
        values["anomalies"] = tuple(values["anomalies"] or ())
        yield Message(**values)


def _values(column: pa.Array) -> list[Any]:
    if not isinstance(column, pa.DictionaryArray):
        return list(column.to_pylist())
    if len(column) == 1:  # one row of a batch with many words
        return [column[0].as_py()]
    words = column.dictionary.to_pylist()
    return [None if code is None else words[code] for code in column.indices.to_pylist()]


def _text(frame: bytes) -> str | None:
    try:
        return frame.decode("utf-8")
    except UnicodeDecodeError:
        return None
