"""A view of rows that paints only those in sight: ten million scroll like ten.

One step of the scroll bar is one row, so places are exact however many rows there are. What stands in a row, and how
it stands out, is said by who inherits this.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip, QWidget

from zinspector.ui.inspect.colouring import PAINTS, Colouring
from zinspector.ui.inspect.columns import Column
from zinspector.ui.inspect.row_painter import RowPainter, RowState
from zinspector.ui.inspect.rows import Rows
from zinspector.ui.inspect.table_header import TableHeader
from zinspector.ui.inspect.tick_bar import TickBar
from zinspector.ui.pace import Pace
from zinspector.ui.theme import switch, theme
from zinspector.ui.workspace import Workspace

LATEST_MS = 60
SHARE = 0.12  # of the time, for showing what comes: a page that takes 8 ms comes fifteen times a second


class RowsView(QAbstractScrollArea):
    """Header, rows and scroll bars. `following` keeps the last row in sight."""

    def __init__(self, workspace: Workspace, rows: Rows, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = rows
        self.empty_text = ""
        self.following = True
        self.colouring = Colouring(workspace.store, self)
        self.header = TableHeader(self)
        self.ticks = TickBar(rows)
        self.painted_top: int | None = None
        """The number of the first row in sight when it was painted last."""
        self.pace = Pace(SHARE)
        self._moving = False  # while the program, not the user, moves the scroll bar
        self._painter = RowPainter(workspace)
        self._late = QTimer(self, singleShot=True)
        self._late.timeout.connect(self.viewport().update)
        self.setVerticalScrollBar(self.ticks)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.colouring.changed.connect(self.viewport().update)
        self.header.rearranged.connect(self._sections_changed)
        switch().changed.connect(self._restyle)
        workspace.documentChanged.connect(self.forget_cells)
        workspace.taps.renamed.connect(self.forget_cells)
        self.horizontalScrollBar().valueChanged.connect(self._moved_sideways)

    def show_columns(self, columns: Sequence[Column], widths: Mapping[str, int] | None = None) -> None:
        """Show these columns, from left to right, with widths that the user chose."""
        self.header.show_columns(columns, widths or {})
        self._painter.show_columns(columns)
        self._restyle()

    def say_empty(self, text: str) -> None:
        """What to show while there are no rows."""
        if text != self.empty_text:
            self.empty_text = text
            self.viewport().update()

    def forget_cells(self) -> None:
        """Read the rows in sight again: names or decoders may have changed."""
        self._painter.forget()
        self.viewport().update()

    def row_height(self) -> int:
        """Pixels per row."""
        return self._painter.row_height

    def cell_texts(self, n: int) -> list[str]:
        """What the row of message `n` says, column by column."""
        return [cell.text for cell in self._painter.cells(n) or ()]

    def visible_numbers(self) -> list[int]:
        """The numbers of the messages in sight, from top to bottom."""
        first = self.verticalScrollBar().value()
        return [self.rows.n(place) for place in range(first, min(first + self.lines(), len(self.rows)))]

    def lines(self) -> int:
        """How many whole rows there is room for."""
        return max(1, self.viewport().height() // self._painter.row_height)

    def column_at(self, where: QPoint) -> Column | None:
        """The column at a global position."""
        index = self.header.logicalIndexAt(self.viewport().mapFromGlobal(where).x())
        return self.header.columns[index] if 0 <= index < len(self.header.columns) else None

    def number_at(self, point: QPoint) -> int | None:
        """The number of the message at a point of the viewport."""
        place = self.verticalScrollBar().value() + point.y() // self._painter.row_height
        return self.rows.n(place) if 0 <= place < len(self.rows) else None

    def tip_at(self, point: QPoint) -> str:
        """What to tell of the cell at a point of the viewport: what it has no room for, and why it is coloured."""
        n, index = self.number_at(point), self.header.logicalIndexAt(point.x())
        if n is None or index < 0:
            return ""
        rule = self.colouring.rule(n)
        text = self._painter.cut_text(self.header, n, index)
        colour = f"Coloured by the rule “{rule.name}”: {rule.filter}" if rule is not None else ""
        return "\n".join(filter(None, (text, colour))).replace("<", "‹")

    def state(self, n: int) -> RowState:
        """How the row of message `n` stands out."""
        rule = self.colouring.rule(n) if self.colouring.active else None
        return RowState(paint=PAINTS[rule.colour] if rule is not None else None)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the rows in sight."""
        with self.pace.spend():
            painter = QPainter(self.viewport())
            try:
                self._paint(painter, event)
            finally:
                painter.end()  # rules and decoders may fail below: an error that is kept keeps all frames above it

    def _paint(self, painter: QPainter, event: QPaintEvent) -> None:
        painter.fillRect(event.rect(), theme().colour("panel"))
        self.painted_top = self.top()
        if self.painted_top is None:
            painter.setPen(theme().colour("muted"))
            painter.setFont(self._painter.font)
            painter.drawText(self.viewport().rect(), Qt.AlignmentFlag.AlignCenter, self.empty_text)
            return
        height, width = self._painter.row_height, self.viewport().width()
        first = self.verticalScrollBar().value()
        for line in range(min(self.lines() + 1, len(self.rows) - first)):
            n = self.rows.n(first + line)
            self._painter.paint(painter, self.header, n, QRect(0, line * height, width, height), self.state(n))

    def viewportEvent(self, event: QEvent) -> bool:
        """Show tips."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.tip_at(event.pos()), self.viewport())
            return True
        return super().viewportEvent(event)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Paint anew where the user scrolled; what the program moves is painted when its rows are known."""
        if not self._moving:
            self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the header above the rows."""
        super().resizeEvent(event)
        self.fit()
        if self.following:
            self.move_to(self.verticalScrollBar().maximum())

    def sizeHint(self) -> QSize:
        """Wide enough for the columns."""
        return QSize(900, 300)

    def top(self) -> int | None:
        """The number of the first row in sight."""
        place = self.verticalScrollBar().value()
        return self.rows.n(place) if place < len(self.rows) else None

    def fit(self) -> None:
        """Give header and scroll bars the size that goes with the rows and columns."""
        height = self.header.sizeHint().height()
        self.setViewportMargins(0, height, 0, 0)
        width = self.viewport().width()
        self.header.setGeometry(0, 0, width, height)
        self.header.fit(width, self._painter.width, self._painter.least_width)
        self.fit_rows()
        self.horizontalScrollBar().setRange(0, max(0, self.header.length() - width))
        self.horizontalScrollBar().setPageStep(width)
        self.horizontalScrollBar().setSingleStep(self._painter.row_height)

    def fit_rows(self) -> None:
        """Give the scroll bar the length that goes with the rows."""
        bar = self.verticalScrollBar()
        self._moving = True
        bar.setRange(0, max(0, len(self.rows) - self.lines()))
        bar.setPageStep(self.lines())
        self._moving = False

    def reveal(self, n: int) -> None:
        """Bring a row, or the place where it would be, into sight."""
        top, lines = self.verticalScrollBar().value(), self.lines()
        place = self.rows.place(n)
        below = place - top
        if below in (-1, lines):
            self.move_to(top + (below if below < 0 else 1))  # one step: the view moves by one row
        elif not 0 <= below < lines:
            self.move_to(place - lines // 2)

    def move_to(self, place: int) -> None:
        """Scroll, without that being the user's wish."""
        self._moving = True
        self.verticalScrollBar().setValue(place)
        self._moving = False

    def paint_soon(self) -> None:
        """Rows came: paint them when their colours are known, so that they don't flicker; or after a moment anyway."""
        if self.colouring.ask(self.visible_numbers()):
            self.viewport().update()
        elif not self._late.isActive():
            self._late.start(LATEST_MS)

    def _restyle(self) -> None:
        self._painter.restyle()
        self.fit()
        self.viewport().update()

    def _sections_changed(self) -> None:
        self.fit()
        self.viewport().update()

    def _moved_sideways(self, value: int) -> None:
        self.header.setOffset(value)
        self.viewport().update()
