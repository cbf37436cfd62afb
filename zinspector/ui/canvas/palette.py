"""The palette: every kind of node to place, and the sample topologies to start from."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QFrame, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from zinspector.errors import UserError
from zinspector.shipped import shipped
from zinspector.topology import files
from zinspector.topology.document import Document, ProxyNode
from zinspector.ui.canvas.chip import Chip
from zinspector.ui.canvas.kinds import kinds
from zinspector.ui.canvas.wires import end_type
from zinspector.ui.theme import switch, theme, ui_font
from zinspector.ui.workspace import Workspace

COLUMNS = 2
GROUPS = ("SOCKETS", "TAPS", "FLOW")


class NodePalette(QScrollArea):
    """The panel left of the canvas.

    Signals:
        addRequested(str): place a node of this kind where there is room.
        templateRequested(Path): open this sample as a new drawing.
    """

    addRequested = Signal(str)
    templateRequested = Signal(object)

    def __init__(self, _workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(170)
        self.chips: dict[str, Chip] = {}
        self.templates: dict[str, TemplateButton] = {}
        inside = QWidget(self)
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(8, 10, 8, 10)
        layout.setSpacing(6)
        for group in GROUPS:
            layout.addWidget(_heading(group))
            layout.addLayout(self._chips(group))
            layout.addSpacing(6)
        layout.addWidget(_heading("TEMPLATES"))
        for button in self._template_buttons():
            layout.addWidget(button)
        layout.addStretch(1)
        self.setWidget(inside)
        switch().changed.connect(inside.update)

    def sizeHint(self) -> QSize:
        """As wide as two columns of chips."""
        return QSize(196, 400)

    def _chips(self, group: str) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(5)
        for place, kind in enumerate(kind for kind in kinds().values() if kind.group == group):
            chip = self.chips[kind.key] = Chip(kind)
            chip.clicked.connect(lambda _=False, key=kind.key: self.addRequested.emit(key))
            grid.addWidget(chip, place // COLUMNS, place % COLUMNS)
        for column in range(COLUMNS):
            grid.setColumnStretch(column, 1)
        return grid

    def _template_buttons(self) -> Iterable[TemplateButton]:
        for path in sorted(shipped("resources/samples").glob("*.zin.json")):
            try:
                document = files.load(path).document
            except UserError:
                continue  # a sample that can't be read is found by the tests, not by the user
            button = self.templates[path.name] = TemplateButton(document.name, pattern(document))
            button.clicked.connect(lambda _=False, path=path: self._open(path))
            yield button

    def _open(self, path: Path) -> None:
        self.templateRequested.emit(path)


class TemplateButton(QAbstractButton):
    """The name of a sample, and its pattern in muted letters below."""

    def __init__(self, title: str, kind: str) -> None:
        super().__init__()
        self.kind = kind
        self.setText(title)
        self.setAccessibleName(f"Open the sample {title}, {kind}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        """Two lines."""
        line = QFontMetrics(ui_font()).height()
        return QSize(100, 2 * line + 8)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Title and pattern; a frame when hovered or focused."""
        colours, painter = theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() or self.hasFocus():
            painter.setPen(QPen(colours.colour("accent" if self.hasFocus() else "line"), 1))
            painter.setBrush(colours.colour("raised"))
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 4, 4)
        text = self.rect().adjusted(6, 4, -6, -4)
        half = text.height() // 2
        flags = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        for words, role, size, top in ((self.text(), "text", 1.0, 0), (self.kind, "muted", 0.88, half)):
            font = ui_font(ui_font().pointSizeF() * size)
            painter.setFont(font)
            painter.setPen(colours.colour(role))
            shown = QFontMetrics(font).elidedText(words, Qt.TextElideMode.ElideRight, text.width())
            painter.drawText(text.adjusted(0, top, 0, top - half), flags, shown)


def pattern(document: Document) -> str:
    """`PUB/SUB`: the socket types that a drawing is about, its proxy's if it has one."""
    for node in document.nodes:
        if isinstance(node, ProxyNode):
            return f"{node.frontend.type}/{node.backend.type}"
    nodes = {node.id: node for node in document.nodes}
    for link in document.links:
        if link.source in nodes and link.target in nodes:
            ends = end_type(nodes[link.source], "outlet"), end_type(nodes[link.target], "inlet")
            return "/".join(str(end) for end in ends if end)
    return "/".join(sorted({str(kind) for node in document.nodes if (kind := end_type(node, "outlet"))}))


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "heading")
    return label
