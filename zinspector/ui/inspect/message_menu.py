"""The context menu of a message: copy, follow, send again, decode as."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from zinspector.capture.envelope import envelope
from zinspector.capture.message import Message
from zinspector.decode.api import visible
from zinspector.ui.inspect.columns import link_text, payload_text, time_text
from zinspector.ui.workspace import Workspace

if TYPE_CHECKING:
    from zinspector.ui.inspect.messages import MessagesPanel


def message_menu(panel: MessagesPanel, message: Message) -> QMenu:
    """A menu for one message."""
    menu = QMenu(panel)
    copy = menu.addMenu("Copy as")
    for name, text in (
        ("Text", as_text(message, panel.workspace)),
        ("Hex", "\n".join(frame.hex(" ") for frame in message.frames)),
        ("JSON", json.dumps(message.as_json(), indent=1)),
        ("Python", f"[{', '.join(map(repr, message.frames))}]"),
    ):
        copy.addAction(name, partial(QGuiApplication.clipboard().setText, text))
    menu.addSeparator()
    if message.topic is not None:
        topic = message.topic
        menu.addAction(f"Follow topic {visible(topic, 40)}", lambda: panel.set_scope(topic=topic))
    if message.link is not None:
        link = message.link
        menu.addAction("Follow this link", lambda: panel.set_scope(items=frozenset({link})))
    menu.addAction("Follow this node", lambda: panel.set_scope(items=frozenset({message.node})))
    menu.addAction("Show on the canvas", lambda: panel.workspace.select([message.link or message.node]))
    menu.addSeparator()
    mark = menu.addAction("Remove mark" if message.n in panel.table.marks else "Mark", panel.toggle_mark)
    mark.setShortcut("Ctrl+M")
    if message.kind == "message":
        menu.addAction("Send again…", lambda: panel.sendAgain.emit(message))
        roles = envelope(message).roles
        payload = next((index for index, role in enumerate(roles) if role == "payload"), 0)
        menu.addAction("Decode as…", lambda: panel.decodeRequested.emit(message, payload))
    return menu


def as_text(message: Message, workspace: Workspace) -> str:
    """A message in one line of text."""
    topic = f"  {visible(message.topic)}" if message.topic is not None else ""
    where = link_text(message, workspace)
    return f"{message.n}  {time_text(message)}  {where}{topic}  {payload_text(message, workspace)}"
