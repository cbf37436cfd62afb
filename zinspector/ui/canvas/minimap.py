"""The minimap: the whole drawing in a corner, and the part that is in view. Click or drag moves the view."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QTransform
from PySide6.QtWidgets import QWidget

from zinspector.ui.canvas.scene import CanvasScene
from zinspector.ui.theme import switch, theme

SIZE = QSize(156, 88)
EDGE = 8
CORNER = 14  # its distance from the corner of the canvas


class Minimap(QWidget):
    """An overlay on the canvas.

    Signals:
        movedTo(QPointF): the view should be centred at this place in the scene.
    """

    movedTo = Signal(QPointF)

    def __init__(self, scene: CanvasScene, parent: QWidget) -> None:
        super().__init__(parent)
        self._scene = scene
        self._view = QRectF()
        self._drawing: QPixmap | None = None
        self.setFixedSize(SIZE)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName("Map of the whole drawing")
        scene.synced.connect(self.redraw)
        scene.workspace.diagnosis.changed.connect(self.redraw)
        switch().changed.connect(self.redraw)

    def show_view(self, visible: QRectF) -> None:
        """Tell which part of the scene is in view."""
        if visible != self._view:
            self._view = visible
            self.redraw()

    def redraw(self) -> None:
        """Paint the drawing anew at the next occasion."""
        self._drawing = None
        self.update()

    def to_scene(self, place: QPointF) -> QPointF:
        """The place in the scene that is shown at `place` here."""
        inverted, _ = self._mapping().inverted()
        return inverted.map(place)

    def from_scene(self, place: QPointF) -> QPointF:
        """Where a place in the scene is shown here."""
        return self._mapping().map(place)

    def _mapping(self) -> QTransform:
        content = self._scene.content().united(self._view.intersected(self._scene.sceneRect()))
        if content.isEmpty():
            return QTransform()
        inner = QRectF(self.rect()).adjusted(EDGE, EDGE, -EDGE, -EDGE)
        scale = min(inner.width() / content.width(), inner.height() / content.height(), 0.2)
        mapping = QTransform.fromTranslate(inner.center().x(), inner.center().y())
        mapping.scale(scale, scale)
        mapping.translate(-content.center().x(), -content.center().y())
        return mapping

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Frame, nodes, and the part in view."""
        if self._drawing is None:
            self._drawing = self._draw()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._drawing)

    def _draw(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        pixmap = QPixmap(self.size() * ratio)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        colours = theme()
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QColor(colours.colour("panel"))
        ground.setAlpha(235)
        painter.setPen(QPen(colours.colour("line"), 1))
        painter.setBrush(ground)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
        painter.setClipRect(self.rect().adjusted(2, 2, -2, -2))
        mapping = self._mapping()
        painter.setPen(Qt.PenStyle.NoPen)
        for node in (*self._scene.nodes.values(), *self._scene.seen.nodes.values()):
            at = mapping.mapRect(node.card)
            wrong = node.face.badge == "error" or node.face.health == "error"
            colour = colours.colour("error") if wrong else colours.pattern(node.face.mark)
            painter.fillRect(at.adjusted(0, 0, max(0.0, 2 - at.width()), max(0.0, 2 - at.height())), colour)
        view = QColor(colours.colour("text"))
        view.setAlpha(120)
        painter.setPen(QPen(view, 1))
        view.setAlpha(14)
        painter.setBrush(view)
        painter.drawRoundedRect(mapping.mapRect(self._view), 2, 2)
        painter.end()
        return pixmap

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go there."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.movedTo.emit(self.to_scene(event.position()))
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.movedTo.emit(self.to_scene(event.position()))
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Nothing more; but the canvas below must not take it."""
        event.accept()
