"""The right panel: the form of what is selected, under a title that says what it is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from zinspector.topology.document import Document, ExternalNode, ProxyNode, SocketNode
from zinspector.ui.properties.form import Form
from zinspector.ui.properties.other_forms import DocumentForm, LinkForm, NodeForm
from zinspector.ui.properties.socket_form import SocketForm
from zinspector.ui.theme import switch, theme
from zinspector.ui.workspace import Workspace


class PropertiesPanel(QWidget):
    """Shows one form at a time; another one only when another thing, or another kind of it, is selected."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.workspace = workspace
        self.form: Form | None = None
        self._shown: tuple[object, ...] = ()
        self.kind = QLabel()
        self.title = QLabel()
        self.title.setProperty("role", "title")
        for label in (self.kind, self.title):
            label.setTextFormat(Qt.TextFormat.PlainText)
        head = QHBoxLayout()
        head.setContentsMargins(14, 12, 12, 4)
        head.addWidget(self.kind)
        head.addWidget(self.title, 1)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QScrollArea.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self.area, 1)
        self.setMinimumWidth(270)
        workspace.selectionChanged.connect(self.refresh)
        workspace.documentChanged.connect(self.refresh)
        switch().changed.connect(self._retitle)
        self.refresh()

    def refresh(self) -> None:
        """Show the selection as the document has it now."""
        wanted = self._what()
        if wanted != self._shown or self.form is None:
            self._shown = wanted
            self._replace(self._make())
        else:
            self.form.refresh()
        self._retitle()

    def focus_first_field(self) -> None:
        """Put the cursor into the first field."""
        if self.form is not None and (first := self.form.findChild(QLineEdit)) is not None:
            first.setFocus()
            first.selectAll()

    def _what(self) -> tuple[object, ...]:
        """What decides on the form: it is made anew when this changes."""
        document, selection = self.workspace.document, self.workspace.selection
        if len(selection) != 1:
            return (len(selection), document.name if not selection else sorted(selection))[:1]
        (chosen,) = selection
        node = document.node(chosen)
        if isinstance(node, SocketNode):
            return chosen, node.type, node.behaviour.kind
        return chosen, type(node)

    def _make(self) -> Form:
        selection = self.workspace.selection
        if len(selection) > 1:
            form = Form()
            form.note(
                f"{len(selection)} things are selected. Ctrl+D duplicates, Del deletes, Topology ▸ Align lines up."
            )
            form.stretch()
            return form
        if not selection:
            return DocumentForm(self.workspace)
        (chosen,) = selection
        if self.workspace.document.link(chosen) is not None:
            return LinkForm(self.workspace, chosen)
        if isinstance(self.workspace.document.node(chosen), SocketNode):
            return SocketForm(self.workspace, chosen)
        return NodeForm(self.workspace, chosen)

    def _replace(self, form: Form) -> None:
        holder = QWidget()
        layout = QVBoxLayout(holder)
        layout.setContentsMargins(14, 4, 12, 14)
        layout.addWidget(form)
        old = self.area.takeWidget()
        if old is not None:
            old.hide()
            old.deleteLater()
        self.area.setWidget(holder)
        self.form = form

    def _retitle(self) -> None:
        kind, colour, title = _title(self.workspace.document, self.workspace.selection)
        self.kind.setText(kind)
        self.kind.setStyleSheet(f"color: {colour}; font-weight: 600")
        self.kind.setVisible(bool(kind))
        self.title.setText(title)


def _title(document: Document, selection: frozenset[str]) -> tuple[str, str, str]:
    """(kind, its colour, title)."""
    colours = theme()
    if not selection:
        return "", colours.text, document.name
    if len(selection) > 1:
        return "", colours.text, f"{len(selection)} selected"
    (chosen,) = selection
    node, link = document.node(chosen), document.link(chosen)
    if isinstance(node, SocketNode | ExternalNode):
        return node.type or "EXTERNAL", colours.pattern(node.type).name(), node.title
    if node is not None:
        kind = "PROXY" if isinstance(node, ProxyNode) else type(node).__name__.removesuffix("Node").upper()
        return kind, colours.pattern(kind).name(), node.title
    assert link is not None, "the selection holds only what is there"
    ends = [document.node(end) for end in (link.source, link.target)]
    return "LINK", colours.muted, " → ".join(end.title if end is not None else "?" for end in ends)
