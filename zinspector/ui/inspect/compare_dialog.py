"""Two messages side by side, what differs marked by sign and colour. Stays open beside the table."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from zinspector.capture.message import Message
from zinspector.ui.inspect.columns import link_text, time_text
from zinspector.ui.inspect.comparing import Line, compared
from zinspector.ui.theme import mono_font, switch, theme
from zinspector.ui.workspace import Workspace

SIZE: Final = (1000, 560)
ROLES: Final = {"=": "muted", "≠": "warn", "+": "ok", "−": "error", "": "accent"}
NAME_WIDTH: Final = 220


class CompareDialog(QDialog):
    """The lines of two messages."""

    def __init__(self, workspace: Workspace, left: Message, right: Message, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Compare messages {left.n:,} and {right.n:,}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(QSize(*SIZE))
        self.lines = compared(left, right, workspace.decoding.decode)
        self.tree = QTreeWidget()
        self.tree.setColumnCount(4)
        self.tree.setRootIsDecorated(False)
        self.tree.setUniformRowHeights(True)
        self.tree.setFont(mono_font())
        self.tree.setAccessibleName("Differences")
        titles = [f"{one.n:,} · {time_text(one)} · {link_text(one, workspace)}" for one in (left, right)]
        self.tree.setHeaderLabels(["", "", *titles])
        header = self.tree.header()
        sign_width = QFontMetrics(mono_font()).horizontalAdvance("≠") + 24
        for column, width in ((0, sign_width), (1, NAME_WIDTH)):
            header.resizeSection(column, width)
        for column in (2, 3):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        self.only = QCheckBox("Only differences")
        self.only.toggled.connect(self.fill)
        self.outcome = QLabel()
        self.outcome.setProperty("role", "muted")
        step = QPushButton("Next difference")
        step.setShortcut("F8")
        step.setToolTip("Go to the next difference (F8)")
        step.clicked.connect(self.next_difference)
        shut = QPushButton("Close")
        shut.clicked.connect(self.close)
        bar = QHBoxLayout()
        for widget in (self.only, step, self.outcome):
            bar.addWidget(widget)
        bar.addStretch(1)
        bar.addWidget(shut)
        layout = QVBoxLayout(self)
        layout.addWidget(self.tree, 1)
        layout.addLayout(bar)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self.tree, self.copy)
        switch().changed.connect(self.fill)
        self.fill()
        self.next_difference()

    def fill(self) -> None:
        """Show the lines, or those that differ."""
        self.tree.clear()
        shown = [line for line in self.lines if line.sign != "=" or not self.only.isChecked()]
        self.tree.addTopLevelItems([self._item(line) for line in shown])
        for place, line in enumerate(shown):
            if not line.sign:
                self.tree.setFirstColumnSpanned(place, self.tree.rootIndex(), True)
        count = sum(line.sign not in ("=", "") for line in self.lines)
        self.outcome.setText(f"{count:,} difference{'s' * (count != 1)}")

    def next_difference(self) -> None:
        """Select the next line that differs, around the end."""
        current = self.tree.currentIndex().row()
        count = self.tree.topLevelItemCount()
        for place in (*range(current + 1, count), *range(current + 1)):
            item = self.tree.topLevelItem(place)
            if item is not None and item.text(0) in ("≠", "+", "−"):
                self.tree.setCurrentItem(item)
                self.tree.scrollToItem(item)
                return

    def copy(self) -> None:
        """Copy what is shown as text."""
        items = [self.tree.topLevelItem(place) for place in range(self.tree.topLevelItemCount())]
        rows = ["\t".join(item.text(column) for column in range(4)).rstrip() for item in items if item is not None]
        QGuiApplication.clipboard().setText("\n".join(rows))

    def _item(self, line: Line) -> QTreeWidgetItem:
        if not line.sign:
            item = QTreeWidgetItem([line.name])
            item.setForeground(0, theme().colour("accent"))
            return item
        item = QTreeWidgetItem([line.sign, line.name, line.left, line.right])
        colour = theme().colour(ROLES[line.sign])
        for column in (0, 2, 3):
            item.setForeground(column, colour)
        item.setForeground(1, theme().colour("muted" if line.sign == "=" else "text"))
        for column, text in ((2, line.left), (3, line.right)):
            item.setToolTip(column, text.replace("<", "‹"))
        return item
