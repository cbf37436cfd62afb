"""Lines of JSON as rows again: contract 4.2 of the design.

Reading takes what is in the contract and leaves out what is more; of the numbers `n` only the first one counts. A last
line that was cut is left out: whoever wrote it was stopped. Any other line that is no message is an error that names
the line. Lines are read many at a time; one by one only where something is odd.
"""

from __future__ import annotations

import base64
import binascii
import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.json as pa_json

from zinspector.capture.progress import CancelledError, Progress
from zinspector.capture.schema import SCHEMA, WORDS
from zinspector.capture.store import Store
from zinspector.errors import FileError

BYTES_AT_ONCE = 8 << 20
MOST_TOGETHER = 1 << 30  # bytes
NEEDED = {"time_ns", "node", "direction", "kind", "frames"}
FRAME = pa.struct([("size", pa.int64()), ("base64", pa.utf8())])
PARSING = pa_json.ParseOptions(
    explicit_schema=pa.schema(
        [
            pa.field(field.name, pa.utf8() if field.name in WORDS else field.type)
            for field in SCHEMA
            if field.name not in ("size", "frames", "true_sizes")
        ]
        + [pa.field("frames", pa.list_(FRAME))]
    ),
    unexpected_field_behavior="ignore",
)


def is_jsonl(head: bytes) -> bool:
    """Whether a file with this beginning may be lines of JSON objects."""
    return head.lstrip()[:1] == b"{"


def load(path: Path, progress: Progress | None = None) -> Store:
    """A store with the messages of a file. Raises FileError."""
    store = Store(retention_bytes=1 << 62)
    number = done = 0
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            while lines := file.readlines(BYTES_AT_ONCE):
                done += sum(map(len, lines))
                batch = _together(lines)
                if batch is None:
                    rows = _one_by_one(lines, number, path, store.remarks, end=done == size)
                    batch = _batch(rows, path, number + len(lines))
                if batch.num_rows:
                    store.append_read(batch)
                number += len(lines)
                if progress is not None and not progress(done / max(size, 1)):
                    raise CancelledError("opening was cancelled", where=str(path))
    except OSError as error:
        raise FileError(error.strerror or str(error), where=str(path)) from None
    return store


def _together(lines: list[bytes]) -> pa.RecordBatch | None:
    """The rows of whole lines as Arrow reads them, which is strict; None where it finds anything odd."""
    data = b"".join(lines)
    if not data.endswith(b"\n") or len(data) > MOST_TOGETHER:
        return None
    try:
        data.decode()  # Arrow doesn't look
        reading = pa_json.ReadOptions(use_threads=False, block_size=len(data))
        found = pa_json.read_json(pa.BufferReader(data), reading, PARSING).combine_chunks().to_batches()
        return _columns_of(found[0]) if found and found[0].num_rows == len(lines) else None
    except (pa.ArrowException, ValueError):
        return None


def _columns_of(found: pa.RecordBatch) -> pa.RecordBatch | None:
    """Rows from what Arrow read; None where something is missing. Raises ValueError."""
    told = found.column("frames")
    frames = told.flatten()
    encoded, sizes = frames.field("base64"), frames.field("size")
    needed = [found.column(field.name) for field in PARSING.explicit_schema if field.name in NEEDED]
    if any(column.null_count for column in (*needed, frames, encoded, sizes)):
        return None
    decoded = list(map(partial(binascii.a2b_base64, strict_mode=True), encoded.to_pylist()))
    places, true = told.offsets.to_numpy(), sizes.to_numpy()
    ends = np.concatenate([[0], np.cumsum(true)])
    cut = np.flatnonzero(np.fromiter(map(len, decoded), np.int64, len(decoded)) != true)
    true_sizes: list[list[int] | None] = [None] * found.num_rows
    for row in np.unique(np.searchsorted(places, cut, "right") - 1).tolist():
        true_sizes[row] = true[places[row] : places[row + 1]].tolist()
    made = {
        "n": found.column("n").fill_null(0),
        "size": pa.array(ends[places[1:]] - ends[places[:-1]]),
        "frames": pa.ListArray.from_arrays(told.offsets, pa.array(decoded, pa.binary_view())),
        "true_sizes": pa.array(true_sizes, SCHEMA.field("true_sizes").type),
        "anomalies": pa.array([each or None for each in found.column("anomalies").to_pylist()], pa.list_(pa.utf8())),
    }
    columns = [made[name] if name in made else found.column(name) for name in SCHEMA.names]
    columns = [
        column.dictionary_encode() if name in WORDS else column
        for name, column in zip(SCHEMA.names, columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)


def _one_by_one(lines: list[bytes], before: int, path: Path, remarks: list[str], *, end: bool) -> list[dict[str, Any]]:
    """The rows of lines of any kind; `end`: the last one is that of the file. Raises FileError."""
    rows = []
    for number, line in enumerate(lines, before + 1):
        row = _row(line, number, path, last=end and number == before + len(lines))
        if row is not None:
            rows.append(row)
        elif line.strip():
            remarks.append(f"the end is missing: line {number:,} is cut")
    return rows


def _row(line: bytes, number: int, path: Path, *, last: bool) -> dict[str, Any] | None:
    if not line.strip():
        return None
    try:
        return _columns(json.loads(line))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, binascii.Error) as error:
        if last and number > 1 and not line.endswith(b"\n"):
            return None
        said = str(error).partition(chr(10))[0] or type(error).__name__
        text = f"no message: the field {said} is missing" if isinstance(error, KeyError) else f"no message: {said}"
        raise FileError(text, where=f"{path}:{number}", remedy="zinspector reads what -T jsonl writes") from None


def _columns(record: dict[str, Any]) -> dict[str, Any]:
    frames = [base64.b64decode(frame["base64"], validate=True) for frame in record["frames"]]
    sizes = [int(frame["size"]) for frame in record["frames"]]
    cut = any(len(frame) != size for frame, size in zip(frames, sizes, strict=True))
    row = {name: record.get(name) for name in SCHEMA.names}
    row.update(n=_number(record), size=sum(sizes), frames=frames, true_sizes=sizes if cut else None)
    row.update(time_ns=int(record["time_ns"]), node=str(record["node"]), anomalies=record.get("anomalies") or None)
    row.update(direction=str(record["direction"]), kind=str(record["kind"]))
    return row


def _number(record: dict[str, Any]) -> int:
    """The number that is told; 0 where it is none."""
    n = record.get("n")
    return n if type(n) is int and 0 <= n < 1 << 64 else 0


def _batch(rows: list[dict[str, Any]], path: Path, line: int) -> pa.RecordBatch:
    columns = []
    try:
        for field in SCHEMA:
            values = [row[field.name] for row in rows]
            if field.name in WORDS:
                columns.append(pa.array(values, pa.utf8()).dictionary_encode())
            else:
                columns.append(pa.array(values, field.type))
        return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)
    except (pa.ArrowException, OverflowError, TypeError, ValueError) as error:
        text = f"a field that can't be: {str(error).partition(chr(10))[0]}"
        raise FileError(text, where=f"{path} before line {line + 1}") from None
