"""The Problems tab: every finding with its place and its remedy. A click selects the place on the canvas."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHeaderView, QLabel, QMenu, QStackedLayout, QTreeWidget, QTreeWidgetItem, QWidget

from zinspector.decode.api import visible
from zinspector.doctor.finding import Finding
from zinspector.ui.theme import mono_font, switch, theme
from zinspector.ui.workspace import Workspace

SIGNS = {"error": "✖", "warning": "▲", "info": "●"}
ROLES = {"error": "error", "warning": "warn", "info": "accent"}
COLUMNS = ("", "Code", "Where", "What is wrong", "What to do")
FINDING = Qt.ItemDataRole.UserRole


class ProblemsPanel(QWidget):
    """The findings of the workspace.

    Signals:
        countChanged(int): how many errors and warnings there are.
    """

    countChanged = Signal(int)

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.workspace = workspace
        self.tree = QTreeWidget()
        self.tree.setHeaderLabels(COLUMNS)
        self.tree.setRootIsDecorated(False)
        self.tree.setUniformRowHeights(False)
        self.tree.setWordWrap(True)
        self.tree.setAccessibleName("Problems")
        header = self.tree.header()
        for column, width in enumerate((28, 60, 170)):
            header.resizeSection(column, width)
        header.setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(4, QHeaderView.ResizeMode.Stretch)
        header.setStretchLastSection(False)
        self.empty = QLabel("✓ No problems found in this drawing")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setProperty("role", "muted")
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.tree)
        self.tree.itemSelectionChanged.connect(self._select)
        self.tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.tree.customContextMenuRequested.connect(self._open_menu)
        workspace.findingsChanged.connect(self.refresh)
        switch().changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the findings of now."""
        self.tree.blockSignals(True)
        self.tree.clear()
        for finding in self.workspace.findings:
            self._add(finding)
        self.tree.blockSignals(False)
        self._stack.setCurrentWidget(self.tree if self.workspace.findings else self.empty)
        self.countChanged.emit(sum(finding.severity != "info" for finding in self.workspace.findings))

    def _add(self, finding: Finding) -> None:
        texts = [SIGNS[finding.severity], finding.code, self._where(finding), finding.text, finding.remedy]
        item = QTreeWidgetItem(self.tree, [visible(text) for text in texts])
        item.setData(0, FINDING, finding)
        item.setForeground(0, theme().colour(ROLES[finding.severity]))
        item.setForeground(1, theme().colour("muted"))
        item.setForeground(4, theme().colour("muted"))
        item.setFont(1, mono_font())
        item.setToolTip(0, finding.severity)
        for column in (3, 4):
            item.setToolTip(column, visible(texts[column]))

    def _where(self, finding: Finding) -> str:
        document = self.workspace.document
        node = document.node(finding.node) if finding.node is not None else None
        if node is not None:
            return node.title
        link = document.link(finding.link) if finding.link is not None else None
        ends = [document.node(end) for end in (link.source, link.target)] if link is not None else []
        return " → ".join(end.title if end is not None else "?" for end in ends) or "the drawing"

    def _current(self) -> Finding | None:
        item = self.tree.currentItem()
        found = item.data(0, FINDING) if item is not None else None
        return found if isinstance(found, Finding) else None

    def _select(self) -> None:
        finding = self._current()
        if finding is not None:
            self.workspace.select([place for place in (finding.node, finding.link) if place is not None])

    def _open_menu(self, where: QPoint) -> None:
        finding = self._current()
        if finding is None:
            return
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.addAction("Copy", lambda: QGuiApplication.clipboard().setText(f"{finding.text}. {finding.remedy}"))
        if finding.node is not None:
            menu.addAction(f"Silence {finding.code} here", lambda: self.silence(finding))
        menu.popup(self.tree.viewport().mapToGlobal(where))

    def silence(self, finding: Finding) -> None:
        """Never tell this about its node again; the silence is saved in the drawing and can be undone."""
        node = self.workspace.document.node(finding.node) if finding.node is not None else None
        if node is not None and finding.code not in node.silenced:
            silent = replace(node, silenced=(*node.silenced, finding.code))
            self.workspace.edit(f"Silence {finding.code}", self.workspace.document.with_node(silent))
