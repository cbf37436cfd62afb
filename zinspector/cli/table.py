"""An Arrow table as lines: columns for the eye, JSON, or CSV.

- text: aligned, one line a row, with everything escaped that could move a cursor, and long values cut.
- jsonl: whole values; bytes in base64, times as text in UTC with all their digits, and no numbers that JSON lacks.
- csv: whole values, truth values as JSON has them; what a spreadsheet would run as a formula gets an apostrophe in
  front.
"""

from __future__ import annotations

import base64
import csv
import io
import json
import math
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import chain, count
from typing import Any, Final

import pyarrow as pa

from zinspector.capture.csv import FORMULA
from zinspector.capture.readable import printable, shown

FORMS: Final = ("text", "jsonl", "csv")
MOST_CHARS: Final = 80
ROWS_AT_ONCE: Final = 4096
ROWS_MEASURED: Final = 1000


def lines(table: pa.Table, form: str) -> Iterator[str]:
    """The table in one of `FORMS`, without line ends."""
    if form == "jsonl":
        return _jsonl(table)
    return _csv(table) if form == "csv" else _text(table)


def _rows(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    for start in range(0, table.num_rows, ROWS_AT_ONCE):
        part = table.slice(start, ROWS_AT_ONCE)
        yield from zip(*map(_values, part.columns), strict=True)


def _values(column: pa.ChunkedArray) -> list[Any]:
    """As Python has them; what Python's calendar can't hold exactly, as text."""
    if pa.types.is_temporal(column.type) and not pa.types.is_interval(column.type):
        column = column.cast(pa.string())
    try:
        found: list[Any] = column.to_pylist()
    except (ValueError, OverflowError):  # such as nanoseconds within a list
        found = [_told(value) for value in column]
    return found


def _told(value: pa.Scalar) -> str | None:
    try:
        return str(value) if value.is_valid else None
    except (ValueError, OverflowError):  # such as a date within a list, before the year 1
        return "(out of range)"


def _text(table: pa.Table) -> Iterator[str]:
    """The widths are those of the first rows, so that a long table can be printed as it comes."""
    right = [
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
        for kind in table.schema.types
    ]
    names = [printable(name) for name in table.column_names]
    measured = [names, *(_cells(row) for row in _rows(table.slice(0, ROWS_MEASURED)))]
    widths = [max(map(len, column)) for column in zip(*measured, strict=True)]
    yield _line(names, widths, right)
    yield "  ".join("-" * width for width in widths)
    for row in _rows(table):
        yield _line(_cells(row), widths, right)


def _line(cells: Iterable[str], widths: list[int], right: list[bool]) -> str:
    placed = (
        f"{cell:>{width}}" if at else f"{cell:<{width}}" for cell, width, at in zip(cells, widths, right, strict=True)
    )
    return "  ".join(placed).rstrip()


def _cells(row: Iterable[Any]) -> list[str]:
    return [_cell(value) for value in row]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bytes):
        return shown(value, MOST_CHARS)
    if isinstance(value, float):
        return f"{value:.10g}"
    text = printable(_whole(value))
    return text if len(text) <= MOST_CHARS else f"{text[: MOST_CHARS - 3]}..."


def _jsonl(table: pa.Table) -> Iterator[str]:
    names = _numbered(table.column_names)
    for row in _rows(table):
        pairs = zip(names, map(_plain, row), strict=True)
        yield json.dumps(dict(pairs), ensure_ascii=False, allow_nan=False)


def _numbered(names: list[str]) -> list[str]:
    """The same without repetitions, of which an object would keep only the last: a, a_1, a_2."""
    found: dict[str, None] = {}
    for name in names:
        numbered = (f"{name}_{number}" for number in count(1) if f"{name}_{number}" not in names)
        found[next(each for each in chain([name], numbered) if each not in found)] = None
    return list(found)


def _csv(table: pa.Table) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="")
    for row in _with_names(table):
        writer.writerow([_safe(value) for value in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def _with_names(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    yield tuple(table.column_names)
    yield from _rows(table)


def _safe(value: Any) -> Any:
    if value is None or (isinstance(value, int | float | Decimal) and not isinstance(value, bool)):
        return value
    text = printable(_whole(value))
    return f"'{text}" if text.startswith(FORMULA) else text


def _whole(value: Any) -> str:
    plain = _plain(value)
    return plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)


def _plain(value: Any) -> Any:
    """A value that JSON can hold."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if value is None or isinstance(value, bool | int | str):
        return value
    return _number(value) if isinstance(value, float) else str(value)


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
