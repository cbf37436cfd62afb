"""Rows of a capture as a table for spreadsheets: `-T csv`.

A spreadsheet runs a cell that begins like a formula, so such cells get an apostrophe in front (OWASP, CSV injection).
Frames are joined in one cell as `lines` shows them, in full up to what a cell can hold. Cells are quoted as Python's
csv does it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zinspector.capture import byte_columns as columns
from zinspector.capture.byte_columns import Numbers, Part
from zinspector.capture.jsonl_out import NOTHING_DECODED, Decode
from zinspector.capture.readable import JSON, printable, shown

COLUMNS = (
    *("n", "time_ns", "node", "link", "connection", "direction", "kind", "name", "from_type", "to_type"),
    *("size", "frame_sizes", "topic", "frames", "decoded", "anomalies"),
)
FORMULA = ("=", "+", "-", "@", "\t", "\r")
MOST_IN_A_CELL = 32_000
MOST_FRAMES = 1000
BETWEEN: Final = b" | "
QUOTED: Final = '[,"]'
UNPRINTABLE: Final = 2
ESCAPED: Final = 1
HARM: Final = np.full(256, UNPRINTABLE, np.uint8)
"""By byte: whether it can stand in a cell as it is, in quotes only when escaped, or not."""
HARM[0x20:0x7F] = 0
HARM[[ord('"'), ord("\\")]] = ESCAPED


def header() -> str:
    """The first line."""
    return ",".join(COLUMNS)


def encoded(batch: pa.RecordBatch, decode: Decode | None = None) -> pa.Buffer:
    """A line of UTF-8 for each row, with its line end. `decode` is as with `jsonl_out.encoded`."""
    frames, places = columns.frames_of(batch)
    parts: list[Part] = []
    for name in COLUMNS[: COLUMNS.index("frame_sizes")]:
        column = batch.column(name)
        is_word = isinstance(column, pa.DictionaryArray)
        parts += [columns.by_word(column, _cell) if is_word else columns.digits(column), b","]
    topics = columns.by_topic(batch, frames, places, lambda topic: _cell(topic[:MOST_IN_A_CELL]))
    parts += [_sizes(batch, frames, places), b",", topics, b",", _frames(frames, places)]
    parts += [b",", _decoded(batch, decode), b",", _anomalies(batch), b"\n"]
    return columns.data_of(columns.joined(*parts))


def _sizes(batch: pa.RecordBatch, frames: pa.Array, places: Numbers) -> pa.Array:
    _, true = columns.sizes_of(batch, frames, places)
    many = np.flatnonzero(np.diff(places) > MOST_FRAMES)
    between = columns.chosen((b" ", b""), columns.firsts(frames, places))
    sizes = columns.joined(between, columns.digits(true))
    told = [" ".join(map(str, true[places[row] :][:MOST_FRAMES].tolist())).encode() for row in many.tolist()]
    return columns.replaced(columns.grouped(sizes, places), many, told)


def _frames(frames: pa.Array, places: Numbers) -> pa.Array:
    """One cell for the frames of each row; those of an unusual kind or length are shown one by one."""
    sizes, data = columns.lengths(frames), np.frombuffer(columns.data_of(frames), np.uint8)
    filled = np.flatnonzero(sizes)
    starts = (columns.ends_of(frames) - columns.ends_of(frames)[0])[filled]
    harm, json_like = np.zeros((2, len(frames)), np.uint8)
    if len(filled):
        harm[filled] = np.maximum.reduceat(HARM[data], starts)
        json_like[filled] = np.isin(data[starts], [ord(start) for start in JSON])
    long = sizes > MOST_IN_A_CELL
    odd = long | (harm == UNPRINTABLE) | ((harm == ESCAPED) & (json_like == 0))
    places_of_odd = np.flatnonzero(odd)
    told = [b"" if long[place] else _shown(frames[place].as_py()) for place in places_of_odd.tolist()]
    quotes = columns.chosen((b'"', b""), odd | json_like)
    between = columns.chosen((BETWEEN, b""), columns.firsts(frames, places))
    said = columns.joined(between, quotes, columns.replaced(frames, places_of_odd, told), quotes)
    return _quoted(_cut(columns.grouped(said, places), frames, places, np.flatnonzero(long)))


def _cut(cells: pa.Array, frames: pa.Array, places: Numbers, long: Numbers) -> pa.Array:
    """The cells, those that are too long cut. `long` are the places of frames that are longer than a cell."""
    too_long = (columns.lengths(cells) > MOST_IN_A_CELL) | (np.diff(places) > MOST_FRAMES)
    too_long[np.searchsorted(places, long, "right") - 1] = True
    rows, told = np.flatnonzero(too_long), []
    for row in rows.tolist():
        some = frames.slice(places[row], min(places[row + 1] - places[row], MOST_FRAMES)).to_pylist()
        told.append(BETWEEN.join(map(_shown, some)).decode()[:MOST_IN_A_CELL].encode())
    return columns.replaced(cells, rows, told)


def _shown(frame: bytes) -> bytes:
    return shown(frame, MOST_IN_A_CELL).encode()


def _quoted(cells: pa.Array) -> pa.Array:
    """Cells with a comma or quotes, in quotes. What `shown` gives never begins like a formula."""
    quoted = columns.joined(b'"', pc.replace_substring(cells, '"', '""'), b'"')
    return pc.if_else(pc.match_substring_regex(cells, QUOTED), quoted, cells)


def _decoded(batch: pa.RecordBatch, decode: Decode | None) -> Part:
    if decode is None:
        return b""
    cells = [b"" if text == NOTHING_DECODED else _cell(text[:MOST_IN_A_CELL]) for text in decode(batch)]
    return pa.array(cells, columns.BYTES)


def _anomalies(batch: pa.RecordBatch) -> Part:
    column = batch.column("anomalies")
    if column.null_count == len(column):
        return b""
    return pa.array([_cell("; ".join(each or ())) for each in column.to_pylist()], columns.BYTES)


def _cell(text: str | None) -> bytes:
    text = printable(text or "")
    text = f"'{text}" if text.startswith(FORMULA) else text
    if '"' in text or "," in text:
        text = '"' + text.replace('"', '""') + '"'
    return text.encode()
