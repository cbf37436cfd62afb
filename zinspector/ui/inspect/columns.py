"""The columns of the message table and of the event table: what a row says in each, and in which colour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtGui import QColor

from zinspector.capture.envelope import envelope
from zinspector.capture.message import Message
from zinspector.decode.api import visible
from zinspector.ui.theme import theme
from zinspector.ui.workspace import Workspace

TEXT_CHARS = 400
TROUBLE = ("FAILED", "DISCONNECTED", "RETRIED", "CLOSED")


@dataclass(frozen=True)
class Cell:
    """One cell: text in a colour role or an exact colour."""

    text: str
    role: str = "text"
    colour: QColor | None = None

    def pen(self) -> QColor:
        """The colour to paint with."""
        return self.colour or theme().colour(self.role)


@dataclass(frozen=True)
class Column:
    """A column: title, width in characters, and its cell for a message. `mono` for data, `right` for numbers."""

    title: str
    width: int
    cell: Callable[[Message, Workspace], Cell]
    mono: bool = False
    right: bool = False


def time_text(message: Message) -> str:
    """`14:02:11.418 203`: local time with microseconds."""
    moment = datetime.fromtimestamp(message.time_ns // 1_000_000_000).strftime("%H:%M:%S")
    micros = message.time_ns // 1000 % 1_000_000
    return f"{moment}.{micros // 1000:03d} {micros % 1000:03d}"


def link_text(message: Message, workspace: Workspace) -> str:
    """`weather-station → display`: from where to where, as far as it is known."""
    document = workspace.document
    node = document.node(message.node)
    mine = visible(node.title if node is not None else message.node, 60)
    link = document.link(message.link) if message.link is not None else None
    if link is None:
        return f"{mine} →" if message.direction == "out" else f"→ {mine}"
    peer = document.node(link.other(message.node))
    other = visible(peer.title if peer is not None else link.other(message.node), 60)
    return f"{mine} → {other}" if message.direction == "out" else f"{other} → {mine}"


def payload_text(message: Message, workspace: Workspace) -> str:
    """What the message says, in one line: the first payload frame as its decoder sums it up."""
    if message.kind == "event":
        return f"{message.name}  {visible(_text(message), TEXT_CHARS)}"
    if message.kind != "message":
        topic = message.frames[0][1:] if message.frames else b""
        return f"{(message.name or '').lower()} {visible(repr(topic.decode('utf-8', 'backslashreplace')), TEXT_CHARS)}"
    roles = envelope(message).roles
    frame = next((index for index, role in enumerate(roles) if role == "payload"), None)
    if frame is None:
        return "" if not roles else f"({', '.join(roles)})"
    decoded = workspace.decode(message, frame)
    more = sum(role == "payload" for role in roles) - 1
    return f"{visible(decoded.summary, TEXT_CHARS)}{f'  +{more} more' if more else ''}"


def _text(message: Message) -> str:
    return message.frames[0].decode("utf-8", "backslashreplace") if message.frames else ""


def _number(message: Message, workspace: Workspace) -> Cell:
    return Cell(f"{message.n:,}", "muted")


def _time(message: Message, workspace: Workspace) -> Cell:
    return Cell(time_text(message))


def _link(message: Message, workspace: Workspace) -> Cell:
    return Cell(link_text(message, workspace))


def _sockets(message: Message, workspace: Workspace) -> Cell:
    known = message.from_type or message.to_type
    if known is None:
        return Cell("")
    return Cell(f"{message.from_type or '?'}→{message.to_type or '?'}", colour=theme().pattern(known))


def _topic(message: Message, workspace: Workspace) -> Cell:
    if message.kind != "message":
        return Cell(message.name or "", "muted")
    return Cell(visible(message.topic or "", 80))


def _frames(message: Message, workspace: Workspace) -> Cell:
    return Cell(f"{len(message.frames):,}")


def _bytes(message: Message, workspace: Workspace) -> Cell:
    return Cell(f"{message.size:,}")


def _payload(message: Message, workspace: Workspace) -> Cell:
    return Cell(payload_text(message, workspace), "muted" if message.kind == "message" else "accent")


def _node(message: Message, workspace: Workspace) -> Cell:
    node = workspace.document.node(message.node)
    return Cell(visible(node.title if node is not None else message.node, 60))


def _event(message: Message, workspace: Workspace) -> Cell:
    name = message.name or ""
    if name.endswith("FAILED") or "FAILED" in name:
        return Cell(f"✖ {name}", "error")
    if any(word in name for word in TROUBLE):
        return Cell(f"▲ {name}", "warn")
    if message.kind == "command":
        return Cell(f"› {name}", "accent")
    return Cell(f"● {name}", "ok")


def _event_text(message: Message, workspace: Workspace) -> Cell:
    if message.kind == "event":
        return Cell(visible(_text(message), TEXT_CHARS), "muted")
    return Cell(payload_text(message, workspace), "muted")


MESSAGE_COLUMNS = (
    Column("#", 9, _number, mono=True, right=True),
    Column("Time", 16, _time, mono=True),
    Column("Link", 24, _link),
    Column("Sockets", 13, _sockets),
    Column("Topic", 15, _topic, mono=True),
    Column("Frames", 6, _frames, mono=True, right=True),
    Column("Bytes", 6, _bytes, mono=True, right=True),
    Column("Payload", 60, _payload, mono=True),
)
EVENT_COLUMNS = (
    Column("Time", 17, _time, mono=True),
    Column("Node", 22, _node),
    Column("Event", 26, _event),
    Column("Link", 26, _link),
    Column("Detail", 60, _event_text, mono=True),
)
