"""The columns of the message table and of the event table: what a row says in each, and in which colour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

from PySide6.QtGui import QColor

from zinspector.capture.connection import SIDES
from zinspector.capture.envelope import envelope
from zinspector.capture.happenings import phrase
from zinspector.capture.message import Message
from zinspector.decode.api import visible
from zinspector.topology.document import Document
from zinspector.ui.canvas.words import plural
from zinspector.ui.inspect.times import of_day
from zinspector.ui.taps import words
from zinspector.ui.theme import theme
from zinspector.ui.workspace import Workspace

TEXT_CHARS = 400
HEX_BYTES = 64
LABEL_BYTES = 16  # a first frame as short as that is a label or a command, and what it is about comes later
LEFT_TO_RIGHT = "\u200e"  # else a number behind Hebrew or Arabic is drawn among its words
LOOK_AT = 8
FAILURES = ("FAILED", "REFUSED", "NOT_ZMTP")
TROUBLE = (*FAILURES, "DISCONNECTED", "RETRIED", "RESET", "STALLED", "STOPPED", "GAP", "ERROR")
GOOD = ("LISTENING", "ACCEPTED", "CONNECTED", "HANDSHAKE_SUCCEEDED", "OPENED")
ROUTING = ("ROUTER", "DEALER")
DIRECTIONS = {"out": "↑ out", "in": "↓ in", "connect->bind": "→", "bind->connect": "←"}


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
    """A column: title, the text that it has room for, and its cell for a message. `mono` for data, `right` for numbers.

    `key` names it in the settings; `field` is what it shows in the language of filters, where there is such a field:
    by that a table can be sorted and filtered. A column that is `wide` takes the room that is left, or else the last
    does; `sample` is the least of it. Where there is too little room for all, those with a shorter sample, `least`,
    give way.
    """

    key: str
    title: str
    sample: str
    cell: Callable[[Message, Workspace], Cell]
    field: str = ""
    mono: bool = False
    right: bool = False
    wide: bool = False
    least: str = ""


def time_text(message: Message) -> str:
    """`14:02:11.418 203`: local time with microseconds."""
    return of_day(message.time_ns)


def link_text(message: Message, workspace: Workspace) -> str:
    """`weather-station → display`: from where to where, as far as it is known."""
    if "->" in message.direction:
        return _wire_text(message, workspace)
    document = workspace.captured_drawing
    node = document.node(message.node)
    mine = visible(node.title if node is not None else message.node, 60)
    link = document.link(message.link) if message.link is not None else None
    if link is None:
        return f"{mine} → {_peers(message, document)}" if message.direction == "out" else f"→ {mine}"
    peer = document.node(link.other(message.node))
    other = visible(peer.title if peer is not None else link.other(message.node), 60)
    return f"{mine} → {other}" if message.direction == "out" else f"{other} → {mine}"


def _peers(message: Message, document: Document) -> str:
    """`(2 links)`: a socket does not tell which of its peers took what it sent."""
    count = sum(message.node in (link.source, link.target) for link in document.links)
    return f"({plural(count, 'link')})" if count else ""


def _wire_text(message: Message, workspace: Workspace) -> str:
    """`python3 4121 → jupyter 77`: who sent it to whom over a tapped connection; an event has no sender.

    Where there are several taps, the name of the one that saw it comes last: cells are cut at their end.
    """
    connection = workspace.taps.connection_of(message)
    if connection is None:
        return visible(f"{message.node} #{message.connection}" if message.connection else message.node, 60)
    ends = words.end_name(connection.connecting), words.end_name(connection.listening)
    text = " → ".join(ends if message.direction == "connect->bind" or message.kind == "event" else ends[::-1])
    if len(workspace.taps.book.nodes) < 2:
        return text
    node = workspace.captured_drawing.node(message.node)
    return f"{text} · {visible(node.title if node is not None else message.node, 24)}"


def payload_text(message: Message, workspace: Workspace) -> str:
    """What the message says, in one line: its telling frames as their decoders sum them up; anomalies first."""
    said = _said(message, workspace)
    if not message.anomalies:
        return said
    codes = dict.fromkeys(text.partition(":")[0] for text in message.anomalies)
    return f"▲ {visible(', '.join(codes), 60)}  {said}"


def _said(message: Message, workspace: Workspace) -> str:
    if message.kind == "event":
        return f"{visible(message.name or '', 60)}  {visible(_text(message), TEXT_CHARS)}"
    if "->" in message.direction and message.kind != "message":
        return phrase(message)
    if message.kind != "message":
        topic = message.frames[0][1:].decode("utf-8", "backslashreplace") if message.frames else ""
        return f'{visible(message.name or "", 60).lower()} "{visible(topic, TEXT_CHARS)}"'
    if message.encrypted:
        return f"encrypted, {message.size:,} B"
    return _payloads(message, workspace)


def _payloads(message: Message, workspace: Workspace) -> str:
    """The message as a whole where a decoder knows its kind, else its telling frames."""
    roles = envelope(message).roles
    payloads = [index for index, role in enumerate(roles) if role == "payload"]
    if not payloads:
        return "" if not roles else f"({', '.join(roles)})"
    if line := workspace.decoding.line(message, payloads[0]):
        return visible(line, TEXT_CHARS)
    shown = _telling(message, payloads)
    summary = visible("  ".join(workspace.decoding.summary(message, frame) for frame in shown), TEXT_CHARS)
    more = len(payloads) - len(shown) + message.more_frames
    if not more:
        return summary
    return f"{summary}{'' if summary.isascii() else LEFT_TO_RIGHT}  +{more:,} more"


def _telling(message: Message, payloads: list[int]) -> list[int]:
    """The frames to sum up: the first, and after a mere label the next that is JSON."""
    first, *others = payloads
    if len(message.frames[first]) > LABEL_BYTES:
        return [first]
    objects = (frame for frame in others[:LOOK_AT] if message.frames[frame][:1] in (b"{", b"["))
    return [first, *islice(objects, 1)]


def _text(message: Message) -> str:
    return message.frames[0].decode("utf-8", "backslashreplace") if message.frames else ""


def _number(message: Message, workspace: Workspace) -> Cell:
    return Cell(f"{message.n:,}", "muted")


def _time(message: Message, workspace: Workspace) -> Cell:
    return Cell(time_text(message))


def _direction(message: Message, workspace: Workspace) -> Cell:
    """On the wire: from who connected to who listens, or back."""
    return Cell(DIRECTIONS.get(message.direction, "") if message.kind != "event" else "", "muted")


def _link(message: Message, workspace: Workspace) -> Cell:
    return Cell(link_text(message, workspace))


def _sockets(message: Message, workspace: Workspace) -> Cell:
    types = [one for one in (message.from_type, message.to_type) if one is not None]
    if not types:
        return Cell("")
    known = next((one for one in types if one in ROUTING), types[0])
    return Cell(visible(f"{message.from_type or '?'}→{message.to_type or '?'}", 30), colour=theme().pattern(known))


def _topic(message: Message, workspace: Workspace) -> Cell:
    if message.kind != "message":
        return Cell(visible(message.name or "", 60), "muted")
    return Cell(visible(message.topic or "", 80))


def _frames(message: Message, workspace: Workspace) -> Cell:
    return Cell(f"{len(message.frames) + message.more_frames:,}")


def _bytes(message: Message, workspace: Workspace) -> Cell:
    return Cell(f"{message.size:,}")


def _payload(message: Message, workspace: Workspace) -> Cell:
    role = "warn" if message.anomalies else "muted" if message.kind == "message" else "accent"
    return Cell(payload_text(message, workspace), role)


def _node(message: Message, workspace: Workspace) -> Cell:
    node = workspace.captured_drawing.node(message.node)
    return Cell(visible(node.title if node is not None else message.node, 60))


def _event(message: Message, workspace: Workspace) -> Cell:
    name = visible(message.name or "", 60)
    if any(word in name for word in FAILURES):
        return Cell(f"✖ {name}", "error")
    if message.anomalies or any(word in name for word in TROUBLE):
        return Cell(f"▲ {name}", "warn")
    if message.kind != "event":
        return Cell(f"› {name}", "accent")
    return Cell(f"● {name}", "ok") if name in GOOD else Cell(f"· {name}")


def _event_text(message: Message, workspace: Workspace) -> Cell:
    """The whole sentence, with who did it where that is known."""
    if message.kind == "event":
        return Cell(visible(_text(message), TEXT_CHARS), "muted")
    connection = workspace.taps.connection_of(message)
    if connection is None:
        return Cell(payload_text(message, workspace), "muted")
    sender = words.end_name(connection.end(SIDES[message.direction]))
    wrong = f"  ▲ {visible('; '.join(message.anomalies), TEXT_CHARS)}" if message.anomalies else ""
    return Cell(f"{sender} {phrase(message)}{wrong}", "warn" if wrong else "muted")


def _where(message: Message, workspace: Workspace) -> Cell:
    """The link, or the tapped connection with its number."""
    connection = workspace.taps.connection_of(message)
    if connection is None:
        return _link(message, workspace)
    ends = words.end_name(connection.connecting), words.end_name(connection.listening)
    return Cell(f"{connection.id} · {' → '.join(ends)}")


def _connection(message: Message, workspace: Workspace) -> Cell:
    return Cell(f"{message.connection:,}" if message.connection is not None else "")


def _type(socket_type: str | None) -> Cell:
    return Cell(visible(socket_type or "", 30), colour=theme().pattern(socket_type) if socket_type else None)


def _anomalies(message: Message, workspace: Workspace) -> Cell:
    return Cell(f"▲ {visible('; '.join(message.anomalies), TEXT_CHARS)}" if message.anomalies else "", "warn")


def _hex(message: Message, workspace: Workspace) -> Cell:
    """The first bytes of the payload, or of the last frame."""
    roles = envelope(message).roles
    frame = next((index for index, role in enumerate(roles) if role == "payload"), len(roles) - 1)
    return Cell(message.frames[frame][:HEX_BYTES].hex(" ") if message.frames else "", "muted")


NUMBER = Column("n", "#", "▲◆ 10,000,000", _number, "n", mono=True, right=True, least="▲ 99,999")
TIME = Column("time", "Time", "14:02:11.418 203", _time, "time", mono=True)
MESSAGE_COLUMNS = (
    NUMBER,
    TIME,
    Column("direction", "Dir", "↑ out ", _direction, "direction"),
    Column("link", "Link", "weather-station → disp", _link, "link", least="station → d"),
    Column("sockets", "Sockets", "ROUTER→DEALER", _sockets, "from_type", least="PUSH→PULL"),
    Column("topic", "Topic", "weather.london", _topic, "topic", mono=True, least="weather.lon"),
    Column("frames", "Frames", "Frames", _frames, "frames.count", mono=True, right=True),
    Column("size", "Bytes", "9,999,999", _bytes, "size", mono=True, right=True, least="99,999"),
    Column("payload", "Payload", '{"city":"London"}', _payload, mono=True, wide=True, least='{"city":"'),
)
EVENT_COLUMNS = (
    NUMBER,
    TIME,
    Column("node", "Node", "weather-station ab", _node, "node"),
    Column("event", "Event", "▲ HANDSHAKE_SUCCEEDED", _event, "name"),
    Column(
        "connection", "Connection", "12 · python3 12345 → jupyter-kernel 901", _where, "connection", least="12 · py"
    ),
    Column("what", "What happened", "tcp://127.0.0.1:65535 connection refused", _event_text, mono=True, wide=True),
)
MORE_COLUMNS = (
    Column("node", "Node", "weather-station", _node, "node"),
    Column("connection", "Connection", "Connection", _connection, "connection", mono=True, right=True),
    Column("kind", "Kind", "handshake", lambda message, _: Cell(message.kind, "muted"), "kind"),
    Column("name", "Name", "HANDSHAKE_SUCCEEDED", lambda message, _: Cell(visible(message.name or "", 60)), "name"),
    Column("from_type", "From", "ROUTER", lambda message, _: _type(message.from_type), "from_type"),
    Column("to_type", "To", "ROUTER", lambda message, _: _type(message.to_type), "to_type"),
    Column("anomalies", "Anomalies", "▲ Z201", _anomalies, "anomalies"),
    Column("hex", "Hex", "7b 22 63 69 74 79 22", _hex, mono=True),
)
