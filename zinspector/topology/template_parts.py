"""The sources of frame templates, cut into what never changes and what is made anew for each message.

A part is a constant or a function from the number of the message to a value of the same kind. Errors name the column
in the source, counted from 1, and for JSON the place inside the value.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from typing import Any

from zinspector.errors import TemplateError
from zinspector.topology.expressions import Expression, compile_expression
from zinspector.topology.template_functions import Makes


def _pieces(source: str, rng: random.Random) -> Iterator[tuple[int, str | Expression]]:
    """The literal texts and expressions of a source, each with its column, counted from 0."""
    position = 0
    while (start := source.find("{{", position)) >= 0:
        if start > position:
            yield position, source[position:start]
        found = compile_expression(source, start + 2, rng)
        yield start, found
        position = found.end
    if position < len(source):
        yield position, source[position:]


def text_parts(source: str, rng: random.Random) -> list[str | Makes]:
    """A text with its placeholders."""
    parts: list[str | Makes] = []
    for column, piece in _pieces(source, rng):
        if isinstance(piece, str):
            parts.append(piece)
            continue
        _no_bytes(piece, column)
        make = piece.make
        parts.append(str(make(0)) if piece.constant else _stringly(make))
    return parts


def json_parts(value: Any, path: str, rng: random.Random) -> Iterator[str | Makes]:
    """Compact JSON in pieces: what never changes is written once."""
    match value:
        case str():
            yield from _json_string(value, path, rng)
        case list():
            for index, item in enumerate(value):
                yield "," if index else "["
                yield from json_parts(item, f"{path}[{index}]", rng)
            yield "]" if value else "[]"
        case dict():
            for index, (key, item) in enumerate(value.items()):
                yield "," if index else "{"
                yield from _json_quoted(key, f"{path}.{key}", rng)
                yield ":"
                yield from json_parts(item, f"{path}.{key}", rng)
            yield "}" if value else "{}"
        case _:
            yield json.dumps(value, allow_nan=False)


def _json_string(source: str, path: str, rng: random.Random) -> Iterator[str | Makes]:
    try:
        pieces = list(_pieces(source, rng))
    except TemplateError as error:
        raise _placed(error, path) from None
    if len(pieces) == 1 and isinstance(pieces[0][1], Expression) and pieces[0][1].gives == "number":
        make = pieces[0][1].make
        yield str(make(0)) if pieces[0][1].constant else _stringly(make)
    else:
        yield from _json_quoted(source, path, rng)


def _json_quoted(source: str, path: str, rng: random.Random) -> Iterator[str | Makes]:
    """A JSON string around literal texts and placeholders."""
    yield '"'
    try:
        for part in text_parts(source, rng):
            yield _escape(part) if isinstance(part, str) else _escaped(part)
    except TemplateError as error:
        raise _placed(error, path) from None
    yield '"'


def _placed(error: TemplateError, path: str) -> TemplateError:
    """The same error, with the place inside a JSON value before its column."""
    where = ", ".join(filter(None, (path.lstrip("."), error.where)))
    return TemplateError(error.text, where=where, remedy=error.remedy)


def hex_parts(source: str, rng: random.Random) -> list[bytes | Makes]:
    parts: list[bytes | Makes] = []
    for column, piece in _pieces(source, rng):
        if isinstance(piece, str):
            parts.append(_digits(piece, column))
        elif piece.gives != "bytes":
            remedy = "say how to pack it, such as {{u32(n)}} or {{utf8(uuid)}}"
            raise TemplateError(f"this gives a {piece.gives}, not bytes", where=f"column {column + 1}", remedy=remedy)
        else:
            parts.append(piece.make(0) if piece.constant else piece.make)
    return parts


def _digits(piece: str, column: int) -> bytes:
    wrong = re.search(r"[^0-9A-Fa-f\s]", piece)
    if wrong is not None:
        place = f"column {column + wrong.start() + 1}"
        raise TemplateError(f"{wrong[0]!a} is not a hex digit", where=place, remedy="two digits 0-9 a-f per byte")
    digits = "".join(piece.split())
    if len(digits) % 2:
        place = f"column {column + len(piece.rstrip())}"
        raise TemplateError("half a byte", where=place, remedy="write two hex digits per byte")
    return bytes.fromhex(digits)


def _no_bytes(piece: Expression, column: int) -> None:
    if piece.gives == "bytes":
        raise TemplateError(
            "this gives bytes, not text", where=f"column {column + 1}", remedy="binary fields belong into a hex frame"
        )


def _stringly(make: Makes) -> Makes:
    return lambda n: str(make(n))


def _escape(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _escaped(make: Makes) -> Makes:
    return lambda n: json.dumps(make(n), ensure_ascii=False)[1:-1]
