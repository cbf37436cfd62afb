"""Lines of JSON as rows again: contract 4.2 of the design.

Reading takes what is in the contract and leaves out what is more; numbers `n` are given anew. A last line that was cut
is left out: whoever wrote it was stopped. Any other line that is no message is an error that names the line.
"""

from __future__ import annotations

import base64
import binascii
import json
from pathlib import Path
from typing import Any

import pyarrow as pa

from zinspector.capture.progress import CancelledError, Progress
from zinspector.capture.schema import SCHEMA, WORDS
from zinspector.capture.store import Store
from zinspector.errors import FileError

ROWS_AT_ONCE = 10_000
BYTES_AT_ONCE = 64 << 20


def is_jsonl(head: bytes) -> bool:
    """Whether a file with this beginning may be lines of JSON objects."""
    return head.lstrip()[:1] == b"{"


def load(path: Path, progress: Progress | None = None) -> Store:
    """A store with the messages of a file. Raises FileError."""
    store = Store(retention_bytes=1 << 62)
    rows: list[dict[str, Any]] = []
    size = waiting = done = 0
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                done += len(line)
                waiting += len(line)
                row = _row(line, number, path, last=done == size)
                if row is None and line.strip():
                    store.remarks.append(f"the end is missing: line {number:,} is cut")
                if row is not None:
                    rows.append(row)
                if len(rows) >= ROWS_AT_ONCE or waiting > BYTES_AT_ONCE:
                    _append(store, rows, path, number)
                    waiting = 0
                    if progress is not None and not progress(done / max(size, 1)):
                        raise CancelledError("opening was cancelled", where=str(path))
            _append(store, rows, path, done)
    except OSError as error:
        raise FileError(error.strerror or str(error), where=str(path)) from None
    return store


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
    row.update(n=0, size=sum(sizes), frames=frames, true_sizes=sizes if cut else None)
    row.update(time_ns=int(record["time_ns"]), node=str(record["node"]), anomalies=record.get("anomalies") or None)
    row.update(direction=str(record["direction"]), kind=str(record["kind"]))
    return row


def _append(store: Store, rows: list[dict[str, Any]], path: Path, line: int) -> None:
    if not rows:
        return
    columns = []
    try:
        for field in SCHEMA:
            values = [row[field.name] for row in rows]
            if field.name in WORDS:
                columns.append(pa.array(values, pa.utf8()).dictionary_encode())
            else:
                columns.append(pa.array(values, field.type))
        store.append(pa.RecordBatch.from_arrays(columns, schema=SCHEMA))
    except (pa.ArrowException, OverflowError, TypeError, ValueError) as error:
        text = f"a field that can't be: {str(error).partition(chr(10))[0]}"
        raise FileError(text, where=f"{path} before line {line + 1}") from None
    rows.clear()
