"""Filters made of what somebody points at: a cell of the message table, a frame, a value in a frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from PySide6.QtWidgets import QMenu

from zinspector.capture.filter.fields import spelled
from zinspector.capture.filter.literals import quoted
from zinspector.capture.message import Message
from zinspector.decode.api import visible
from zinspector.errors import UserError
from zinspector.ui.filter.bar import How
from zinspector.ui.inspect.columns import Column
from zinspector.ui.inspect.field_value import NOTHING, field_of, json_of, value_of
from zinspector.ui.workspace import Workspace

WAYS: Final[dict[str, How]] = {
    "Show only these": "replace",
    "And these (narrow the filter)": "and",
    "But not these": "and not",
}
MOST_CHARS: Final = 200
MENU_CHARS: Final = 60
PATHS: Final = {"json": "json", "msgpack": "msgpack", "cbor": "cbor", "protobuf": "proto"}


def of_column(column: Column, message: Message, workspace: Workspace) -> str:
    """The filter for what a cell says; empty when there is none."""
    if (several := _several(column, message)) is not None:
        return " and ".join(of_field(name, value) for name, value in several.items() if value)
    if not column.field:
        return ""
    try:
        field = field_of(column.field)
    except UserError:
        return ""
    value = value_of(field, message, workspace)
    if field.type == "time":
        return f"{field.name} >= {value}"
    if isinstance(value, tuple):
        return field.name if value else ""
    return of_field(field.name, value)


def _several(column: Column, message: Message) -> dict[str, str | int | None] | None:
    """The fields that a cell tells of, where they are not the one of its column."""
    match column.key:
        case "sockets":
            return {"from_type": message.from_type, "to_type": message.to_type}
        case "topic" if message.kind != "message":
            return {"kind": message.kind, "name": message.name}
        case "link" if message.link is None:
            return {"node": message.node, "connection": message.connection, "direction": message.direction}
    return None


def of_field(name: str, value: Any) -> str:
    """The filter for a field that holds this value, or for there being such a field."""
    if value is NOTHING:
        return ""
    if isinstance(value, bool) or value is None:
        return f"{name} == {'null' if value is None else str(value).lower()}"
    if isinstance(value, int | float):
        return f"{name} == {value!r}"
    if isinstance(value, bytes):
        return _of_bytes(name, value)
    if isinstance(value, str):
        long = len(value) > MOST_CHARS
        return f"{name} {'startswith' if long else '=='} {quoted(value[:MOST_CHARS])}"
    return name


def of_frame(message: Message, frame: int) -> str:
    """The filter for messages that have the same frame there."""
    data = message.frames[frame]
    try:
        return of_field(f"frames[{frame}].text", data[: 4 * MOST_CHARS].decode("utf-8"))
    except UnicodeDecodeError:
        return _of_bytes(f"frames[{frame}]", data)


def of_value(data: bytes, decoder: str, names: Sequence[str], document: Any = NOTHING, kind: str = "") -> str:
    """The filter for a value that a decoder found in a frame, by the names on the way to it; empty for none.

    `document` is what the decoder read, for others than JSON; `kind` the name of a message type of Protobuf.
    """
    prefix = PATHS.get(decoder, "")
    document = json_of(data) if decoder == "json" else document
    if not prefix or document is NOTHING or (prefix == "proto" and not kind):
        return ""
    steps: list[str | int] = [kind] if prefix == "proto" else []
    for name in names:
        found = _step(document, name)
        if found is None:
            return ""
        for step in found:
            document = document[step]
        steps += found
    return of_field(spelled(prefix, tuple(steps)), document)


def add_filters(menu: QMenu, text: str, ask: Callable[[str, How], object]) -> None:
    """Offer to filter by this; `ask` is called with the text and the way."""
    if text:
        shown = visible(text, MENU_CHARS).replace("&", "&&")
        sub = menu.addMenu(f"Apply as filter: {shown}")
        for name, how in WAYS.items():
            sub.addAction(name, partial(ask, text, how))


def _of_bytes(name: str, data: bytes) -> str:
    long = len(data) > MOST_CHARS
    return f'{name} {"startswith" if long else "=="} x"{data[:MOST_CHARS].hex()}"'


def _step(document: Any, name: str) -> list[str | int] | None:
    """The steps that a name in the tree means: a key, an index `[2]`, or a key and an index `bids[2]`."""
    if isinstance(document, dict) and name in document:
        return [name]
    key, bracket, index = name.rstrip("]").rpartition("[")
    if not bracket or not index.isdecimal():
        return None
    if isinstance(document, list) and not key and int(index) < len(document):
        return [int(index)]
    items = document.get(key) if isinstance(document, dict) else None
    return [key, int(index)] if isinstance(items, list) and int(index) < len(items) else None
