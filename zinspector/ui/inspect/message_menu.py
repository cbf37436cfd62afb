"""The context menu of a message: apply as filter, copy, follow, send again, decode as."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from zinspector.capture.envelope import envelope
from zinspector.capture.follow import is_exchange
from zinspector.capture.message import Message
from zinspector.decode.api import visible
from zinspector.ui.inspect.as_filter import add_filters, of_column
from zinspector.ui.inspect.columns import Column, link_text, payload_text, time_text
from zinspector.ui.taps import words
from zinspector.ui.workspace import Workspace

if TYPE_CHECKING:
    from zinspector.ui.inspect.messages import MessagesPanel


def message_menu(panel: MessagesPanel, message: Message, column: Column | None = None) -> QMenu:
    """A menu for one message, and for its cell in a column."""
    menu = QMenu(panel)
    if column is not None:
        wanted = of_column(column, message, panel.workspace)
        add_filters(menu, wanted, panel.filter_by)
        if wanted:
            menu.addAction("Colour messages like this…", partial(panel.edit_rules, wanted))
    copy = menu.addMenu("Copy as")
    for name, write in FORMATS.items():
        copy.addAction(name, partial(_copy, write, message, panel.workspace))
    menu.addSeparator()
    _follow(menu, panel, message)
    menu.addAction("Show on the canvas", lambda: panel.workspace.select([message.link or message.node]))
    menu.addSeparator()
    pair = panel.row_actions.pair()
    if len(pair) == 2:
        other = pair[0] if pair[1] == message.n else pair[1]
        menu.addAction(f"Compare with message {other:,}…\tCtrl+Shift+D", panel.row_actions.compare)
    is_reference = panel.columns.times.reference == message.n
    menu.addAction(f"{'Unset' if is_reference else 'Set'} time reference\tCtrl+T", panel.row_actions.toggle_reference)
    menu.addAction(
        f"{'Remove mark' if message.n in panel.table.marks else 'Mark'}\tCtrl+M", panel.row_actions.toggle_mark
    )
    if message.kind == "message":
        menu.addAction("Send again…", lambda: panel.sendAgain.emit(message))
        replay = menu.addMenu("Replay")
        replay.addAction("Selected and marked messages…", partial(panel.replayRequested.emit, 2))
        replay.addAction(f"All {panel.displayed:,} shown…", partial(panel.replayRequested.emit, 1))
        roles = envelope(message).roles
        payload = next((index for index, role in enumerate(roles) if role == "payload"), 0)
        menu.addAction("Decode as…", lambda: panel.decodeRequested.emit(message, payload))
    return menu


def _follow(menu: QMenu, panel: MessagesPanel, message: Message) -> None:
    connection = panel.workspace.taps.connection_of(message)
    if connection is not None:
        menu.addAction(f"Follow {_plain(words.title(connection))}", partial(panel.follow_connection, connection))
    if is_exchange(message):
        menu.addAction("Follow this request and its reply", partial(panel.follow_request, message))
    if message.topic is not None:
        menu.addAction(f"Follow topic {_plain(message.topic)}", partial(panel.follow_topic, message.topic))
    if message.link is not None:
        menu.addAction("Follow this link", partial(panel.set_scope, frozenset({message.link})))
    menu.addAction("Follow this node", partial(panel.set_scope, frozenset({message.node})))


def as_text(message: Message, workspace: Workspace) -> str:
    """A message in one line of text."""
    topic = f"  {visible(message.topic)}" if message.topic is not None else ""
    where = link_text(message, workspace)
    return f"{message.n}  {time_text(message)}  {where}{topic}  {payload_text(message, workspace)}"


def as_hex(message: Message, workspace: Workspace) -> str:
    """The bytes, a frame a line."""
    return "\n".join(frame.hex(" ") for frame in message.frames)


def as_json(message: Message, workspace: Workspace) -> str:
    """The object that `-T jsonl` writes, with what the decoders made of the payload."""
    decoded = []
    for frame, role in enumerate(envelope(message).roles):
        if role == "payload":
            reading = workspace.decoding.decode(message, frame)
            decoded.append({"frame": frame, "decoder": reading.decoder.partition(" ")[0], "value": reading.value})
    return json.dumps(message.as_json(decoded), indent=1, ensure_ascii=False, default=str)


def as_python(message: Message, workspace: Workspace) -> str:
    """A list of bytes, ready for `send_multipart`."""
    return f"[{', '.join(map(repr, message.frames))}]"


FORMATS: dict[str, Callable[[Message, Workspace], str]] = {
    "Text": as_text,
    "Hex": as_hex,
    "JSON": as_json,
    "Python": as_python,
}


def _copy(write: Callable[[Message, Workspace], str], message: Message, workspace: Workspace) -> None:
    QGuiApplication.clipboard().setText(write(message, workspace))


def _plain(text: str) -> str:
    """Text for a menu: `&` would underline a letter."""
    return visible(text, 60).replace("&", "&&")
