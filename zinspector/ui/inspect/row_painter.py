"""Paints one row of a message table, and keeps the cells of rows that were painted lately.

A row is read from the store and decoded once, when it is first painted; scrolling back and forth reads nothing again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFontInfo, QFontMetrics, QFontMetricsF, QPainter
from PySide6.QtWidgets import QHeaderView

from zinspector.capture.message import Message, preview
from zinspector.capture.store import Store
from zinspector.ui.inspect.colouring import Paint
from zinspector.ui.inspect.columns import Cell, Column
from zinspector.ui.theme import mono_font, theme, ui_font
from zinspector.ui.workspace import Workspace

CACHED_ROWS = 1000
FITTED_TEXTS = 10_000
PADDING = 7
MARK_SIGN = "◆"
EDGE = 3  # pixels
GONE = Cell("no longer kept: the oldest rows make room for new ones", "muted")


@dataclass(frozen=True, slots=True)
class RowState:
    """How a row stands out. `second` is the other one of two that are compared; `paint` is that of its colour rule."""

    selected: bool = False
    second: bool = False
    marked: bool = False
    focus: bool = False
    paint: Paint | None = None


class RowPainter:
    """The looks of rows: fonts, heights, cells."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.columns: Sequence[Column] = ()
        self._cells: OrderedDict[int, list[Cell]] = OrderedDict()
        self._fitted: dict[tuple[int, int, str], tuple[str, int]] = {}
        self.restyle()

    def show_columns(self, columns: Sequence[Column]) -> None:
        """Paint these columns."""
        self.columns = columns
        self.restyle()

    def restyle(self) -> None:
        """Take the present fonts and colours."""
        self.font, mono = ui_font(), mono_font()
        metrics, mono_metrics = QFontMetrics(self.font), QFontMetrics(mono)
        self._fonts = [mono if column.mono else self.font for column in self.columns]
        self._metrics = [mono_metrics if column.mono else metrics for column in self.columns]
        letter = QFontMetricsF(mono).horizontalAdvance("0") if QFontInfo(mono).fixedPitch() else 0.0
        self._letters = [letter if column.mono else 0.0 for column in self.columns]
        self._metrics_of_signs = metrics
        self.row_height = max(metrics.height(), mono_metrics.height()) + 5
        self._baselines = [(self.row_height - each.height()) // 2 + each.ascent() for each in self._metrics]
        self.forget()

    def forget(self) -> None:
        """Read all rows again: names, decoders or colours may have changed."""
        self._cells.clear()
        self._fitted.clear()

    def width(self, index: int) -> int:
        """The pixels that a column would like to have."""
        return self._room_for(index, self.columns[index].sample)

    def least_width(self, index: int) -> int:
        """The pixels that it must have where there is too little room for all."""
        return self._room_for(index, self.columns[index].least or self.columns[index].sample)

    def _room_for(self, index: int, text: str) -> int:
        texts = (text, self.columns[index].title)
        return max(map(self._metrics[index].horizontalAdvance, texts)) + 2 * PADDING + 2

    def cells(self, n: int) -> list[Cell] | None:
        """The cells of message `n`, or None if it is no longer kept."""
        cells = self._cells.get(n)
        if cells is not None:
            self._cells.move_to_end(n)
            return cells
        message = shown_row(self._workspace.store, n)
        if message is None:
            return None
        cells = self._cells[n] = [column.cell(message, self._workspace) for column in self.columns]
        if len(self._cells) > CACHED_ROWS:
            self._cells.popitem(last=False)
        return cells

    def cut_text(self, header: QHeaderView, n: int, index: int) -> str:
        """What the cell of message `n` says, if it has no room for it."""
        text = (self.cells(n) or [GONE] * len(self.columns))[index].text
        room = header.sectionSize(index) - 2 * PADDING
        return text if self._metrics[index].horizontalAdvance(text) > room else ""

    def paint(self, painter: QPainter, header: QHeaderView, n: int, row: QRect, state: RowState) -> None:
        """Paint the row of message `n`."""
        self._paint_ground(painter, row, state)
        cells = self.cells(n)
        if cells is None:
            painter.setFont(self.font)
            painter.setPen(GONE.pen())
            painter.drawText(row.adjusted(PADDING, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, f"{n:,}  {GONE.text}")
            return
        text_colour = theme().colour("text")
        for index, left, width in self._places(header, row.right()):
            cell = cells[index]
            inset = self._signs_width(state) if header.visualIndex(index) == 0 else 0
            text, shift = self._fitting(index, cell.text, width - inset)
            painter.setFont(self._fonts[index])
            plain = state.paint is not None or (state.selected and cell.role == "muted")
            painter.setPen(text_colour if plain else cell.pen())
            painter.drawText(left + inset + shift, row.top() + self._baselines[index], text)
        self._paint_signs(painter, row, state)

    def _places(self, header: QHeaderView, right: int) -> Iterator[tuple[int, int, int]]:
        """The columns in sight, where the text of each begins, and the room for it."""
        for index in range(len(self.columns)):
            left, width = header.sectionViewportPosition(index), header.sectionSize(index)
            if width and left + width >= 0 and left <= right:
                yield index, left + PADDING, width - 2 * PADDING

    def _fitting(self, index: int, text: str, width: int) -> tuple[str, int]:
        """As much of a text as there is room for, and how far to the right it begins.

        Measuring costs as much as painting, so it is kept.
        """
        found = self._fitted.get((index, width, text))
        if found is None:
            if len(self._fitted) > FITTED_TEXTS:
                self._fitted.clear()
            found = self._fitted[index, width, text] = self._fit(index, text, width)
        return found

    def _fit(self, index: int, text: str, width: int) -> tuple[str, int]:
        metrics, right = self._metrics[index], self.columns[index].right
        taken = self._letters[index] * len(text)
        if taken and taken <= width and text.isascii():  # all letters are as wide as one: nothing to measure
            return text, int(width - taken) if right else 0
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)
        return shown, width - metrics.horizontalAdvance(shown) if right else 0

    def _paint_ground(self, painter: QPainter, row: QRect, state: RowState) -> None:
        colours = theme()
        edge = QRect(row.left(), row.top(), EDGE, row.height())
        if state.selected or state.second:
            painter.fillRect(row, colours.colour("selection" if state.selected else "raised"))
        elif state.paint is not None:
            painter.fillRect(row, state.paint.tint())
        if state.paint is not None:
            painter.fillRect(edge, state.paint.strong())
        elif state.second or (state.selected and state.focus):
            painter.fillRect(edge, colours.colour("accent"))

    def _signs(self, state: RowState) -> list[tuple[str, QColor]]:
        """The sign of the colour rule, and that of a mark."""
        signs = [(state.paint.sign, state.paint.strong())] if state.paint is not None else []
        return [*signs, (MARK_SIGN, theme().colour("warn"))] if state.marked else signs

    def _signs_width(self, state: RowState) -> int:
        return sum(self._metrics_of_signs.horizontalAdvance(sign) + 2 for sign, _ in self._signs(state))

    def _paint_signs(self, painter: QPainter, row: QRect, state: RowState) -> None:
        left = EDGE + 2
        painter.setFont(self.font)
        for sign, colour in self._signs(state):
            painter.setPen(colour)
            painter.drawText(row.adjusted(left, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, sign)
            left += self._metrics_of_signs.horizontalAdvance(sign) + 2


def shown_row(store: Store, n: int) -> Message | None:
    """Row `n` as far as a table shows it, or None if it is no longer kept."""
    if not store.first_n <= n < store.next_n:
        return None
    return preview(store.since(n)[0], 0)
