"""The hand: which gesture begins where, one at a time, from press to release.

Left on a port draws a wire, on a node moves, on a link selects, on nothing draws a rubber band; the middle button, or
the left one while Space is held, drags the paper. Near an edge of the view a dragged thing scrolls the paper along.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent, QPainter, QWheelEvent

from zinspector.ui.canvas.gestures import Gesture, Move, Pan, Pointer, RubberBand, SelectLink
from zinspector.ui.canvas.node_item import NodeItem
from zinspector.ui.canvas.paper import STEP
from zinspector.ui.canvas.wire_gesture import DrawWire
from zinspector.ui.canvas.wires import Port

if TYPE_CHECKING:
    from zinspector.ui.canvas.view import CanvasView

PORT_REACH = 9  # pixels around a port that still take it
ANGLE_PER_STEP = 120
EDGE, EDGE_SCROLL, EDGE_MS = 22, 12, 20


class Hand:
    """The mouse on one canvas."""

    def __init__(self, view: CanvasView) -> None:
        self.view = view
        self.gesture: Gesture | None = None
        self._space = False
        self._last: Pointer | None = None
        self._edge_timer = QTimer(view)
        self._edge_timer.setInterval(EDGE_MS)
        self._edge_timer.timeout.connect(self._scroll_at_edge)

    def press(self, event: QMouseEvent) -> None:
        """Begin a gesture."""
        if self.gesture is not None:
            return
        self.gesture = self._gesture_for(event.button(), self._pointer(event))
        if self.gesture is not None:
            if self.gesture.cursor is not None:
                self.view.viewport().setCursor(self.gesture.cursor)
            self.gesture.press()

    def move(self, event: QMouseEvent) -> None:
        """Go on with the gesture, or mark what is under the pointer."""
        at = self._pointer(event)
        self._look()
        if self.gesture is None:
            self._hover(at)
            return
        self._last = at
        self.gesture.move(at)
        if self.gesture.scrolls and self.gesture.began and not self._edge_way(at.view).isNull():
            self._edge_timer.start()
        else:
            self._edge_timer.stop()

    def release(self, event: QMouseEvent) -> None:
        """End the gesture."""
        self._look()
        if self.gesture is not None:
            gesture, at = self.gesture, self._pointer(event)
            self._end()
            gesture.release(at)

    def cancel(self) -> bool:
        """Cancel the gesture; whether there was one."""
        if self.gesture is None:
            return False
        self.gesture.cancel()
        self._end()
        return True

    def _look(self) -> None:
        """Cancel a gesture that has lost its node."""
        if self.gesture is not None and self.gesture.gone:
            self.cancel()

    def paint(self, painter: QPainter) -> None:
        """What the gesture draws over the scene."""
        if self.gesture is not None:
            self.gesture.paint(painter)

    def hold_space(self, held: bool) -> None:
        """Space makes the left button drag the paper."""
        self._space = held
        if self.gesture is None:
            self._rest_cursor()

    def wheel(self, event: QWheelEvent) -> None:
        """Scroll; with Ctrl zoom at the pointer, with Shift scroll sideways."""
        pixels, angle = event.pixelDelta(), event.angleDelta()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            steps = (angle.y() or angle.x()) / ANGLE_PER_STEP
            self.view.zoom_to(self.view.zoom * STEP**steps, event.position().toPoint())
        else:
            way = pixels if not pixels.isNull() else angle / 2
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and not way.x():
                way = QPoint(way.y(), 0)
            self.view.scroll_by(-way.x(), -way.y())

    def _pointer(self, event: QMouseEvent) -> Pointer:
        spot = event.position().toPoint()
        return Pointer(spot, self.view.mapToScene(spot), event.modifiers())

    def _gesture_for(self, button: Qt.MouseButton, at: Pointer) -> Gesture | None:
        view = self.view
        if button == Qt.MouseButton.MiddleButton or (button == Qt.MouseButton.LeftButton and self._space):
            return Pan(view, at)
        if button != Qt.MouseButton.LeftButton:
            return None
        port = self._port_at(at.scene)
        if port is not None and not at.adding:
            return DrawWire(view, at, *port)
        item = view.canvas.at(at.scene)
        if isinstance(item, NodeItem):
            return Move(view, at, item)
        return RubberBand(view, at) if item is None else SelectLink(view, at, item)

    def _port_at(self, place: QPointF) -> tuple[NodeItem, Port] | None:
        return None if self.view.far else self.view.canvas.port_at(place, PORT_REACH / self.view.zoom)

    def _hover(self, at: Pointer) -> None:
        item = self.view.canvas.at(at.scene)
        self.view.canvas.hover(item.item_id if item is not None else None)
        if not self._space:
            over_port = self._port_at(at.scene) is not None
            shape = Qt.CursorShape.CrossCursor if over_port else Qt.CursorShape.ArrowCursor
            self.view.viewport().setCursor(shape)

    def _end(self) -> None:
        self.gesture = None
        self._edge_timer.stop()
        self._rest_cursor()

    def _rest_cursor(self) -> None:
        shape = Qt.CursorShape.OpenHandCursor if self._space else Qt.CursorShape.ArrowCursor
        self.view.viewport().setCursor(shape)

    def _edge_way(self, spot: QPoint) -> QPoint:
        """Which way to scroll with the pointer at `spot`."""
        room = self.view.viewport().rect()
        across = (spot.x() > room.right() - EDGE) - (spot.x() < room.left() + EDGE)
        down = (spot.y() > room.bottom() - EDGE) - (spot.y() < room.top() + EDGE)
        return QPoint(across, down)

    def _scroll_at_edge(self) -> None:
        self._look()
        if self.gesture is None or self._last is None:
            self._edge_timer.stop()
            return
        way = self._edge_way(self._last.view) * EDGE_SCROLL
        self.view.scroll_by(way.x(), way.y())
        spot = self._last.view
        self.gesture.move(Pointer(spot, self.view.mapToScene(spot), self._last.modifiers))
