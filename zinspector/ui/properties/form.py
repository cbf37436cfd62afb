"""A form over the document: each field reads its value from the present document and writes a new document.

A field that shows what the document says already is left alone, so the cursor stays where it is while the user types.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextOption
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from zinspector.errors import UserError
from zinspector.ui.theme import mono_font

Check = Callable[[str], object]
MOST_LINES = 6


class Form(QWidget):
    """A column of fields under headings."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self._refreshers: list[Callable[[], None]] = []
        self._rows: QFormLayout | None = None

    def refresh(self) -> None:
        """Show what the document says now."""
        for refresh in self._refreshers:
            refresh()

    def heading(self, text: str) -> None:
        """Begin a group."""
        label = QLabel(text.upper())
        label.setProperty("role", "heading")
        label.setContentsMargins(0, 10, 0, 0)
        self._column.addWidget(label)
        self._rows = None

    def add(self, widget: QWidget, refresh: Callable[[], None] | None = None) -> None:
        """Add a widget over the whole width."""
        self._column.addWidget(widget)
        self._rows = None
        if refresh is not None:
            self._refreshers.append(refresh)

    def note(self, text: str, role: str = "muted") -> QLabel:
        """Add a sentence."""
        label = QLabel(text)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setProperty("role", role)
        self.add(label)
        return label

    def fact(self, label: str, read: Callable[[], str]) -> QLabel:
        """A value to read, not to change."""
        shown = QLabel()
        shown.setTextFormat(Qt.TextFormat.PlainText)
        shown.setWordWrap(True)
        shown.setFont(mono_font())
        shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._row(label, shown)
        self._refreshers.append(lambda: shown.setText(read()))
        return shown

    def line(
        self,
        label: str,
        read: Callable[[], str],
        write: Callable[[str], None],
        *,
        check: Check | None = None,
        hint: str = "",
    ) -> QLineEdit:
        """One line of text; what `check` raises is told below it."""
        edit = QLineEdit()
        edit.setPlaceholderText(hint)
        edit.setAccessibleName(label)
        self._row(label, edit)
        error = self._error()
        edit.textEdited.connect(write)

        def refresh() -> None:
            if edit.text() != read():
                edit.setText(read())
            _judge(edit, error, [edit.text()] if edit.text() else [], check)

        self._refreshers.append(refresh)
        return edit

    def lines(
        self,
        label: str,
        read: Callable[[], Sequence[str]],
        write: Callable[[tuple[str, ...]], None],
        *,
        check: Check | None = None,
        hint: str = "",
    ) -> QPlainTextEdit:
        """Several texts, one a line; empty lines do not count."""
        edit = QPlainTextEdit()
        edit.setPlaceholderText(hint)
        edit.setFont(mono_font())
        edit.setTabChangesFocus(True)
        edit.setAccessibleName(label)
        edit.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
        edit.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._row(label, edit)
        error = self._error()

        def values() -> tuple[str, ...]:
            return tuple(line.strip() for line in edit.toPlainText().split("\n") if line.strip())

        def changed() -> None:
            _fit_height(edit)
            if edit.hasFocus() and values() != tuple(read()):
                write(values())

        def refresh() -> None:
            if values() != tuple(read()):
                edit.setPlainText("\n".join(read()))
            _fit_height(edit)
            _judge(edit, error, values(), check)

        edit.textChanged.connect(changed)
        self._refreshers.append(refresh)
        return edit

    def choice(
        self,
        label: str,
        options: Callable[[], Sequence[tuple[str, str]]],
        read: Callable[[], str],
        write: Callable[[str], None],
    ) -> QComboBox:
        """One of several (value, text) pairs."""
        box = QComboBox()
        box.setAccessibleName(label)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(10)
        self._row(label, box)
        box.activated.connect(lambda _: write(str(box.currentData())))

        def refresh() -> None:
            wanted = list(options())
            if [(box.itemData(i), box.itemText(i)) for i in range(box.count())] != wanted:
                box.clear()
                for value, text in wanted:
                    box.addItem(text, value)
            box.setCurrentIndex(box.findData(read()))

        self._refreshers.append(refresh)
        return box

    def check(self, text: str, read: Callable[[], bool], write: Callable[[bool], None], tip: str = "") -> QCheckBox:
        """A yes or no."""
        box = QCheckBox(text)
        box.setToolTip(tip)
        self._row("", box)
        box.clicked.connect(write)
        self._refreshers.append(lambda: box.setChecked(read()))
        return box

    def stretch(self) -> None:
        """Push everything to the top."""
        self._column.addStretch(1)

    def _row(self, label: str, widget: QWidget) -> None:
        if self._rows is None:
            self._rows = QFormLayout()
            self._rows.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
            self._rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
            self._rows.setVerticalSpacing(6)
            self._column.addLayout(self._rows)
        name = QLabel(label)
        name.setProperty("role", "muted")
        name.setMinimumWidth(78)
        name.setBuddy(widget)
        self._rows.addRow(name, widget)

    def _error(self) -> QLabel:
        label = QLabel()
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setProperty("role", "error")
        label.hide()
        if self._rows is not None:
            self._rows.addRow("", label)
        return label


def _judge(widget: QWidget, error: QLabel, texts: Sequence[str], check: Check | None) -> None:
    problem = ""
    for text in texts if check is not None else ():
        try:
            assert check is not None
            check(text)
        except UserError as wrong:
            problem = f"{text}: {wrong.text}" if len(texts) > 1 else wrong.text
            break
    error.setText(problem)
    error.setVisible(bool(problem))
    state = "error" if problem else ""
    if widget.property("state") != state:
        widget.setProperty("state", state)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def _fit_height(edit: QPlainTextEdit) -> None:
    wanted = int(edit.document().size().height())  # in lines, wrapped ones too
    hint = edit.placeholderText().count("\n") + 1 if edit.document().isEmpty() else 1
    lines = min(MOST_LINES, max(1, wanted, hint))
    edit.setFixedHeight(edit.fontMetrics().lineSpacing() * lines + 22)
    policy = Qt.ScrollBarPolicy.ScrollBarAsNeeded if wanted > MOST_LINES else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
    edit.setVerticalScrollBarPolicy(policy)
