"""The Problems tab: every finding with its place and its remedy, worst first. A click selects the place on the canvas.

A finding can be silenced on its node; that is an edit of the drawing, saved with it, and it can be taken back.
"""

from __future__ import annotations

from collections import Counter

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QPushButton,
    QStackedWidget,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from zinspector.decode.api import visible
from zinspector.doctor.finding import Finding, Severity
from zinspector.topology import edits
from zinspector.ui.canvas.words import plural
from zinspector.ui.theme import mono_font, switch, theme
from zinspector.ui.workspace import Workspace

SIGNS: dict[Severity, str] = {"error": "✖", "warning": "▲", "info": "●"}
ROLES: dict[Severity, str] = {"error": "error", "warning": "warn", "info": "accent"}
RANKS: dict[Severity, int] = {"error": 0, "warning": 1, "info": 2}
COLUMNS = ("", "Code", "Where", "What is wrong", "What to do")
FINDING = Qt.ItemDataRole.UserRole
EMPTY = "✓  No problems found in this drawing"


class ProblemsPanel(QWidget):
    """The findings of the workspace.

    Signals:
        countChanged(int): how many errors and warnings there are.
        placeRequested(str): the user wants to see this node or link on the canvas.
    """

    countChanged = Signal(int)
    placeRequested = Signal(str)

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAutoFillBackground(True)
        self.workspace = workspace
        self.tree = _make_tree()
        self.empty = QLabel(EMPTY)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setProperty("role", "muted")
        self.summary = QLabel()
        self.summary.setProperty("role", "muted")
        self.copy_button = _button("Copy remedy", "Copy what to do (double click, Ctrl+C)", self.copy_remedy)
        self.silence_button = _button("Silence here", "Don't tell this about its node again", self.silence)
        self.report_button = _button("Report again", "Tell all that was silenced", self.report_again)
        self._lay_out()
        self.tree.itemSelectionChanged.connect(self._select)
        self.tree.itemDoubleClicked.connect(lambda _item, _column: self.copy_remedy())
        self.tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.tree.customContextMenuRequested.connect(self._open_menu)
        copy = QShortcut(QKeySequence.StandardKey.Copy, self.tree)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self.copy_remedy)
        workspace.diagnosis.changed.connect(self.refresh)
        workspace.documentChanged.connect(self.refresh)
        switch().changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the findings of now; what was chosen stays chosen."""
        chosen = self.current()
        findings = sorted(self.workspace.diagnosis.findings, key=lambda finding: RANKS[finding.severity])
        with QSignalBlocker(self.tree):
            self.tree.clear()
            for finding in findings:
                item = self._add(finding)
                if finding == chosen:
                    self.tree.setCurrentItem(item)
        self._stack.setCurrentWidget(self.tree if findings else self.empty)
        self._summarise(findings)
        self.countChanged.emit(sum(finding.severity != "info" for finding in findings))

    def current(self) -> Finding | None:
        """The chosen finding."""
        items = self.tree.selectedItems()
        found = items[0].data(0, FINDING) if items else None
        return found if isinstance(found, Finding) else None

    def copy_remedy(self) -> None:
        """Put what to do about the chosen finding on the clipboard."""
        finding = self.current()
        if finding is not None:
            QGuiApplication.clipboard().setText(finding.remedy or finding.text)
            self.workspace.message.emit(f"Copied: {finding.remedy or finding.text}", "info")

    def silence(self) -> None:
        """Don't tell the chosen finding about its node again."""
        finding = self.current()
        node = self.workspace.document.node(finding.node) if finding is not None and finding.node is not None else None
        if finding is None or node is None:
            return
        codes = tuple(sorted({*node.silenced, finding.code}))
        document = edits.set_field(self.workspace.document, node.id, silenced=codes)
        self.workspace.edit(f"Silence {finding.code}", document)

    def report_again(self) -> None:
        """Tell everything that was silenced."""
        document = self.workspace.document
        for node in document.nodes:
            if node.silenced:
                document = edits.set_field(document, node.id, silenced=())
        self.workspace.edit("Report all findings", document)

    # Inside

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(10, 6, 10, 4)
        bar.setSpacing(6)
        bar.addWidget(self.summary, 1)
        for button in (self.report_button, self.silence_button, self.copy_button):
            bar.addWidget(button)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.tree)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(bar)
        layout.addWidget(self._stack, 1)

    def _add(self, finding: Finding) -> QTreeWidgetItem:
        texts = [SIGNS[finding.severity], finding.code, self._where(finding), finding.text, finding.remedy]
        item = QTreeWidgetItem(self.tree, [visible(text) for text in texts])
        item.setData(0, FINDING, finding)
        item.setForeground(0, theme().colour(ROLES[finding.severity]))
        item.setTextAlignment(0, Qt.AlignmentFlag.AlignCenter)
        for column in (1, 4):
            item.setForeground(column, theme().colour("muted"))
        item.setFont(1, mono_font())
        item.setToolTip(0, finding.severity)
        for column in (2, 3, 4):
            item.setToolTip(column, visible(texts[column]))
        return item

    def _where(self, finding: Finding) -> str:
        document = self.workspace.document
        node = document.node(finding.node) if finding.node is not None else None
        if finding.node is not None:
            return node.title if node is not None else finding.node  # a capture may name nodes that are not drawn
        link = document.link(finding.link) if finding.link is not None else None
        ends = [document.node(end) for end in (link.source, link.target)] if link is not None else []
        return " → ".join(end.title if end is not None else "?" for end in ends) or "the drawing"

    def _summarise(self, findings: list[Finding]) -> None:
        counts = Counter(finding.severity for finding in findings)
        names: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "hint"}
        parts = [plural(counts[severity], name) for severity, name in names.items() if counts[severity]]
        silenced = sum(len(node.silenced) for node in self.workspace.document.nodes)
        if silenced:
            parts.append(f"{silenced} silenced")
        self.summary.setText(" · ".join(parts))
        self.report_button.setVisible(bool(silenced))
        self._enable_buttons()

    def _enable_buttons(self) -> None:
        finding = self.current()
        self.copy_button.setEnabled(finding is not None)
        self.silence_button.setEnabled(finding is not None and finding.node is not None)

    def _select(self) -> None:
        self._enable_buttons()
        finding = self.current()
        places = [place for place in (finding.node, finding.link) if place is not None] if finding is not None else []
        if places:
            self.workspace.select(places)
            self.placeRequested.emit(places[0])

    def _open_menu(self, where: QPoint) -> None:
        finding = self.current()
        if finding is None:
            return
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.addAction("Copy remedy").triggered.connect(self.copy_remedy)
        silence = menu.addAction(f"Silence {finding.code} here")
        silence.setEnabled(finding.node is not None)
        silence.triggered.connect(self.silence)
        menu.popup(self.tree.viewport().mapToGlobal(where))


class _Wrapped(QStyledItemDelegate):
    """Makes a row as high as its text needs: a tree asks for the height without saying how wide the column is."""

    def __init__(self, tree: QTreeWidget) -> None:
        super().__init__(tree)
        self._tree = tree

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """The size within the column's width."""
        option.rect = QRect(0, 0, self._tree.columnWidth(index.column()), 1)
        return super().sizeHint(option, index)


def _make_tree() -> QTreeWidget:
    tree = QTreeWidget()
    tree.setItemDelegate(_Wrapped(tree))
    tree.setHeaderLabels(COLUMNS)
    tree.setRootIsDecorated(False)
    tree.setAllColumnsShowFocus(True)
    tree.setWordWrap(True)
    tree.setAccessibleName("Problems")
    header = tree.header()
    header.setStretchLastSection(False)
    header.setMinimumSectionSize(34)
    for column, width in enumerate((34, 56, 190)):
        header.resizeSection(column, width)
    for column in (3, 4):
        header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
    header.sectionResized.connect(lambda *_: tree.scheduleDelayedItemsLayout())
    return tree


def _button(text: str, tip: str, go: object) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    button.clicked.connect(go)
    return button
