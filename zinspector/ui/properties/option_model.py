"""Options of libzmq as a table model: every option of a socket type or of a context, and what the drawing sets.

Only values that differ from the default are stored. A value that libzmq would not take is refused with the reason
(`problem`); one that stands in the file already is shown, marked, and can be put right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from zinspector.errors import OptionError
from zinspector.runtime.options import CONTEXT_OPTIONS, OPTIONS, Option, convert, find
from zinspector.topology.document import OptionValue
from zinspector.ui.theme import mono_font, theme, ui_font

Values = Mapping[str, OptionValue]
Index = QModelIndex | QPersistentModelIndex
COLUMNS = ("Option", "Value", "Unit", "Default")
NAME, VALUE, UNIT, DEFAULT = range(4)
ROLE = Qt.ItemDataRole


class OptionModel(QAbstractTableModel):
    """The options for sockets of `socket_type`, or of a context where that is None.

    Signals:
        refused(str): a value was not taken, and why.
    """

    refused = Signal(str)

    def __init__(
        self, socket_type: Callable[[], str] | None, read: Callable[[], Values], write: Callable[[str, Values], None]
    ) -> None:
        super().__init__()
        self._socket_type, self._read, self._write = socket_type, read, write
        self.names: list[str] = []
        self._offered: Mapping[str, Option] = {}
        self._given: Values = {}
        self.refresh()

    def refresh(self) -> None:
        """Show what the document says now."""
        self._given = dict(self._read())
        table = CONTEXT_OPTIONS if self._socket_type is None else OPTIONS
        self._offered = _settable(table, self._socket_type() if self._socket_type is not None else "")
        names = [*self._offered, *(name for name in self._given if name not in self._offered)]
        if names != self.names:
            self.beginResetModel()
            self.names = names
            self.endResetModel()
        elif names:
            self.dataChanged.emit(self.index(0, 0), self.index(len(names) - 1, DEFAULT))

    # What the table shows

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # Qt's own signature
        """One row an option."""
        return 0 if parent.isValid() else len(self.names)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # Qt's own signature
        """Name, value, unit, default."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = ROLE.DisplayRole) -> object:
        """The titles of the columns."""
        if role == ROLE.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return COLUMNS[section]
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Values can be edited, unless this libzmq was built without the option."""
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        option = self.option(index.row())
        editable = index.column() == VALUE and (option is None or option.available)
        return flags | Qt.ItemFlag.ItemIsEditable if editable else flags

    def data(self, index: Index, role: int = ROLE.DisplayRole) -> object:
        """What a cell says, and in which colour."""
        name, column = self.names[index.row()], index.column()
        option = self.option(index.row())
        if role in (ROLE.DisplayRole, ROLE.EditRole):
            return self._text(name, option, column)
        if role == ROLE.ForegroundRole:
            return theme().colour(self._colour(name, option, column))
        if role == ROLE.FontRole and column != UNIT:
            bold = name in self._given and column != DEFAULT
            return ui_font(bold=bold) if column == NAME else mono_font(bold=bold)
        if role == ROLE.ToolTipRole:
            return self.about(index.row())
        return None

    def setData(self, index: Index, value: object, role: int = ROLE.EditRole) -> bool:
        """Store a value; an empty one and the default are not stored."""
        name, text = self.names[index.row()], str(value).strip()
        option = self.option(index.row())
        rest = {key: kept for key, kept in self._given.items() if key != name}
        if problem := self.refusal(index.row(), text):
            self.refused.emit(f"{problem}; the value stays as it was")
            return False
        if option is not None and text not in ("", _default(option)):
            rest[name] = _value(option, text)
        self._write(f"Set {name}" if name in rest else f"Reset {name}", rest)
        return True

    # What is known about an option

    def option(self, row: int) -> Option | None:
        """The option in a row; None for a name that libzmq does not know."""
        return self._offered.get(self.names[row])

    def is_set(self, row: int) -> bool:
        """Whether the drawing sets it."""
        return self.names[row] in self._given

    def problem(self, name: str, value: OptionValue) -> str:
        """Why a value can't be set; empty if it can."""
        try:
            if self._socket_type is not None:
                convert(find(name, self._socket_type()), value)
            elif name in self._offered:
                convert(CONTEXT_OPTIONS[name], value)
            else:
                return f"libzmq has no context option {name} that can be set"
        except OptionError as error:
            return f"{error.text}{f' ({error.remedy})' if error.remedy else ''}"
        return ""

    def refusal(self, row: int, text: str) -> str:
        """Why a text can't be set; empty if it can. An empty text means the default."""
        name, option = self.names[row], self.option(row)
        if not text.strip() or option is None:
            return ""
        return self.problem(name, _value(option, text.strip()))

    def fault(self, row: int) -> str:
        """What is wrong with the value that is set; empty if nothing."""
        name = self.names[row]
        return self.problem(name, self._given[name]) if name in self._given else ""

    def about(self, row: int) -> str:
        """All that is known about an option, in three short lines."""
        option = self.option(row)
        if option is None:
            return f"{self.names[row]}\n✖ {self.fault(row)}"
        default = f"default {_default(option)}" if _default(option) else "no default"
        facts = " · ".join(filter(None, (option.type, option.unit, default)))
        when = "Takes effect at once." if option.live else "Takes effect on new connections; the socket is made anew."
        if self._socket_type is None:
            when = "Takes effect with the next run."
        if not option.available:
            when = f"Needs a libzmq with {option.needs}; this one was built without."
        fault = f"\n✖ {self.fault(row)}" if self.fault(row) else ""
        return f"ZMQ_{option.name} · {facts}\n{option.doc} {when}{fault}"

    def _text(self, name: str, option: Option | None, column: int) -> str:
        if column == NAME:
            return name
        if column == VALUE:
            given = self._given.get(name)
            return str(given) if given is not None else _default(option) if option is not None else ""
        if option is None:
            return ""
        return option.unit if column == UNIT else _default(option)

    def _colour(self, name: str, option: Option | None, column: int) -> str:
        if name in self._given and column in (NAME, VALUE):
            return "error" if self.problem(name, self._given[name]) else "text"
        return "text" if column == NAME and option is not None and option.available else "muted"


def _settable(table: Mapping[str, Option], socket_type: str) -> Mapping[str, Option]:
    return {
        option.name: option
        for option in table.values()
        if option.serves(socket_type) and not (option.read_only or option.managed)
    }


def _default(option: Option) -> str:
    return "" if option.default is None else str(option.default)


def _value(option: Option, text: str) -> OptionValue:
    if option.type in ("bytes", "key"):
        return text
    try:
        return int(text, 0)
    except ValueError:
        return text
