"""Which columns the message table has: chosen in the menu of its header, dragged into order, remembered.

Besides the columns that everyone gets there are more to tick, and any field of the filter language can be one:
`json.price`, `frames[1].hex`, `proto.Quote.bid`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, QPoint
from PySide6.QtWidgets import QInputDialog, QLineEdit, QMenu

from zinspector.capture.filter.tree import Field
from zinspector.capture.message import Message
from zinspector.capture.ordering import sortable
from zinspector.decode.api import visible
from zinspector.errors import UserError
from zinspector.ui.inspect.colouring import PAINTS
from zinspector.ui.inspect.columns import MESSAGE_COLUMNS, MORE_COLUMNS, TEXT_CHARS, Cell, Column
from zinspector.ui.inspect.field_value import field_of, text_of
from zinspector.ui.inspect.looks import ORIGINAL, Looks
from zinspector.ui.inspect.table import MessageTable
from zinspector.ui.inspect.times import FORMATS, Times
from zinspector.ui.workspace import Workspace

SAMPLE = "weather.london"
ASK = "A field of the filter language: json.price, frames[1].hex, proto.Quote.bid …"


class ColumnChoice(QObject):
    """Gives a table the columns that the looks name, and takes over what the user does with them."""

    def __init__(self, workspace: Workspace, table: MessageTable, looks: Looks) -> None:
        super().__init__(table)
        self.times = Times(workspace.store, table.rows)
        self._workspace = workspace
        self._table = table
        self._looks = looks
        self._shown: tuple[object, ...] = ()
        rule = Column("rule", "Colour rule", "Large messages", self._rule)
        self.known = {column.key: column for column in (*MESSAGE_COLUMNS, *MORE_COLUMNS, rule)}
        table.header.rearranged.connect(self._rearranged)
        table.header.menuRequested.connect(self._open_menu)
        table.colouring.changed.connect(self._coloured)
        looks.changed.connect(self.show)
        self.show()

    def show(self) -> None:
        """Show the columns that are chosen."""
        looks = self._looks
        self.times.format = looks.time
        self._table.colouring.set_rules(looks.rules)
        wanted = (looks.columns, tuple(looks.widths.items()), self.times.sample)
        if wanted != self._shown:
            self._shown = wanted
            columns = [column for key in looks.columns if (column := self.column(key)) is not None]
            self._table.show_columns(columns or MESSAGE_COLUMNS, looks.widths)
        self._table.forget_cells()

    def column(self, key: str) -> Column | None:
        """The column with that key, None when it is none."""
        known = self.known.get(key)
        if key == "time" and known is not None:
            return replace(known, sample=self.times.sample, cell=lambda message, _: Cell(self.times.text(message)))
        if known is not None:
            return known
        try:
            return _of_field(field_of(key))
        except UserError:
            return None

    def refer_to(self, n: int | None) -> bool:
        """Show times relative to a message, or as before; tells whether the message is there."""
        there = self.times.refer_to(n)
        self.show()
        return there

    def toggle(self, key: str) -> None:
        """Show a column, before the last, or hide it."""
        shown = list(self._looks.columns)
        if key in shown:
            shown.remove(key)
        else:
            shown.insert(max(0, len(shown) - 1), key)
        if shown:
            self._looks.choose(columns=tuple(shown))

    def add_field(self, text: str) -> None:
        """Show a field as a column; a bare word is taken for one of JSON."""
        try:
            field = _field(text.strip())
        except UserError as error:
            self._workspace.message.emit(f"This can't be a column: {error}", "warning")
            return
        if field.name not in self._looks.columns:
            self.toggle(field.name)

    def menu(self, index: int) -> QMenu:
        """What can be done with a column, and with all."""
        menu = QMenu(self._table)
        header = self._table.header
        if 0 <= index < len(header.columns):
            self._fill_of_column(menu, header.columns[index])
        self._fill_times(menu.addMenu("Show times as"))
        menu.addSeparator()
        more = [key for key in self._looks.columns if key not in self.known]
        for key in (*self.known, *more):
            title = self.known[key].title if key in self.known else key
            action = menu.addAction(title.replace("&", "&&"), partial(self.toggle, key))
            action.setCheckable(True)
            action.setChecked(key in self._looks.columns)
        menu.addSeparator()
        menu.addAction("Add a field as column…", self.ask_field)
        menu.addAction("Original columns", lambda: self._looks.choose(columns=ORIGINAL, widths={}))
        return menu

    def ask_field(self) -> None:
        """Ask which field."""
        dialog = QInputDialog(self._table)
        dialog.setWindowTitle("Add a column")
        dialog.setLabelText(ASK)
        dialog.setTextEchoMode(QLineEdit.EchoMode.Normal)
        dialog.setTextValue("json.")
        dialog.textValueSelected.connect(self.add_field)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _fill_of_column(self, menu: QMenu, column: Column) -> None:
        sort: Callable[..., None] = self._table.sort
        title = column.title.replace("&", "&&")
        if sortable(column.field):
            menu.addAction(f"Sort by {title}, ascending", partial(sort, column.field))
            menu.addAction(f"Sort by {title}, descending", partial(sort, column.field, descending=True))
        if self._table.sorting.column:
            menu.addAction("In order of arrival", partial(sort, ""))
        if len(self._looks.columns) > 1:
            menu.addAction(f"Hide {title}", partial(self.toggle, column.key))
        menu.addSeparator()

    def _fill_times(self, menu: QMenu) -> None:
        for name, text in FORMATS.items():
            action = menu.addAction(text, partial(self._looks.choose, time=name))
            action.setCheckable(True)
            action.setChecked(name == self._looks.time)

    def _open_menu(self, index: int, where: QPoint) -> None:
        menu = self.menu(index)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(where)

    def _rule(self, message: Message, _: Workspace) -> Cell:
        rule = self._table.colouring.rule(message.n)
        return Cell(f"{PAINTS[rule.colour].sign} {visible(rule.name, 60)}" if rule is not None else "")

    def _coloured(self) -> None:
        if "rule" in self._looks.columns:
            self._table.forget_cells()

    def _rearranged(self) -> None:
        """The user's hand: the table shows it already."""
        header = self._table.header
        self._looks.columns, self._looks.widths = tuple(header.shown_keys()), dict(header.chosen)
        self._shown = (self._looks.columns, tuple(self._looks.widths.items()), self.times.sample)
        self._looks.keep()


def _field(text: str) -> Field:
    try:
        return field_of(text)
    except UserError:
        if text.replace("_", "").replace(".", "").isalnum():
            return field_of(f"json.{text}")
        raise


def _of_field(field: Field) -> Column:
    right = field.type == "number"

    def cell(message: Message, workspace: Workspace) -> Cell:
        return Cell(visible(text_of(field, message, workspace), TEXT_CHARS))

    return Column(field.name, field.name, SAMPLE, cell, field.name, mono=True, right=right)
