"""A chip of the palette: one kind of node to drag onto the canvas, or to place with a click or Enter."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QMimeData, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QDrag, QEnterEvent, QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QApplication, QSizePolicy, QWidget

from zinspector.ui.canvas.face import Face, picture
from zinspector.ui.canvas.kinds import Kind
from zinspector.ui.theme import theme, ui_font

KIND_MIME = "application/x-zinspector-kind"


def kind_of(data: QMimeData) -> str | None:
    """The key of the kind that is dragged, if a kind is."""
    return bytes(data.data(KIND_MIME).data()).decode() if data.hasFormat(KIND_MIME) else None


def mime_of(kind: Kind) -> QMimeData:
    """What a drag of `kind` carries."""
    data = QMimeData()
    data.setData(KIND_MIME, kind.key.encode())
    return data


class Chip(QAbstractButton):
    """One kind. `clicked` is inherited."""

    def __init__(self, kind: Kind, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind = kind
        self._pressed_at = QPoint()
        self.setText(kind.title)
        self.setAccessibleName(f"{kind.title}: {kind.blurb}")
        self.setToolTip(f"{kind.title}: {kind.blurb}\nDrag it onto the canvas, or click to place it.")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setFont(ui_font(ui_font().pointSizeF() * 0.95, bold=True))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """One line with some air."""
        measure = QFontMetrics(self.font())
        return QSize(measure.horizontalAdvance(self.text()) + 24, measure.height() + 11)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember where a drag would begin."""
        self._pressed_at = event.position().toPoint()
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Begin to drag once the pointer has gone some way."""
        way = (event.position().toPoint() - self._pressed_at).manhattanLength()
        if event.buttons() & Qt.MouseButton.LeftButton and way >= QApplication.startDragDistance():
            self.setDown(False)
            self.drag().exec(Qt.DropAction.CopyAction)
            return
        super().mouseMoveEvent(event)

    def drag(self) -> QDrag:
        """A drag that carries the kind and shows the node-to-be."""
        drag = QDrag(self)
        drag.setMimeData(mime_of(self.kind))
        shown = picture(Face(self.kind.mark, self.kind.title), 0.7, self.devicePixelRatioF())
        drag.setPixmap(shown)
        drag.setHotSpot(QPoint(18, 14))
        return drag

    def enterEvent(self, event: QEnterEvent) -> None:
        """Repaint as hovered."""
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Repaint as not hovered."""
        super().leaveEvent(event)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A card with a stripe in the pattern's colour."""
        colours = theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = self.rect().adjusted(1, 1, -1, -1)
        active = self.underMouse() or self.hasFocus()
        painter.setPen(QPen(colours.colour("accent" if active else "raised" if colours.dark else "line"), 1))
        painter.setBrush(colours.colour("selection" if self.isDown() else "raised"))
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colours.pattern(self.kind.mark))
        painter.drawRoundedRect(QRect(box.left(), box.top(), 3, box.height()), 1.5, 1.5)
        painter.setPen(colours.colour("text"))
        painter.setFont(self.font())
        text = box.adjusted(10, 0, -2, 0)
        painter.drawText(text, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), self.text())
