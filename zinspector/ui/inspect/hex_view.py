"""Bytes as offset, hex and characters; paints the lines in view only, so that 100 MB cost what 100 B cost.

A range can be highlighted from outside (the decoded value that is selected) and selected with the mouse; a click tells
its byte, so that tree and hex point at each other.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFontMetrics,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QMenu, QWidget

from zinspector.ui.theme import mono_font, switch, theme

WIDTHS = (16, 12, 8)  # bytes a line: the first that there is room for
GROUP = 4
MARGIN = 8


class HexView(QAbstractScrollArea):
    """A hex view of one frame.

    Signals:
        byteClicked(int): the offset of the byte under a click.
    """

    byteClicked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.data = b""
        self.per_line = WIDTHS[0]
        self.highlight = (0, 0)
        self.selection = (0, 0)
        self._anchor: int | None = None
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Bytes of the frame")
        self.setToolTip("Drag to select bytes, Ctrl+C copies them as hex")
        self.verticalScrollBar().valueChanged.connect(self.viewport().update)
        self.horizontalScrollBar().valueChanged.connect(self.viewport().update)
        switch().changed.connect(self._restyle)
        self._restyle()

    def show_bytes(self, data: bytes) -> None:
        """Show a frame from its beginning."""
        self.data = data
        self.highlight = self.selection = (0, 0)
        self._fit()
        self.verticalScrollBar().setValue(0)
        self.viewport().update()

    def show_range(self, start: int, end: int, *, scroll: bool = True) -> None:
        """Highlight bytes [start, end) and bring their beginning into view."""
        self.highlight = (start, end)
        line = start // self.per_line
        bar = self.verticalScrollBar()
        if scroll and end > start and not bar.value() <= line < bar.value() + self._lines_in_view():
            bar.setValue(max(0, line - 1))
        self.viewport().update()

    def selected_bytes(self) -> bytes:
        """The bytes selected with the mouse, or else those that are highlighted."""
        start, end = self.selection if self.selection[1] > self.selection[0] else self.highlight
        return self.data[start:end]

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the lines in view."""
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), theme().colour("panel"))
        painter.setFont(self._font)
        first = self.verticalScrollBar().value()
        painter.translate(-self.horizontalScrollBar().value(), 0)
        for row in range(self._lines_in_view() + 1):
            start = (first + row) * self.per_line
            if start >= len(self.data):
                break
            self._paint_line(painter, start, row * self._height)

    def _paint_line(self, painter: QPainter, start: int, top: int) -> None:
        colours = theme()
        part = self.data[start : start + self.per_line]
        for (low, high), alpha in ((self.highlight, 255), (self.selection, 90)):
            first, last = max(low - start, 0), min(high - start, len(part))
            if first < last:
                self._paint_ground(painter, top, first, last, alpha)
        baseline = top + self._ascent
        painter.setPen(colours.colour("muted"))
        painter.drawText(QPoint(MARGIN, baseline), f"{start:0{self._digits}x}")
        text, dim, printable = colours.colour("text"), colours.colour("muted"), colours.colour("pipeline")
        for index, byte in enumerate(part):
            shown = 32 <= byte < 127
            painter.setPen(text if byte else dim)
            painter.drawText(QPoint(self._hex_left(index), baseline), f"{byte:02x}")
            painter.setPen(printable if shown else dim)
            painter.drawText(QPoint(self._ascii_left + index * self._char, baseline), chr(byte) if shown else "·")

    def _paint_ground(self, painter: QPainter, top: int, first: int, last: int, alpha: int) -> None:
        colour = theme().colour("selection" if alpha == 255 else "accent")
        ground = type(colour)(colour)
        ground.setAlpha(alpha)
        left, right = self._hex_left(first), self._hex_left(last - 1) + 2 * self._char
        painter.fillRect(QRect(left - 2, top, right - left + 4, self._height), ground)
        painter.fillRect(
            QRect(self._ascii_left + first * self._char, top, (last - first) * self._char, self._height), ground
        )

    # Input

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a selection at the byte under the mouse, and tell it."""
        at = self._offset_at(event.position().toPoint())
        if at is not None and event.button() == Qt.MouseButton.LeftButton:
            self._anchor = at
            self.selection = (0, 0)
            self.byteClicked.emit(at)
            self.viewport().update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Widen the selection; beyond an edge, scroll on."""
        point = event.position().toPoint()
        if self._anchor is None:
            return
        bar = self.verticalScrollBar()
        if not 0 <= point.y() < self.viewport().height():
            bar.setValue(bar.value() + (1 if point.y() > 0 else -1))
            point.setY(min(max(point.y(), 0), self.viewport().height() - 1))
        at = self._offset_at(point)
        if at is not None:
            self.selection = (min(at, self._anchor), max(at, self._anchor) + 1)
            self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the selection."""
        self._anchor = None

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer to copy what is selected."""
        data = self.selected_bytes()
        copy = QGuiApplication.clipboard().setText
        menu = QMenu(self)
        menu.addAction("Copy as hex", lambda: copy(data.hex(" "))).setEnabled(bool(data))
        menu.addAction("Copy as text", lambda: copy(data.decode("utf-8", "replace"))).setEnabled(bool(data))
        menu.addAction("Copy as Python", lambda: copy(repr(data))).setEnabled(bool(data))
        menu.addSeparator()
        menu.addAction("Select all", self.select_all)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+C copies as hex, Ctrl+A selects all, Home and End go to the ends."""
        bar = self.verticalScrollBar()
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.selected_bytes().hex(" "))
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            self.select_all()
        elif event.key() in (Qt.Key.Key_Home, Qt.Key.Key_End):
            bar.setValue(bar.minimum() if event.key() == Qt.Key.Key_Home else bar.maximum())
        else:
            super().keyPressEvent(event)

    def select_all(self) -> None:
        """Select every byte."""
        self.selection = (0, len(self.data))
        self.viewport().update()

    # Geometry

    def resizeEvent(self, event: object) -> None:
        """Fit bytes a line and scroll bars."""
        self._fit()

    def byte_place(self, offset: int) -> QPoint:
        """The middle of a byte in the viewport."""
        line, index = divmod(offset, self.per_line)
        top = (line - self.verticalScrollBar().value()) * self._height
        return QPoint(self._hex_left(index) + self._char - self.horizontalScrollBar().value(), top + self._height // 2)

    def _restyle(self) -> None:
        self._font = mono_font()
        metrics = QFontMetrics(self._font)
        self._char = metrics.horizontalAdvance("0")
        self._height = metrics.height() + 2
        self._ascent = metrics.ascent() + 1
        self._fit()
        self.viewport().update()

    def _fit(self) -> None:
        self._digits = max(4, len(f"{len(self.data):x}"))
        room = self.viewport().width() - MARGIN
        self.per_line = next((width for width in WIDTHS if self._line_width(width) <= room), WIDTHS[-1])
        self._ascii_left = self._hex_left(self.per_line - 1) + 4 * self._char
        lines = -(-len(self.data) // self.per_line)
        self.verticalScrollBar().setRange(0, max(0, lines - self._lines_in_view()))
        self.verticalScrollBar().setPageStep(self._lines_in_view())
        self.horizontalScrollBar().setRange(0, max(0, self._line_width(self.per_line) - room))
        self.horizontalScrollBar().setPageStep(self.viewport().width())

    def _line_width(self, count: int) -> int:
        return self._hex_left(count - 1) + (4 + count) * self._char

    def _lines_in_view(self) -> int:
        return max(1, self.viewport().height() // self._height)

    def _hex_left(self, index: int) -> int:
        return MARGIN + (self._digits + 2 + index * 3 + index // GROUP) * self._char

    def _offset_at(self, point: QPoint) -> int | None:
        x = point.x() + self.horizontalScrollBar().value()
        line = self.verticalScrollBar().value() + point.y() // self._height
        if x >= self._ascii_left:
            index = (x - self._ascii_left) // self._char
        else:
            index = next((i for i in range(self.per_line) if x < self._hex_left(i) + 2.5 * self._char), self.per_line)
        offset = line * self.per_line + index
        return offset if 0 <= index < self.per_line and 0 <= offset < len(self.data) else None
