"""Rows as lines of JSON: contract 4.2 of the design. `jsonl_in` reads them again.

A line is what Python's json makes of `Message.as_json`, byte by byte; it is put together from whole columns.
"""

from __future__ import annotations

import json
from binascii import b2a_base64
from collections.abc import Callable, Iterable
from json.encoder import encode_basestring_ascii
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zinspector.capture import byte_columns as columns
from zinspector.capture.byte_columns import Numbers, Part
from zinspector.capture.masks import Mask

Decoded = list[dict[str, Any]]
"""{frame, decoder, value} of the frames of a row that were decoded."""

Decode = Callable[[pa.RecordBatch], Iterable[str]]
"""What is decoded of each row of a batch: `Decoded` as json.dumps writes it."""
NOTHING_DECODED: Final = "[]"

PADDING: Final = (b"", b"\0", b"\0\0")
PAD: Final = ord("=")


def encoded(batch: pa.RecordBatch, decode: Decode | None = None) -> pa.Buffer:
    """A line of ASCII for each row, with its line end. `decode` fills `decoded`."""
    frames, places = columns.frames_of(batch)
    texts = _texts(frames, np.repeat(columns.encrypted(batch), np.diff(places)))
    parts: list[Part] = [b"{"]
    for name in ("n", "time_ns", "node", "link", "connection", "direction", "kind", "name", "from_type", "to_type"):
        parts += [f'"{name}": '.encode(), _value(batch.column(name)), b", "]
    parts += [b'"size": ', _value(batch.column("size")), b', "frames": [', _frames(batch, frames, places, texts)]
    parts += [b'], "topic": ', _topics(batch, places, texts), b', "decoded": ', _decoded(batch, decode)]
    return columns.data_of(columns.joined(*parts, b', "anomalies": ', _anomalies(batch), b"}\n"))


def _value(column: pa.Array) -> Part:
    if isinstance(column, pa.DictionaryArray):
        return columns.by_word(column, lambda word: json.dumps(word).encode())
    return columns.digits(column, b"null")


def _frames(batch: pa.RecordBatch, frames: pa.Array, places: Numbers, texts: pa.Array) -> pa.Array:
    kept, true = columns.sizes_of(batch, frames, places)
    last = np.zeros(len(frames), np.bool_)
    last[places[1:][np.diff(places) > 0] - 1] = True
    cut = columns.chosen((b', "truncated": false}', b', "truncated": true}'), (kept < true).astype(np.int8))
    between = columns.chosen((b", ", b""), last.astype(np.int8))
    objects = columns.joined(
        *(b'{"size": ', columns.digits(true), b', "base64": "', _base64(frames), b'", "text": ', texts, cut, between)
    )
    return columns.grouped(objects, places)


def _base64(frames: pa.Array) -> pa.Array:
    """All frames encoded in one go: filled up with zeros to three bytes, whose letters become padding after it."""
    sizes = columns.lengths(frames)
    missing = -sizes % 3
    filled = columns.joined(frames, columns.chosen(PADDING, missing)) if missing.any() else frames
    ends = np.concatenate([[0], np.cumsum((sizes + missing) // 3 * 4)])
    data = np.frombuffer(bytearray(b2a_base64(columns.data_of(filled), newline=False)), np.uint8)
    for count in (1, 2):
        data[ends[1:][missing >= count] - count] = PAD
    return columns.from_data(data, ends)


def _texts(frames: pa.Array, hidden: Mask) -> pa.Array:
    """Each frame as a JSON string; null where it is no text or encrypted."""
    try:
        said = list(map(encode_basestring_ascii, frames.cast(pa.large_utf8()).to_pylist()))
    except pa.ArrowInvalid:
        said = list(map(_text, frames.to_pylist()))
    column = pa.array(said, pa.large_utf8()).cast(columns.BYTES)
    return pc.replace_with_mask(column, pa.array(hidden), pa.scalar(b"null", columns.BYTES)) if hidden.any() else column


def _text(frame: bytes) -> str:
    try:
        return encode_basestring_ascii(frame.decode())
    except UnicodeDecodeError:
        return "null"


def _topics(batch: pa.RecordBatch, places: Numbers, texts: pa.Array) -> pa.Array:
    first = np.where(columns.topical(batch, places), places[:-1], len(texts))
    return pa.concat_arrays([texts, pa.array([b"null"], columns.BYTES)]).take(pa.array(first))


def _decoded(batch: pa.RecordBatch, decode: Decode | None) -> Part:
    if decode is None:
        return NOTHING_DECODED.encode()
    return pa.array(decode(batch), pa.large_utf8()).cast(columns.BYTES)


def _anomalies(batch: pa.RecordBatch) -> Part:
    column = batch.column("anomalies")
    if column.null_count == len(column):
        return b"[]"
    return pa.array([json.dumps(each or []) for each in column.to_pylist()], pa.large_utf8()).cast(columns.BYTES)
