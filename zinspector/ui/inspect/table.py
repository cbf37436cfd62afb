"""A table over the store that paints only the rows in view: ten million rows scroll like ten.

- Newest at the bottom. While it follows, it shows the newest; scrolling up or selecting ends that, End begins it again.
- The selection is a message number. It never moves, whatever comes or goes.
- A row is read and decoded when it is first painted, and kept while it is near.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QStandardItemModel,
)
from PySide6.QtWidgets import QAbstractScrollArea, QHeaderView, QWidget

from zinspector.capture.message import Message
from zinspector.ui.inspect.columns import Cell, Column
from zinspector.ui.inspect.rows import Rows
from zinspector.ui.theme import mono_font, switch, theme, ui_font
from zinspector.ui.workspace import Workspace

CACHED_ROWS = 400
PADDING = 7
MARK_WIDTH = 3


class MessageTable(QAbstractScrollArea):
    """The rows of a `Rows`, in columns.

    Signals:
        currentChanged(object): the number of the selected message, or None.
        menuRequested(int, QPoint): a right click on a message, with the global position.
        followChanged(bool): whether the newest message is kept in view.
        activated(int): Enter or a double click on a message.
    """

    currentChanged = Signal(object)
    menuRequested = Signal(int, QPoint)
    followChanged = Signal(bool)
    activated = Signal(int)

    def __init__(
        self, workspace: Workspace, rows: Rows, columns: Sequence[Column], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.rows = rows
        self.columns = columns
        self.current: int | None = None
        self.marks: set[int] = set()
        self.following = True
        self.empty_text = ""
        self._cells: OrderedDict[int, list[Cell]] = OrderedDict()
        self._inside_follow = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.header = self._make_header()
        self._restyle()
        switch().changed.connect(self._restyle)
        workspace.documentChanged.connect(self.forget_cells)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.horizontalScrollBar().valueChanged.connect(self._moved_sideways)

    def refresh(self) -> None:
        """Look at the store again; called once a tick."""
        bar = self.verticalScrollBar()
        top = self.rows.n(bar.value()) if len(self.rows) > bar.value() else None
        if self.rows.update():
            self._fit_scroll_bars()
            if self.following:
                self._to_end()
            elif top is not None:
                self._scroll_to(self.rows.place(top))  # rows that went at the front move nothing in view
            self.viewport().update()

    def show_all_anew(self) -> None:
        """Show the rows after their scope changed: around the selection, or the newest."""
        self.rows.update()
        self._fit_scroll_bars()
        if self.current is not None:
            self.select(self.current)
        else:
            self.set_following(True)
        self.viewport().update()

    def message(self, n: int) -> Message | None:
        """The message of a number, if it is still kept."""
        return self._workspace.store.row(n)

    def select(self, n: int | None, *, reveal: bool = True) -> None:
        """Select a message by number; selecting one ends following."""
        if n is not None:
            self.set_following(False)
        if n != self.current:
            self.current = n
            self.currentChanged.emit(n)
        if n is not None and reveal:
            place = self.rows.place(n)
            bar = self.verticalScrollBar()
            if not bar.value() <= place < bar.value() + self._visible_rows():
                bar.setValue(max(0, place - self._visible_rows() // 2))
        self.viewport().update()

    def set_following(self, following: bool) -> None:
        """Keep the newest message in view, or stop doing so."""
        if following != self.following:
            self.following = following
            self.followChanged.emit(following)
        if following:
            self._to_end()

    def forget_cells(self) -> None:
        """Read the rows in view again: names or decoders may have changed."""
        self._cells.clear()
        self.viewport().update()

    def row_height(self) -> int:
        """Pixels per row."""
        return self._row_height

    def cell_texts(self, n: int) -> list[str]:
        """What the row of message `n` says, column by column."""
        message = self.message(n)
        return [cell.text for cell in self._cells_of(n, message)] if message is not None else []

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the rows in view."""
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), theme().colour("panel"))
        if not len(self.rows):
            self._paint_empty(painter)
            return
        first = self.verticalScrollBar().value()
        for line in range(self._visible_rows() + 1):
            if first + line >= len(self.rows):
                break
            n = self.rows.n(first + line)
            self._paint_row(painter, n, line * self._row_height)

    def _paint_row(self, painter: QPainter, n: int, top: int) -> None:
        colours = theme()
        width = self.viewport().width()
        if n == self.current:
            painter.fillRect(QRect(0, top, width, self._row_height), colours.colour("selection"))
        if n in self.marks:
            painter.fillRect(QRect(0, top, MARK_WIDTH, self._row_height), colours.colour("warn"))
        message = self.message(n)
        if message is None:
            return
        for index, (column, cell) in enumerate(zip(self.columns, self._cells_of(n, message), strict=True)):
            left = self.header.sectionViewportPosition(index)
            room = QRect(left + PADDING, top, self.header.sectionSize(index) - 2 * PADDING, self._row_height)
            if room.right() < 0 or room.left() > width or room.width() <= 0:
                continue
            font, metrics = (self._mono, self._mono_metrics) if column.mono else (self._font, self._metrics)
            painter.setFont(font)
            painter.setPen(colours.colour("text") if n == self.current and cell.role == "muted" else cell.pen())
            text = metrics.elidedText(cell.text, Qt.TextElideMode.ElideRight, room.width())
            align = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
            painter.drawText(room, align | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, text)

    def _paint_empty(self, painter: QPainter) -> None:
        painter.setPen(theme().colour("muted"))
        painter.setFont(self._font)
        painter.drawText(self.viewport().rect(), Qt.AlignmentFlag.AlignCenter, self.empty_text)

    def _cells_of(self, n: int, message: Message) -> list[Cell]:
        cells = self._cells.get(n)
        if cells is None:
            cells = self._cells[n] = [column.cell(message, self._workspace) for column in self.columns]
            if len(self._cells) > CACHED_ROWS:
                self._cells.popitem(last=False)
        return cells

    # Input

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select the message under the mouse."""
        n = self._n_at(event.position().toPoint())
        if n is not None and event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            self.select(n, reveal=False)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Activate the message under the mouse."""
        n = self._n_at(event.position().toPoint())
        if n is not None:
            self.activated.emit(n)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of the selected message."""
        if self.current is not None:
            self.menuRequested.emit(self.current, event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the selection; End follows the newest message again."""
        key = Qt.Key(event.key())
        page = max(1, self._visible_rows() - 1)
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -page, Qt.Key.Key_PageDown: page}
        if key == Qt.Key.Key_End:
            self.select(None)
            self.set_following(True)
        elif key == Qt.Key.Key_Home and len(self.rows):
            self.select(self.rows.n(0))
        elif key in steps and len(self.rows):
            start = self.rows.place(self.current) if self.current is not None else len(self.rows)
            self.select(self.rows.n(min(max(0, start + steps[key]), len(self.rows) - 1)))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current is not None:
            self.activated.emit(self.current)
        else:
            super().keyPressEvent(event)

    def _n_at(self, point: QPoint) -> int | None:
        place = self.verticalScrollBar().value() + point.y() // self._row_height
        return self.rows.n(place) if 0 <= place < len(self.rows) else None

    # Geometry

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the header above the rows."""
        super().resizeEvent(event)
        self._fit_scroll_bars()
        if self.following:
            self._to_end()

    def sizeHint(self) -> QSize:
        """Wide enough for the columns."""
        return QSize(900, 300)

    def _make_header(self) -> QHeaderView:
        model = QStandardItemModel(0, len(self.columns), self)
        model.setHorizontalHeaderLabels([column.title for column in self.columns])
        header = QHeaderView(Qt.Orientation.Horizontal, self)
        header.setModel(model)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setStretchLastSection(True)
        header.setSectionsMovable(True)
        header.setHighlightSections(False)
        header.sectionResized.connect(self.viewport().update)
        header.sectionMoved.connect(self.viewport().update)
        for index, column in enumerate(self.columns):
            align = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
            model.setHeaderData(
                index,
                Qt.Orientation.Horizontal,
                align | Qt.AlignmentFlag.AlignVCenter,
                Qt.ItemDataRole.TextAlignmentRole,
            )
        return header

    def _restyle(self) -> None:
        self._font, self._mono = ui_font(), mono_font()
        self._metrics, self._mono_metrics = QFontMetrics(self._font), QFontMetrics(self._mono)
        self._row_height = max(self._metrics.height(), self._mono_metrics.height()) + 5
        for index, column in enumerate(self.columns[:-1]):
            metrics = self._mono_metrics if column.mono else self._metrics
            self.header.resizeSection(index, metrics.averageCharWidth() * column.width + 2 * PADDING)
        self._cells.clear()
        self._fit_scroll_bars()
        self.viewport().update()

    def _visible_rows(self) -> int:
        return max(1, self.viewport().height() // self._row_height)

    def _fit_scroll_bars(self) -> None:
        height = self.header.sizeHint().height()
        self.setViewportMargins(0, height, 0, 0)
        self.header.setGeometry(0, 0, self.viewport().width(), height)
        bar = self.verticalScrollBar()
        self._inside_follow = True
        bar.setRange(0, max(0, len(self.rows) - self._visible_rows()))
        bar.setPageStep(self._visible_rows())
        self._inside_follow = False

    def _to_end(self) -> None:
        self._scroll_to(self.verticalScrollBar().maximum())
        self.viewport().update()

    def _scroll_to(self, place: int) -> None:
        self._inside_follow = True
        self.verticalScrollBar().setValue(place)
        self._inside_follow = False

    def _scrolled(self, value: int) -> None:
        if not self._inside_follow:
            self.set_following(value >= self.verticalScrollBar().maximum() and self.current is None)
        self.viewport().update()

    def _moved_sideways(self, value: int) -> None:
        self.header.setOffset(value)
        self.viewport().update()
