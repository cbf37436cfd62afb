"""The values of a result as text: in cells, as tab-separated lines for the clipboard, and as CSV.

What is shown is escaped and cut; what is copied or saved is whole. A cell that a spreadsheet would take for a formula
gets an apostrophe in front, as in every CSV that zinspector writes.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pyarrow as pa

from zinspector.capture.progress import CancelledError, Progress
from zinspector.capture.readable import printable, shown
from zinspector.decode.api import visible
from zinspector.errors import UserError
from zinspector.measure.charts import escape_formula

SHOWN_CHARS = 300
WHOLE = 1 << 24
SLICE = 4096


def cell_text(value: object) -> str:
    """A value in a cell: one line, short, harmless."""
    return visible(_text(value, SHOWN_CHARS), SHOWN_CHARS)


def is_numeric(kind: pa.DataType) -> bool:
    """Whether values of this type are numbers that can be drawn."""
    return any(test(kind) for test in (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal))


def is_moment(kind: pa.DataType) -> bool:
    """Whether values of this type are points in time."""
    return any(test(kind) for test in (pa.types.is_timestamp, pa.types.is_date))


def as_tsv(
    names: Sequence[str], table: pa.Table, progress: Progress = lambda _: True, most_chars: int | None = None
) -> str:
    """Lines of cells with tabs between them, as spreadsheets take them from the clipboard; `names` may be empty.

    Raises CancelledError when `progress` says so, UserError when it would be longer than `most_chars`.
    """
    lines = ["\t".join(map(_tabless, names))] if names else []
    chars = 0
    for start in range(0, table.num_rows, SLICE):
        some = ["\t".join(_tabless(_text(value, WHOLE)) for value in row) for row in rows_of(table.slice(start, SLICE))]
        lines += some
        chars += sum(map(len, some))
        if most_chars is not None and chars > most_chars:
            text = f"too much to copy: more than {most_chars >> 20:,} MB of text"
            raise UserError(text, remedy="choose fewer rows, or Save the answer as CSV")
        if not progress(min(1.0, (start + SLICE) / table.num_rows)):
            raise CancelledError("copying was cancelled")
    return "\n".join(lines)


def as_csv(table: pa.Table, progress: Progress) -> bytes:
    """The whole table as CSV. Raises CancelledError when `progress` says so."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(escape_formula, table.column_names))
    for start in range(0, table.num_rows, SLICE):
        for row in rows_of(table.slice(start, SLICE)):
            writer.writerow([_safe(value) for value in row])
        if not progress(min(1.0, (start + SLICE) / table.num_rows)):
            raise CancelledError("saving was cancelled")
    return text.getvalue().encode("utf-8", "backslashreplace")


def rows_of(table: pa.Table) -> Iterator[tuple[object, ...]]:
    """The rows as Python values; columns may have the same name."""
    return zip(*(values_of(column) for column in table.columns), strict=True)


def value_at(column: pa.ChunkedArray, row: int) -> object:
    """One value; a moment keeps its nanoseconds as text."""
    return values_of(column.slice(row, 1))[0]


def values_of(column: pa.ChunkedArray) -> list[object]:
    """The values as Python has them; moments of nanoseconds, and those that no calendar holds, are texts."""
    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
        return [moment_text(ns) if ns is not None else None for ns in column.cast(pa.int64()).to_pylist()]
    try:
        found: list[object] = column.to_pylist()
    except (OverflowError, ValueError):
        return [_value(scalar) for scalar in column]
    return found


def _value(scalar: pa.Scalar) -> object:
    try:
        return scalar.as_py()
    except (OverflowError, ValueError):
        if is_moment(scalar.type):
            return str(scalar.value)
        return pa.array([scalar], scalar.type).to_string(indent=0, skip_new_lines=True)[1:-1]


def moment_text(ns: int) -> str:
    """`2024-05-01 12:00:00.000000001`: nanoseconds since 1970 in UTC."""
    seconds, rest = divmod(ns, 1_000_000_000)
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}.{rest:09d}"
    except (OverflowError, ValueError, OSError):  # a time that no calendar holds
        return str(ns)


def _text(value: object, most: int) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return shown(value, most)
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=lambda each: _text(each, most))
    return str(value)


def _safe(value: object) -> object:
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    return escape_formula(printable(_text(value, WHOLE)))


def _tabless(text: str) -> str:
    return " ".join(text.replace("\t", " ").splitlines())
