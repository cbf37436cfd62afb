"""The set-up of a socket node: what it is, its addresses and subscriptions. What it does is in `behaviour_form.py`."""

from __future__ import annotations

from typing import get_args

from zinspector.topology.document import SocketNode, SocketType
from zinspector.topology.socket_types import SOCKET_TYPES
from zinspector.ui.properties.behaviour_form import BehaviourPart
from zinspector.ui.properties.choices import Choices
from zinspector.ui.properties.fields import Tick
from zinspector.ui.properties.list_field import ListField, Texts
from zinspector.ui.properties.node_forms import NodeForm
from zinspector.ui.properties.socket_rules import type_choices, with_type


class SocketForm(NodeForm):
    """The form of one socket node."""

    def _fill(self) -> None:
        self.type = self.row(
            "Type",
            Choices(
                "Type",
                lambda: type_choices(self.workspace.document, self._node()),
                lambda: self._node().type,
                self._set_type,
            ),
        )
        self.blurb = self.note("")
        self.heading("Own addresses").setToolTip("Links need none; these reach other programs")
        self.bind = self._addresses("Binds", "bind")
        self.connect_ = self._addresses("Connects", "connect")
        self._subscriptions()
        self.behaviour = BehaviourPart(self, self._id)

    def refresh(self) -> None:
        """Show what the document says now."""
        if isinstance(node := self.workspace.document.node(self._id), SocketNode):
            self.blurb.setText(SOCKET_TYPES[node.type].blurb)
            super().refresh()

    def _set_type(self, name: str) -> None:
        kind: SocketType = next(each for each in get_args(SocketType) if each == name)
        self.workspace.edit(f"Change type to {kind}", self.workspace.document.with_node(with_type(self._node(), kind)))

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
