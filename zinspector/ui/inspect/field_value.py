"""What a field of the filter language is in one message: for columns of the user's own, such as `json.price`.

Only rows that are painted are asked. Frames that are longer than a decoder reads for a line of the table give nothing
but a sign that they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from zinspector.capture.filter.reading import read
from zinspector.capture.filter.tree import Field, Step, Test
from zinspector.capture.message import PREVIEW_BYTES, Message
from zinspector.errors import UserError
from zinspector.ui.workspace import Workspace

TOO_LONG: Final = "… (long frame)"
NOTHING: Final = object()
PROPER: Final = {"proto": "protobuf"}


def field_of(text: str) -> Field:
    """The field that is written so. Raises UserError when it is none."""
    tree = read(text)
    if not isinstance(tree, Test) or tree.operator != "exists":
        raise UserError("this is a filter, not a field", where=text[:80], remedy="write size, topic or json.price")
    return tree.field


def text_of(field: Field, message: Message, workspace: Workspace) -> str:
    """The field of a message in a line of text; empty when it has none."""
    value = value_of(field, message, workspace)
    if value is NOTHING:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.hex(" ")
    if isinstance(value, tuple):
        return "; ".join(map(str, value))
    if field.decoder:
        return json.dumps(value, ensure_ascii=False, default=str)
    return f"{value:,}"


def value_of(field: Field, message: Message, workspace: Workspace) -> Any:
    """The field of a message: a number, text, bytes, words, or what JSON holds; NOTHING when it has none."""
    if field.decoder:
        return _decoded(field, message, workspace)
    if field.of_frames:
        return _of_frame(field, message)
    if field.column == "frames.count":
        return len(message.frames) + message.more_frames
    value = getattr(message, field.column)
    return NOTHING if value is None else value


def _of_frame(field: Field, message: Message) -> Any:
    if field.topic:
        return NOTHING if message.topic is None else message.topic
    frame = 0 if field.frame is None else field.frame
    if not -len(message.frames) <= frame < len(message.frames):
        return NOTHING
    if field.type == "number":
        return message.true_sizes[frame]
    data = message.frames[frame]
    return data.decode("utf-8", "backslashreplace") if field.type == "text" else data


def _decoded(field: Field, message: Message, workspace: Workspace) -> Any:
    """The last frame that leads anywhere tells."""
    for frame in _frames(field, message):
        data = message.frames[frame]
        if len(data) >= PREVIEW_BYTES:
            return TOO_LONG
        path: tuple[Step, ...] = field.path
        if field.decoder == "json":
            document = json_of(data)
        else:
            reading = workspace.decoding.decode(message, frame)
            document = reading.value if reading.decoder == PROPER.get(field.decoder, field.decoder) else NOTHING
            path = path[1:] if field.decoder == "proto" else path
        found = _at(document, path)
        if found is not NOTHING:
            return found
    return NOTHING


def _frames(field: Field, message: Message) -> Iterator[int]:
    count = len(message.frames)
    if field.frame is None:
        yield from range(count - 1, -1, -1)
    elif -count <= field.frame < count:
        yield field.frame % count


def json_of(data: bytes) -> Any:
    """What a frame of JSON holds; NOTHING when it is no object and no list."""
    if data[:1] not in (b"{", b"[", b" ", b"\t", b"\r", b"\n"):
        return NOTHING
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return NOTHING


def _at(document: Any, path: tuple[Step, ...]) -> Any:
    for step in path:
        within: Any = document if isinstance(document, list if isinstance(step, int) else dict) else ()
        try:
            document = within[step]
        except (LookupError, TypeError):
            return NOTHING
    return document
