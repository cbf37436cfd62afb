"""The option table of a socket: every option that libzmq has for its type, with unit and default; search narrows it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QLineEdit, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from zinspector.errors import OptionError
from zinspector.runtime.options import OPTIONS, Option, convert, find
from zinspector.topology import edits
from zinspector.topology.document import OptionValue, SocketNode
from zinspector.ui.theme import mono_font, switch, theme
from zinspector.ui.workspace import Workspace

ROWS_SHOWN = 9


class OptionsTable(QWidget):
    """Name and value of each option; an empty value means libzmq's default."""

    def __init__(self, workspace: Workspace, node_id: str) -> None:
        super().__init__()
        self._workspace = workspace
        self._id = node_id
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search options")
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName("Search options")
        self.search.textChanged.connect(self._narrow)
        node = workspace.document.node(node_id)
        kind = node.type if isinstance(node, SocketNode) else ""
        self.options = [
            option for option in OPTIONS.values() if option.serves(kind) and not (option.read_only or option.managed)
        ]
        self.table = QTableWidget(len(self.options), 2)
        self.table.setHorizontalHeaderLabels(["Option", "Value"])
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setAccessibleName("Socket options")
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.table.horizontalHeader().resizeSection(1, 96)
        self.table.verticalHeader().setDefaultSectionSize(self.table.fontMetrics().height() + 8)
        self.table.setMinimumHeight(self.table.verticalHeader().defaultSectionSize() * ROWS_SHOWN)
        for row, option in enumerate(self.options):
            self._make_row(row, option)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.search)
        layout.addWidget(self.table)
        self.table.cellChanged.connect(self._changed)
        switch().changed.connect(self.refresh)

    def refresh(self) -> None:
        """Show the options of the document."""
        given = self._given()
        self.table.blockSignals(True)
        for row, option in enumerate(self.options):
            name, value = self.table.item(row, 0), self.table.item(row, 1)
            if name is None or value is None:
                continue
            is_set = option.name in given
            problem = _problem(option, given[option.name]) if is_set else ""
            value.setText(str(given[option.name]) if is_set else _default(option))
            role = "error" if problem else "text" if is_set else "muted"
            value.setForeground(theme().colour(role))
            name.setForeground(theme().colour("text" if option.available else "muted"))
            value.setToolTip(problem or _tip(option))
        self.table.blockSignals(False)

    def _make_row(self, row: int, option: Option) -> None:
        name = QTableWidgetItem(option.name)
        name.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
        name.setToolTip(_tip(option))
        value = QTableWidgetItem()
        value.setFont(mono_font())
        if not option.available:
            value.setFlags(Qt.ItemFlag.NoItemFlags)
        self.table.setItem(row, 0, name)
        self.table.setItem(row, 1, value)

    def _given(self) -> Mapping[str, OptionValue]:
        node = self._workspace.document.node(self._id)
        return node.options if isinstance(node, SocketNode) else {}

    def _changed(self, row: int, column: int) -> None:
        item = self.table.item(row, column)
        if column != 1 or item is None:
            return
        option, text = self.options[row], item.text().strip()
        given = {name: value for name, value in self._given().items() if name != option.name}
        if text and text != _default(option):
            value: OptionValue = text if option.type in ("bytes", "key") else _as_number(text)
            given[option.name] = value
            if problem := _problem(option, value):
                self._workspace.message.emit(problem, "warning")
        document = edits.set_field(self._workspace.document, self._id, options=given)
        self._workspace.edit(f"Set {option.name}", document)
        self.refresh()

    def _narrow(self, text: str) -> None:
        words = text.lower().split()
        for row, option in enumerate(self.options):
            about = f"{option.name} {option.doc}".lower()
            self.table.setRowHidden(row, not all(word in about for word in words))


def _tip(option: Option) -> str:
    unit = f", in {option.unit}" if option.unit else ""
    needs = "" if option.available else f"\nNeeds a libzmq with {option.needs}."
    when = "at once" if option.live else "for new connections; changing it makes the socket anew"
    return f"ZMQ_{option.name}: {option.type}{unit}\n{option.doc}\nTakes effect {when}.{needs}"


def _default(option: Option) -> str:
    return "" if option.default is None else str(option.default)


def _as_number(text: str) -> OptionValue:
    try:
        return int(text, 0)
    except ValueError:
        return text


def _problem(option: Option, value: OptionValue) -> str:
    try:
        if option.sockets:
            find(option.name, next(iter(option.sockets)))
        convert(option, value)
    except OptionError as error:
        return str(error)
    return ""
