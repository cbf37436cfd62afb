"""The line that a filter is typed into: green when it is valid; red, with its fault underlined, when not.

The border's colour is never alone: a tick or a cross stands at the front, and a wavy line under what is meant.
Suggestions open while the user types, and with Ctrl+Space: Up and Down choose, Enter or Tab takes one, Esc shuts them.
"""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QEvent, QObject, QPointF, QRect, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QColor,
    QFocusEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QStandardItem,
    QStandardItemModel,
)
from PySide6.QtWidgets import QCompleter, QHeaderView, QLineEdit, QTreeView, QWidget

from zinspector.capture.filter.completion import Completion, completions
from zinspector.capture.filter.errors import FilterError
from zinspector.capture.filter.seen import Seen
from zinspector.ui.theme import icon, mono_font, switch, theme

State = Literal["", "ok", "error"]
HINT = 'Filter messages (Ctrl+/), e.g. topic startswith "weather" and json.temperature > 20'
TINT = 0.10
POPUP_WIDTH = 470
FIRST_COLUMN = 150
WAVE = 2.0


class FilterLine(QLineEdit):
    """One line of filter.

    Signals:
        left(): Esc in an empty line; the table wants the cursor back.
        entered(): Enter: the filter is meant.
        focused(): the cursor came.
    """

    left = Signal()
    entered = Signal()
    focused = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("filter")
        self.setPlaceholderText(HINT)
        self.setAccessibleName("Filter")
        self.setClearButtonEnabled(True)
        self.setMaxLength(1 << 16)
        self.fault: FilterError | None = None
        self.unfinished = False
        """Whether typing on could make a filter of what stands here."""
        self._state: State = ""
        self._mark = QAction(self)
        self.addAction(self._mark, QLineEdit.ActionPosition.LeadingPosition)
        self.seen: Seen | None = None
        """What is in the capture, for suggestions."""
        self._found: list[Completion] = []
        self._model = QStandardItemModel(0, 2, self)
        self.popup = QTreeView()
        self.completer_ = self._make_completer()
        self.textEdited.connect(lambda _: self.suggest())
        switch().changed.connect(self._restyle)
        self._restyle()

    def say(self, state: State, fault: FilterError | None = None) -> None:
        """Show whether what stands here is a filter; `fault` is underlined."""
        self.fault = fault
        self.unfinished = fault is not None and (fault.unfinished or self._begins_a_word(fault))
        self._state = state
        self._restyle()

    @property
    def state(self) -> State:
        """What it shows: nothing, `ok` or `error`."""
        return self._state

    def suggest(self, *, always: bool = False) -> None:
        """Open the list of what could be typed next; `always`: even where nothing of it has been typed."""
        cursor = self.cursorPosition()
        self._found = completions(self.text(), cursor, self.seen)
        typed = bool(self._found) and self._found[0].start < cursor
        if not self._found or not (typed or always):
            self.popup.hide()
            return
        self._model.setRowCount(0)
        for item in self._found:
            hint = QStandardItem(item.hint)
            hint.setForeground(theme().colour("muted"))
            self._model.appendRow([QStandardItem(item.text), hint])
        place = self.cursorRect()
        rect = QRect(max(0, place.x() - FIRST_COLUMN // 4), place.y(), POPUP_WIDTH, self.height() - place.y() + 2)
        self.completer_.complete(rect)

    def take(self, text: str) -> None:
        """Put a suggestion in the place of what has been typed of it."""
        item = next((item for item in self._found if item.text == text), None)
        if item is None:
            return
        before, rest = self.text()[: item.start], self.text()[item.end :]
        end = "" if text.endswith((".", "[", "{")) or rest.startswith(" ") else " "
        self.setText(f"{before}{text}{end}{rest}")
        self.setCursorPosition(item.start + len(text) + 1 if end or rest.startswith(" ") else item.start + len(text))
        self.textEdited.emit(self.text())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Tab in the list takes the suggestion that is chosen, or the first."""
        if watched is self.popup and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Tab:
            if event.type() == QEvent.Type.KeyPress:
                row = max(0, self.popup.currentIndex().row())
                self.popup.hide()
                self.take(self._found[row].text)
            return True
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc, Enter and Ctrl+Space."""
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if self.popup.isVisible() and (event.key() == Qt.Key.Key_Escape or enter):
            if event.key() == Qt.Key.Key_Escape or self.popup.currentIndex().isValid():
                event.ignore()  # it is meant for the list
                return
            self.popup.hide()
        if event.key() == Qt.Key.Key_Escape:
            if self.text():
                self.clear()
                self.textEdited.emit("")
            else:
                self.left.emit()
        elif enter:
            self.entered.emit()
        elif event.key() == Qt.Key.Key_Space and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.suggest(always=True)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Tell that the cursor came."""
        super().focusInEvent(event)
        self.focused.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Underline the fault."""
        super().paintEvent(event)
        if self.fault is None:
            return
        text = self.text()
        first = min(self.fault.column - 1, len(text))
        last = min(first + self.fault.length, len(text))
        left, right = self._x_of(first), self._x_of(last)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(self.rect().adjusted(24, 0, -24, 0))
        painter.setPen(QPen(theme().colour("error"), 1.4))
        bottom = self.cursorRect().bottom() + 0.5
        painter.drawPolyline(_wave(left, max(right, left + self.fontMetrics().averageCharWidth()), bottom))

    def _begins_a_word(self, fault: FilterError) -> bool:
        """Whether what is wrong is the last word, which is the beginning of one that could stand there."""
        text = self.text()
        typed = text[fault.column - 1 :]
        found = completions(text, len(text), self.seen) if typed.strip() else []
        return any(item.start == fault.column - 1 and item.text.startswith(typed) for item in found)

    def _x_of(self, place: int) -> float:
        """Where in the widget a character begins, however far the text is scrolled."""
        metrics, text = self.fontMetrics(), self.text()
        here = self.cursorRect().center().x()
        cursor = metrics.horizontalAdvance(text[: self.cursorPosition()])
        return here + metrics.horizontalAdvance(text[:place]) - cursor

    def _make_completer(self) -> QCompleter:
        popup = self.popup
        popup.setObjectName("filter-completions")
        popup.setRootIsDecorated(False)
        popup.setHeaderHidden(True)
        popup.setUniformRowHeights(True)
        popup.setAccessibleName("What could be typed here")
        completer = QCompleter(self)
        completer.setModel(self._model)
        completer.setPopup(popup)
        completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        completer.setMaxVisibleItems(12)
        completer.setWidget(self)
        popup.installEventFilter(self)  # after the completer's own, so asked before it
        completer.activated.connect(self.take)
        popup.header().setStretchLastSection(True)
        popup.header().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        popup.header().resizeSection(0, FIRST_COLUMN)
        return completer

    def _restyle(self) -> None:
        colours = theme()
        self.setFont(mono_font())
        name = {"ok": "ok", "error": "error"}.get(self._state, "filter")
        self._mark.setIcon(icon(name, self._state or "muted"))
        self._mark.setToolTip({"ok": "A valid filter", "error": "Not a filter yet"}.get(self._state, "Filter"))
        if self._state:
            line, ground = colours.colour(self._state), _mixed(colours.colour("field"), colours.colour(self._state))
            self.setStyleSheet(f"QLineEdit {{ background: {ground.name()}; border-color: {line.name()}; }}")
        else:
            self.setStyleSheet("")
        self.update()


def _mixed(ground: QColor, tint: QColor) -> QColor:
    def part(a: float, b: float) -> float:
        return a + (b - a) * TINT

    return QColor.fromRgbF(
        part(ground.redF(), tint.redF()), part(ground.greenF(), tint.greenF()), part(ground.blueF(), tint.blueF())
    )


def _wave(left: float, right: float, bottom: float) -> QPolygonF:
    points, x, up = [], left, False
    while x <= right:
        points.append(QPointF(x, bottom - (WAVE if up else 0)))
        x, up = x + WAVE, not up
    return QPolygonF(points)
