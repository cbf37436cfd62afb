"""A form over the document: fields beside their labels, under headings, all refreshed together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from zinspector.ui.properties.fields import Fact, Field
from zinspector.ui.workspace import Workspace

F = TypeVar("F", bound=Field)
When = Callable[[], bool]
LABEL_WIDTH = 82
SPACING = 7


@dataclass(frozen=True)
class _Item:
    """Widgets that come and go together."""

    widgets: tuple[QWidget, ...]
    when: When | None


class Form(QWidget):
    """A column of fields. `when` shows a part of it only while it holds."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.workspace = workspace
        self.fields: list[Field] = []
        self._items: list[_Item] = []
        self._refreshers: list[Callable[[], None]] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(6)
        self._grid.setVerticalSpacing(SPACING)
        self._grid.setColumnMinimumWidth(0, LABEL_WIDTH)
        self._grid.setColumnStretch(1, 1)

    def refresh(self) -> None:
        """Show what the document says now."""
        for item in self._items:
            shown = item.when is None or item.when()
            for widget in item.widgets:
                widget.setVisible(shown)
        for refresh in self._refreshers:
            refresh()

    def flush(self) -> None:
        """Write what still waits for the typing to pause."""
        for field in self.fields:
            field.flush()

    def row(self, label: str, field: F, when: When | None = None) -> F:
        """A field beside its label."""
        name = QLabel(label)
        name.setProperty("role", "muted")
        top = 0 if isinstance(field, Fact) else 5
        name.setContentsMargins(0, top, 0, 0)
        line = self._grid.rowCount()
        self._grid.addWidget(name, line, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(field, line, 1)
        self._items.append(_Item((name, field), when))
        self._adopt(field)
        return field

    def field(self, field: F, when: When | None = None) -> F:
        """A field over the whole width."""
        self.add(field, when=when)
        self._adopt(field)
        return field

    def heading(self, text: str, when: When | None = None) -> QLabel:
        """Begin a group."""
        label = QLabel(text.upper())
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setProperty("role", "heading")
        label.setContentsMargins(0, 9, 0, 0)
        self.add(label, when=when)
        return label

    def note(self, text: str, role: str = "muted", when: When | None = None) -> QLabel:
        """A sentence over the whole width."""
        label = QLabel(text)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setProperty("role", role)
        self.add(label, when=when)
        return label

    def add(
        self, widget: QWidget, refresh: Callable[[], None] | None = None, when: When | None = None, *, stretch: int = 0
    ) -> None:
        """A widget over the whole width."""
        line = self._grid.rowCount()
        self._grid.addWidget(widget, line, 0, 1, 2)
        self._grid.setRowStretch(line, stretch)
        self._items.append(_Item((widget,), when))
        if refresh is not None:
            self._refreshers.append(refresh)

    def stretch(self) -> None:
        """Push everything to the top."""
        filler = QWidget()
        filler.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self._grid.addWidget(filler, self._grid.rowCount(), 0, 1, 2)
        self._grid.setRowStretch(self._grid.rowCount() - 1, 1)

    def _adopt(self, field: Field) -> None:
        self.fields.append(field)
        self._refreshers.append(field.refresh)
        field.left.connect(self._seal)

    def _seal(self) -> None:
        """What is typed next is another step of undo."""
        self.workspace.history.seal()
