"""Which payloads are JSON objects that every reader of JSON takes; many are looked at together."""

from __future__ import annotations

import json
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pa_json

from zinspector.capture import byte_columns as columns
from zinspector.capture.byte_columns import Numbers
from zinspector.capture.masks import Mask

MOST_JSON: Final = 1 << 20  # bytes of a payload; of a longer one nobody sees a plot
FEW: Final = 32  # payloads that are as fast one by one
BETWEEN: Final = b"\n{}\n"
NO_FIELDS: Final = pa_json.ParseOptions(explicit_schema=pa.schema([]), unexpected_field_behavior="ignore")
STRANGE: Final = ("NaN", "Inf")  # numbers to Arrow, to others not
BRACE: Final = ord("{")
SPACES: Final = list(b" \t\r\n")


def json_object(data: bytes) -> dict[str, Any] | None:
    """The object; None for other bytes."""
    if data.lstrip()[:1] != b"{" or len(data) > MOST_JSON:
        return None
    try:
        value: dict[str, Any] = STRICT.decode(data.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return value


def are_objects(column: pa.Array) -> Mask:
    """Which values of a column of bytes `json_object` takes; and maybe some that are nested too deep for it."""
    sizes, found = columns.lengths(column), np.zeros(len(column), np.bool_)
    some = np.flatnonzero((sizes > 0) & (sizes <= MOST_JSON))
    if not len(some):
        return found
    begins = np.frombuffer(column.buffers()[2], np.uint8)[columns.ends_of(column)[some]]
    plain, odd = some[begins == BRACE], some[np.isin(begins, SPACES)]
    values = column.take(pa.array(plain))
    data = bytes(columns.data_of(values))
    if any(word.encode() in data for word in STRANGE):
        strange = pc.match_substring_regex(values, "|".join(STRANGE)).to_numpy(zero_copy_only=False)
        plain, odd = plain[~strange], np.concatenate([plain[strange], odd])
        values = column.take(pa.array(plain))
    _one_by_one(column, odd, found)
    _together(values, plain, found)
    return found


def _together(values: pa.Array, places: Numbers, found: Mask) -> None:
    """Note which values are objects. All begin with a brace; halves are looked at where any is none."""
    if len(values) <= FEW:
        _one_by_one(values, np.arange(len(values)), found, places)
    elif _all_are(values):
        found[places] = True
    else:
        half = len(values) // 2
        _together(values.slice(0, half), places[:half], found)
        _together(values.slice(half), places[half:], found)


def _all_are(values: pa.Array) -> bool:
    """Whether Arrow, which is strict, reads each as one object.

    Where a value is not whole, the empty object behind it comes in its middle: it can't be a key, nor can the brace
    that the next value begins with follow it there. So all are whole, and by their number each is one.
    """
    try:
        values.cast(pa.large_utf8())  # Arrow's reader doesn't look
        data = columns.data_of(columns.joined(values, BETWEEN))
        reading = pa_json.ReadOptions(use_threads=False, block_size=len(data))
        return bool(pa_json.read_json(pa.BufferReader(data), reading, NO_FIELDS).num_rows == 2 * len(values))
    except pa.ArrowException:
        return False


def _one_by_one(values: pa.Array, which: Numbers, found: Mask, places: Numbers | None = None) -> None:
    for row in which.tolist():
        found[row if places is None else places[row]] = json_object(values[row].as_py()) is not None


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


STRICT = json.JSONDecoder(parse_constant=_refuse)  # Python takes NaN, others don't
