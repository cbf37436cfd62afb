"""The set-up of a socket node: what it is, its addresses and subscriptions. What it does is in `behaviour_form.py`."""

from __future__ import annotations

from typing import Any, get_args

from zinspector.topology import edits
from zinspector.topology.document import SocketNode, SocketType
from zinspector.topology.endpoints import parse
from zinspector.topology.socket_types import SOCKET_TYPES
from zinspector.ui.properties.behaviour_form import BehaviourPart
from zinspector.ui.properties.choices import Choices
from zinspector.ui.properties.fields import Line, Tick
from zinspector.ui.properties.form import Form
from zinspector.ui.properties.list_field import ListField, Texts
from zinspector.ui.properties.socket_rules import type_choices, with_type
from zinspector.ui.workspace import Workspace

ADDRESS = "tcp://127.0.0.1:5556"


class SocketForm(Form):
    """The form of one socket node, known by its id."""

    def __init__(self, workspace: Workspace, node_id: str) -> None:
        super().__init__(workspace)
        self._id = node_id
        self.label = self.row("Label", Line("Label", lambda: self._node().label, self._rename, hint=node_id))
        self.type = self.row(
            "Type",
            Choices(
                "Type",
                lambda: type_choices(workspace.document, self._node()),
                lambda: self._node().type,
                self._set_type,
            ),
        )
        self.blurb = self.note("")
        self.heading("Own addresses").setToolTip("Links need none; these reach other programs")
        self.bind = self._addresses("Binds", "bind")
        self.connect_ = self._addresses("Connects", "connect")
        self._subscriptions()
        self.behaviour = BehaviourPart(self, node_id)
        self.stretch()
        self.refresh()

    def refresh(self) -> None:
        """Show what the document says now."""
        if isinstance(self.workspace.document.node(self._id), SocketNode):
            self.blurb.setText(SOCKET_TYPES[self._node().type].blurb)
            super().refresh()

    def _node(self) -> SocketNode:
        node = self.workspace.document.node(self._id)
        assert isinstance(node, SocketNode), "the form goes with its node"
        return node

    def _edit(self, step: str, /, **fields: Any) -> None:
        document = edits.set_field(self.workspace.document, self._id, **fields)
        self.workspace.edit(step, document, merge_key=f"{step} {self._id}")

    def _rename(self, text: str) -> None:
        self._edit("Rename", label=text.strip())

    def _set_type(self, name: str) -> None:
        kind: SocketType = next(each for each in get_args(SocketType) if each == name)
        self.workspace.edit(f"Change type to {kind}", self.workspace.document.with_node(with_type(self._node(), kind)))

    def _addresses(self, label: str, field: str) -> ListField:
        return self.row(
            label,
            ListField(
                label,
                lambda: getattr(self._node(), field),
                lambda texts: self._edit(f"Change {field}", **{field: texts}),
                check=parse,
                hint=ADDRESS,
                add="address",
                wait=lambda: self.workspace.running,
            ),
        )

    def _subscriptions(self) -> None:
        def subscribes() -> bool:
            return SOCKET_TYPES[self._node().type].subscribes

        self.heading("Subscriptions", when=subscribes)
        self.everything = self.field(
            Tick(
                "Everything",
                lambda: "" in self._node().subscriptions,
                lambda yes: self._subscribe(everything=yes, topics=self.topics.texts()),
                tip="The empty topic: every message, whatever it begins with",
            ),
            when=subscribes,
        )
        self.topics = self.row(
            "Topics",
            ListField(
                "Topics",
                lambda: [topic for topic in self._node().subscriptions if topic],
                self._set_topics,
                hint="weather.",
                add="topic",
            ),
            when=subscribes,
        )

    def _set_topics(self, topics: Texts) -> None:
        subscribed = self._node().subscriptions
        narrows = bool(topics) and not any(subscribed)  # beside everything, the first topic would change nothing
        self._subscribe(everything="" in subscribed and not narrows, topics=topics)

    def _subscribe(self, *, everything: bool, topics: Texts) -> None:
        self._edit("Change subscriptions", subscriptions=(*([""] if everything else []), *topics))
