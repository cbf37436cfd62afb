"""The table of options with a search, and below it what is known about the chosen one."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from zinspector.ui.properties.option_model import DEFAULT, NAME, UNIT, VALUE, Index, OptionModel, Values
from zinspector.ui.quiet_box import QuietBox
from zinspector.ui.theme import switch

WIDE = 430  # pixels from which units and defaults have columns of their own
ABOUT_LINES = 4
TALL_LINES = 16  # of text; where there are fewer the rows come first, and tips tell what is known


class OptionsTable(QWidget):
    """Edits the options of a socket, or of the context where `socket_type` is None.

    Typing or a click edits a value, Delete puts the default back.
    """

    def __init__(
        self, socket_type: Callable[[], str] | None, read: Callable[[], Values], write: Callable[[str, Values], None]
    ) -> None:
        super().__init__()
        self.model = OptionModel(socket_type, read, write)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search options")
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName("Search options")
        self.only_set = QPushButton()
        self.only_set.setCheckable(True)
        self.only_set.setToolTip("Show only what this drawing sets")
        self.table = QTableView()
        self.about = QLabel()
        self.about.setTextFormat(Qt.TextFormat.PlainText)
        self.about.setWordWrap(True)
        self.about.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._dress_table()
        top = QHBoxLayout()
        top.addWidget(self.search, 1)
        top.addWidget(self.only_set)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(top)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.about)
        self.search.textChanged.connect(self._narrow)
        self.only_set.toggled.connect(self._narrow)
        self.model.refused.connect(self._refuse)
        self.model.modelReset.connect(self._narrow)
        self.table.selectionModel().currentChanged.connect(self._explain)
        self.table.clicked.connect(self._edit)
        switch().changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the options of the document."""
        self.model.refresh()
        count = sum(self.model.is_set(row) for row in range(len(self.model.names)))
        self.only_set.setText(f"Set {count}")
        self._narrow()
        self._explain(self.table.currentIndex())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Delete puts the default back."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Delete:
            index = self.table.currentIndex()
            if index.isValid():
                self.model.setData(index.siblingAtColumn(VALUE), "")
                return True
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show units and defaults, and what is known of an option, where there is room."""
        super().resizeEvent(event)
        self._fit_about()
        for column in (UNIT, DEFAULT):
            self.table.setColumnHidden(column, self.width() < WIDE)

    def _dress_table(self) -> None:
        table, header = self.table, self.table.horizontalHeader()
        table.setModel(self.model)
        table.setItemDelegate(_ValueEditor(self._try, table))
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + 10)
        table.setShowGrid(False)
        table.setAccessibleName("Options")
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(
            QAbstractItemView.EditTrigger.AnyKeyPressed | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        table.installEventFilter(self)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setHighlightSections(False)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        for column, width in ((VALUE, 92), (UNIT, 84), (DEFAULT, 84)):
            header.resizeSection(column, width)

    def _edit(self, index: QModelIndex) -> None:
        if self.model.flags(index.siblingAtColumn(VALUE)) & Qt.ItemFlag.ItemIsEditable:
            self.table.setCurrentIndex(index.siblingAtColumn(VALUE))
            self.table.edit(index.siblingAtColumn(VALUE))

    def _narrow(self) -> None:
        words = self.search.text().lower().removeprefix("zmq_").split()
        for row, name in enumerate(self.model.names):
            option = self.model.option(row)
            about = f"{name} {option.doc if option is not None else ''}".lower()
            shown = all(word in about for word in words)
            shown = shown and (not self.only_set.isChecked() or self.model.is_set(row))
            self.table.setRowHidden(row, not shown)

    def _explain(self, index: QModelIndex) -> None:
        text = self.model.about(index.row()) if index.isValid() else "Choose an option to read about it."
        self._say(text, "error" if index.isValid() and self.model.fault(index.row()) else "muted")

    def _try(self, row: int, text: str) -> bool:
        """Say whether a value could be set, while it is typed."""
        problem = self.model.refusal(row, text)
        if problem:
            self._say(f"✖ {problem}", "error")
        else:
            self._explain(self.model.index(row, VALUE))
        return not problem

    def _refuse(self, problem: str) -> None:
        self._say(f"✖ {problem}", "error")

    def _say(self, text: str, role: str) -> None:
        self.about.setText(text)
        if self.about.property("role") != role:
            self.about.setProperty("role", role)
            self.about.style().unpolish(self.about)
            self.about.style().polish(self.about)
        self._fit_about()

    def _fit_about(self) -> None:
        """What is wrong is told in any case."""
        line = self.about.fontMetrics().lineSpacing()
        tall = self.height() >= TALL_LINES * line
        self.about.setMinimumHeight(ABOUT_LINES * line + 4 if tall else 0)
        self.about.setVisible(tall or self.about.property("role") == "error")


class SideOptions(QWidget):
    """The tables of the two sides of a proxy, one at a time."""

    def __init__(self, tables: dict[str, OptionsTable]) -> None:
        super().__init__()
        self.tables = tables
        self.side = QuietBox()
        self.side.setAccessibleName("Side of the proxy")
        self._stack = QStackedWidget()
        for name, table in tables.items():
            self.side.addItem(f"Options of the {name}")
            self._stack.addWidget(table)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.side)
        layout.addWidget(self._stack, 1)
        self.side.currentIndexChanged.connect(self._stack.setCurrentIndex)

    def refresh(self) -> None:
        """Show the options of the document."""
        for table in self.tables.values():
            table.refresh()


class _ValueEditor(QStyledItemDelegate):
    """Edits one value: a list for yes and no, a line for the rest, checked while it is typed."""

    def __init__(self, check: Callable[[int, str], bool], parent: QTableView) -> None:
        super().__init__(parent)
        self._check = check

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        """A list or a line."""
        model = index.model()
        assert isinstance(model, OptionModel), "the delegate goes with this model"
        known = model.option(index.row())
        if known is not None and known.type == "bool":
            box = QuietBox(parent)
            box.addItem("0  off", "0")
            box.addItem("1  on", "1")
            box.activated.connect(lambda _: self._done(box))
            return box
        line = QLineEdit(parent)
        line.setStyleSheet("padding: 0 4px; border-radius: 2px")
        row = index.row()
        line.textEdited.connect(lambda text: self._mark(line, self._check(row, text)))
        return line

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        """Begin with the present value."""
        if isinstance(editor, QuietBox):
            editor.setCurrentIndex(max(0, editor.findData(str(index.data()))))
        else:
            super().setEditorData(editor, index)

    def setModelData(self, editor: QWidget, model: object, index: Index) -> None:
        """Hand the value over; the model refuses what libzmq would refuse."""
        assert isinstance(model, OptionModel), "the delegate goes with this model"
        text = str(editor.currentData()) if isinstance(editor, QuietBox) else editor.property("text")
        model.setData(index, text)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        """Fill the cell."""
        editor.setGeometry(option.rect)

    def _mark(self, line: QLineEdit, good: bool) -> None:
        line.setProperty("state", "" if good else "error")
        line.style().unpolish(line)
        line.style().polish(line)

    def _done(self, editor: QWidget) -> None:
        self.commitData.emit(editor)
        self.closeEditor.emit(editor, QStyledItemDelegate.EndEditHint.NoHint)
