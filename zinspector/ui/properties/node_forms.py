"""The set-up of a node: what all kinds have, proxies, external programs, and what could not be read.

That of sockets is in `socket_form.py`, that of taps in `tap_forms.py`.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, get_args

from PySide6.QtWidgets import QPlainTextEdit

from zinspector.topology import edits
from zinspector.topology.document import (
    AnyNode,
    ProxyNode,
    ProxySide,
    SocketType,
    UnknownNode,
)
from zinspector.topology.endpoints import parse
from zinspector.topology.socket_types import SOCKET_TYPES
from zinspector.ui.properties.choices import Choice, Choices
from zinspector.ui.properties.fields import Line
from zinspector.ui.properties.form import Form
from zinspector.ui.properties.list_field import ListField
from zinspector.ui.theme import mono_font
from zinspector.ui.workspace import Workspace

ADDRESS = "tcp://127.0.0.1:5556"
EXTERNAL = "Another program's socket. Say where it binds or connects; zinspector opens nothing for it."
PROXY = "Links that end here meet the frontend, links that begin here leave from the backend."


class NodeForm(Form):
    """What all nodes have: a label. Subclasses add the rest.

    An address that changes while the drawing runs waits until the typing pauses.
    """

    def __init__(self, workspace: Workspace, node_id: str) -> None:
        super().__init__(workspace)
        self._id = node_id
        self.label = self.row("Label", Line("Label", lambda: self._node().label, self._rename, hint=node_id))
        self._fill()
        self.stretch()
        self.refresh()

    def refresh(self) -> None:
        """Show what the document says now."""
        if self.workspace.document.node(self._id) is not None:
            super().refresh()

    def _fill(self) -> None:
        """Add the fields of the kind."""

    def _node(self) -> Any:
        node: AnyNode | None = self.workspace.document.node(self._id)
        assert node is not None, "the form goes with its node"
        return node

    def _edit(self, step: str, /, **fields: Any) -> None:
        document = edits.set_field(self.workspace.document, self._id, **fields)
        self.workspace.edit(step, document, merge_key=f"{step} {self._id}")

    def _rename(self, text: str) -> None:
        self._edit("Rename", label=text.strip())

    def _addresses(self, label: str, name: str) -> ListField:
        return self.row(
            label,
            ListField(
                label,
                lambda: getattr(self._node(), name),
                lambda texts: self._edit(f"Change {name}", **{name: texts}),
                check=parse,
                hint=ADDRESS,
                add="address",
                wait=lambda: self.workspace.running,
            ),
        )


class ProxyForm(NodeForm):
    """Two sides, each with a type and addresses."""

    def _fill(self) -> None:
        self.note(PROXY)
        self.sides = {side: self._side(side) for side in ("frontend", "backend")}

    def _side(self, name: str) -> tuple[Choices, ListField, ListField]:
        def side() -> ProxySide:
            node: ProxyNode = self._node()
            return node.frontend if name == "frontend" else node.backend

        def change(label: str, **fields: Any) -> None:
            self._edit(f"{label} of the {name}", **{name: replace(side(), **fields)})

        def addresses(label: str, field: str) -> ListField:
            made = ListField(
                f"{label}, {name}",
                lambda: getattr(side(), field),
                lambda texts: change(f"Change {field}", **{field: texts}),
                check=parse,
                hint=ADDRESS,
                add="address",
                wait=lambda: self.workspace.running,
            )
            return self.row(label, made)

        self.heading(name)
        choices = [Choice(kind, kind, info.blurb) for kind, info in SOCKET_TYPES.items()]
        kind = self.row(
            "Type",
            Choices(
                f"Type, {name}", lambda: choices, lambda: side().type, lambda text: change("Change type", type=text)
            ),
        )
        return kind, addresses("Binds", "bind"), addresses("Connects", "connect")


class ExternalForm(NodeForm):
    """Another program's socket."""

    def _fill(self) -> None:
        types = [Choice("", "not known"), *(Choice(kind, kind) for kind in get_args(SocketType))]
        self.type = self.row("Type", Choices("Type", lambda: types, lambda: self._node().type or "", self._set_type))
        self.bind = self._addresses("Binds", "bind")
        self.connect_ = self._addresses("Connects", "connect")
        self.note(EXTERNAL)

    def _set_type(self, name: str) -> None:
        self._edit("Change type", type=name or None)


class UnknownForm(Form):
    """A node that could not be read: what is wrong with it, and how it stands in the file."""

    def __init__(self, workspace: Workspace, node: UnknownNode) -> None:
        super().__init__(workspace)
        self.note(f"✖ {node.problem}", "error")
        self.note("It is kept as it is when the drawing is saved, and never runs. Put it right in the file.")
        self.heading("In the file")
        self.json = QPlainTextEdit(json.dumps(dict(node.record), indent=2, ensure_ascii=False, default=str))
        self.json.setReadOnly(True)
        self.json.setFont(mono_font())
        self.json.setAccessibleName("The node as it stands in the file")
        self.json.setMinimumHeight(self.json.fontMetrics().lineSpacing() * 8)
        self.add(self.json, stretch=1)
