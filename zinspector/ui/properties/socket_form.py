"""The fields of a socket node: addresses, subscriptions, behaviour."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QFileDialog, QPushButton

from zinspector.errors import UserError
from zinspector.topology import edits
from zinspector.topology.document import Behaviour, BehaviourKind, SocketNode, SocketType
from zinspector.topology.endpoints import parse
from zinspector.topology.socket_types import SOCKET_TYPES
from zinspector.ui.properties.form import Form
from zinspector.ui.properties.frames import FramesField
from zinspector.ui.properties.options import OptionsTable
from zinspector.ui.properties.state import StateBox
from zinspector.ui.workspace import Workspace

BEHAVIOURS: dict[BehaviourKind, str] = {
    "manual": "Manual: send from the Send tab",
    "generate": "Generate messages",
    "sink": "Sink: take and count",
    "echo": "Echo: send back what came",
    "reply": "Reply with a template",
    "forward": "Forward to another node",
    "script": "Python script",
}
NEEDS_SENDING = frozenset({"generate", "echo", "reply"})
NEEDS_RECEIVING = frozenset({"sink", "echo", "reply", "forward"})
ADDRESS_HINT = "tcp://127.0.0.1:5556\none address a line"


class SocketForm(Form):
    """The form of one socket node, known by its id."""

    def __init__(self, workspace: Workspace, node_id: str) -> None:
        super().__init__()
        self._workspace = workspace
        self._id = node_id
        node = self._node()
        self._general()
        if SOCKET_TYPES[node.type].subscribes:
            self._subscriptions()
        self._behaviour(node.behaviour.kind)
        self.add(StateBox(workspace, node_id))
        self.heading("Socket options")
        self.options = OptionsTable(workspace, node_id)
        self.add(self.options, self.options.refresh)
        self.stretch()
        self.refresh()

    def _node(self) -> SocketNode:
        node = self._workspace.document.node(self._id)
        assert isinstance(node, SocketNode), "the form goes with its node"
        return node

    def _edit(self, what: str, /, **fields: Any) -> None:
        document = edits.set_field(self._workspace.document, self._id, **fields)
        self._workspace.edit(what, document, merge_key=f"{what} {self._id}")

    def _edit_behaviour(self, what: str, /, **fields: Any) -> None:
        document = edits.set_behaviour(self._workspace.document, self._id, **fields)
        self._workspace.edit(what, document, merge_key=f"{what} {self._id}")

    def _general(self) -> None:
        self.line("Label", lambda: self._node().label, lambda text: self._edit("Rename", label=text), hint=self._id)
        self.choice(
            "Type",
            lambda: [(name, f"{name}   {info.blurb}") for name, info in SOCKET_TYPES.items()],
            lambda: self._node().type,
            self._set_type,
        )
        for label, name in (("Binds", "bind"), ("Connects", "connect")):
            self.lines(
                label,
                lambda field=name: getattr(self._node(), field),  # type: ignore[misc]
                lambda texts, field=name, what=label: self._edit(what, **{field: texts}),  # type: ignore[misc]
                check=parse,
                hint=ADDRESS_HINT,
            )

    def _set_type(self, name: str) -> None:
        kind: SocketType = SOCKET_TYPES[name].name  # type: ignore[index]
        fields: dict[str, Any] = {"type": kind}
        if SOCKET_TYPES[kind].subscribes and not self._node().subscriptions:
            fields["subscriptions"] = ("",)
        if self._node().behaviour.kind not in dict(self._behaviours(kind)):
            fields["behaviour"] = Behaviour(SOCKET_TYPES[kind].default_behaviour)
        self._edit("Change type", **fields)

    def _subscriptions(self) -> None:
        self.heading("Subscriptions")
        self.check(
            "Everything",
            lambda: "" in self._node().subscriptions,
            lambda yes: self._subscribe(everything=yes),
            "The empty topic: every message",
        )
        self.lines(
            "Topics",
            lambda: [topic for topic in self._node().subscriptions if topic],
            lambda topics: self._subscribe(topics=topics),
            hint="weather.\none prefix a line",
        )

    def _subscribe(self, *, everything: bool | None = None, topics: tuple[str, ...] | None = None) -> None:
        now = self._node().subscriptions
        empty = "" in now if everything is None else everything
        rest = tuple(topic for topic in now if topic) if topics is None else topics
        self._edit("Subscribe", subscriptions=(*([""] if empty else []), *rest))

    def _behaviours(self, kind: SocketType) -> list[tuple[str, str]]:
        info = SOCKET_TYPES[kind]
        return [
            (name, text)
            for name, text in BEHAVIOURS.items()
            if (info.can_send or name not in NEEDS_SENDING) and (info.can_receive or name not in NEEDS_RECEIVING)
        ]

    def _behaviour(self, kind: BehaviourKind) -> None:
        self.heading("Behaviour")
        self.choice(
            "Does",
            lambda: self._behaviours(self._node().type),
            lambda: self._node().behaviour.kind,
            lambda name: self._edit_behaviour("Change behaviour", kind=name),
        )
        if kind == "generate":
            self._generator()
        if kind in ("generate", "reply"):
            frames = FramesField(
                lambda: self._node().behaviour.frames,
                lambda made: self._edit_behaviour("Edit frames", frames=made),
                lambda: self._workspace.base,
            )
            self.add(frames, frames.refresh)
        if kind == "forward":
            self.choice("To", self._targets, lambda: self._node().behaviour.to or "", self._forward_to)
        if kind == "script":
            self._script()

    def _generator(self) -> None:
        self.line("Rate", self._rate_text, self._set_rate, check=_number, hint="msg/s; empty: as fast as it goes")
        self.line("Count", self._count_text, self._set_count, check=_whole, hint="messages; empty: without end")
        self.check(
            "Stamp messages to measure latency",
            lambda: self._node().behaviour.stamp,
            lambda yes: self._edit_behaviour("Stamp", stamp=yes),
            "Adds a frame with the sending time; where it arrives, zinspector measures how long it took",
        )

    def _rate_text(self) -> str:
        rate = self._node().behaviour.rate
        return "" if rate is None else f"{rate:g}"

    def _set_rate(self, text: str) -> None:
        _if_number(text, lambda rate: self._edit_behaviour("Change rate", rate=rate))

    def _count_text(self) -> str:
        count = self._node().behaviour.count
        return "" if count is None else str(count)

    def _set_count(self, text: str) -> None:
        if not text.strip() or text.strip().isdecimal():
            self._edit_behaviour("Change count", count=int(text) if text.strip() else None)

    def _targets(self) -> list[tuple[str, str]]:
        others = [
            (node.id, node.title)
            for node in self._workspace.document.nodes
            if isinstance(node, SocketNode) and node.id != self._id and SOCKET_TYPES[node.type].can_send
        ]
        return [("", "choose a node"), *others]

    def _forward_to(self, node_id: str) -> None:
        self._edit_behaviour("Forward to", to=node_id or None)

    def _script(self) -> None:
        self.line(
            "Script",
            lambda: self._node().behaviour.script or "",
            lambda text: self._edit_behaviour("Choose script", script=text or None),
            hint="worker.py, beside the topology file",
        )
        choose = QPushButton("Choose…")
        choose.clicked.connect(self._choose_script)
        self.add(choose)
        self.note("The file has: async def on_message(frames, send). You are asked before it first runs.")

    def _choose_script(self) -> None:
        dialog = QFileDialog(self, "Choose a script", str(self._workspace.base), "Python (*.py)")
        dialog.fileSelected.connect(lambda text: self._edit_behaviour("Choose script", script=text))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


def _number(text: str) -> None:
    _whole(text.replace(".", "", 1), "a number of messages per second")


def _whole(text: str, what: str = "a whole number") -> None:
    if not text.strip().isdecimal():
        raise UserError(f"this must be {what}, or empty")


def _if_number(text: str, use: Callable[[float | None], None]) -> None:
    stripped = text.strip()
    if not stripped:
        use(None)
        return
    try:
        rate = float(stripped)
    except ValueError:
        return  # the field says so
    if 0 < rate < float("inf"):
        use(rate)
