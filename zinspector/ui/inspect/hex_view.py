"""Bytes as offset, hex and characters; paints the lines in view only, so that 100 MB cost what 100 B cost.

A range can be highlighted from outside (the decoded value that is selected) and selected with the mouse; a click tells
its byte, so that tree and hex point at each other.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QFontMetrics, QGuiApplication, QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from zinspector.ui.theme import mono_font, switch, theme

WIDEST = 16  # bytes a line where there is room, else half of it
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
        self.per_line = WIDEST
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

    def show_range(self, start: int, end: int) -> None:
        """Highlight bytes [start, end) and bring them into view."""
        self.highlight = (start, end)
        line = start // self.per_line
        bar = self.verticalScrollBar()
        if end > start and not bar.value() <= line < bar.value() + self._lines_in_view():
            bar.setValue(max(0, line - 1))
        self.viewport().update()

    def selected_bytes(self) -> bytes:
        """The bytes selected with the mouse, or else those that are highlighted."""
        start, end = self.selection if self.selection[1] > self.selection[0] else self.highlight
        return self.data[start:end]

    def line_text(self, line: int) -> str:
        """A line as it is shown."""
        start = line * self.per_line
        part = self.data[start : start + self.per_line]
        return f"{start:0{self._digits}x}  {part.hex(' '):<{self.per_line * 3}} {_characters(part)}"

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the lines in view."""
        colours = theme()
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), colours.colour("panel"))
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
        for (low, high), role in ((self.highlight, "selection"), (self.selection, "accent")):
            first, last = max(low - start, 0), min(high - start, len(part))
            if first < last:
                colour = colours.colour(role)
                if role == "accent":
                    colour.setAlpha(90)
                left, right = self._hex_left(first), self._hex_left(last - 1) + 2 * self._char
                painter.fillRect(QRect(left - 2, top, right - left + 4, self._height), colour)
                ascii_left = self._ascii_left + first * self._char
                painter.fillRect(QRect(ascii_left, top, (last - first) * self._char, self._height), colour)
        baseline = top + self._ascent
        painter.setPen(colours.colour("muted"))
        painter.drawText(QPoint(MARGIN, baseline), f"{start:0{self._digits}x}")
        painter.setPen(colours.colour("text"))
        for index, byte in enumerate(part):
            painter.drawText(QPoint(self._hex_left(index), baseline), f"{byte:02x}")
        painter.setPen(colours.colour("pipeline"))
        painter.drawText(QPoint(self._ascii_left, baseline), _characters(part))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a selection at the byte under the mouse, and tell it."""
        at = self._offset_at(event.position().toPoint())
        if at is not None and event.button() == Qt.MouseButton.LeftButton:
            self._anchor = at
            self.selection = (0, 0)
            self.byteClicked.emit(at)
            self.viewport().update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Widen the selection."""
        at = self._offset_at(event.position().toPoint())
        if at is not None and self._anchor is not None:
            self.selection = (min(at, self._anchor), max(at, self._anchor) + 1)
            self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the selection."""
        self._anchor = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+C copies as hex, Ctrl+A selects all."""
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.selected_bytes().hex(" "))
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            self.selection = (0, len(self.data))
            self.viewport().update()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: object) -> None:
        """Fit the scroll bars."""
        self._fit()

    def _restyle(self) -> None:
        self._font = mono_font()
        metrics = QFontMetrics(self._font)
        self._char = metrics.horizontalAdvance("0")
        self._height = metrics.height() + 3
        self._ascent = metrics.ascent() + 1
        self._fit()
        self.viewport().update()

    def _fit(self) -> None:
        self._digits = max(4, len(f"{len(self.data):x}"))
        self._hex_start = MARGIN + (self._digits + 2) * self._char
        room = self.viewport().width() // self._char - self._digits - 7
        self.per_line = WIDEST if room >= WIDEST * 4 else WIDEST // 2
        self._ascii_left = self._hex_left(self.per_line - 1) + 4 * self._char
        lines = -(-len(self.data) // self.per_line)
        self.verticalScrollBar().setRange(0, max(0, lines - self._lines_in_view()))
        self.verticalScrollBar().setPageStep(self._lines_in_view())
        width = self._ascii_left + (self.per_line + 1) * self._char
        self.horizontalScrollBar().setRange(0, max(0, width - self.viewport().width()))
        self.horizontalScrollBar().setPageStep(self.viewport().width())

    def _lines_in_view(self) -> int:
        return max(1, self.viewport().height() // self._height)

    def _hex_left(self, index: int) -> int:
        return self._hex_start + (index * 3 + index // 8) * self._char

    def _offset_at(self, point: QPoint) -> int | None:
        x = point.x() + self.horizontalScrollBar().value()
        line = self.verticalScrollBar().value() + point.y() // self._height
        if x >= self._ascii_left:
            index = (x - self._ascii_left) // self._char
        else:
            index = next((i for i in range(self.per_line) if x < self._hex_left(i) + 2.5 * self._char), self.per_line)
        offset = line * self.per_line + index
        return offset if 0 <= index < self.per_line and offset < len(self.data) else None


def _characters(part: bytes) -> str:
    return "".join(chr(byte) if 32 <= byte < 127 else "·" for byte in part)
