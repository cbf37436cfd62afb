"""The canvas as the user has it in hand: mouse and keyboard become gestures and verbs.

One gesture at a time, from press to release; Escape cancels it. Overlays (minimap, empty state, hint, search, rename)
are child widgets, and the view only places them. Every change of the document goes through `verbs`.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QCursor,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QMenu, QWidget

from zinspector.shipped import shipped
from zinspector.topology.document import Position
from zinspector.ui.canvas import menus
from zinspector.ui.canvas.adder import Adder
from zinspector.ui.canvas.chip import kind_of
from zinspector.ui.canvas.empty import EmptyState
from zinspector.ui.canvas.gestures import Gesture, Move, Pan, Pointer, RubberBand, SelectLink
from zinspector.ui.canvas.hint import Hint
from zinspector.ui.canvas.keys import arrow, key_table
from zinspector.ui.canvas.kinds import kinds
from zinspector.ui.canvas.metrics import GRID, metrics
from zinspector.ui.canvas.minimap import CORNER, Minimap
from zinspector.ui.canvas.node_item import NodeItem
from zinspector.ui.canvas.paper import STEP, Paper
from zinspector.ui.canvas.rename import RenameLine
from zinspector.ui.canvas.tips import describe
from zinspector.ui.canvas.verbs import Verbs
from zinspector.ui.canvas.wire_gesture import DrawWire
from zinspector.ui.canvas.wires import Port
from zinspector.ui.workspace import Workspace

SAMPLE = "resources/samples/weather.zin.json"
PORT_REACH = 9  # pixels around a port that still take it
LEAST_FOR_MAP = (460, 280)
GRIP = QPointF(24, 18)  # where a dropped node hangs on the pointer
ANGLE_PER_STEP = 120


class CanvasView(Paper):
    """The canvas.

    Signals:
        editRequested(str): show the properties of this node or link.
        messagesRequested(str): show the messages of this node or link.
        sampleRequested(Path): open this sample.
    """

    editRequested = Signal(str)
    messagesRequested = Signal(str)
    sampleRequested = Signal(object)

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(workspace, parent)
        self.verbs = Verbs(workspace)
        self.snaps = True
        self.gesture: Gesture | None = None
        self._space = False
        self.minimap = Minimap(self.canvas, self)
        self.empty = EmptyState(self)
        self.hint = Hint(self)
        self.adder = Adder(self)
        self.rename_line = RenameLine(self)
        self._keys = key_table(self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAcceptDrops(True)
        self.viewport().setMouseTracking(True)
        self.setAccessibleName("Canvas")
        self._publish_verbs()
        self.minimap.movedTo.connect(self.centre_on)
        self.viewChanged.connect(self._view_changed)
        self.empty.sample.clicked.connect(lambda: self.sampleRequested.emit(shipped(SAMPLE)))
        self.empty.add.clicked.connect(self._add_first)
        self.rename_line.renamed.connect(self.verbs.rename)
        self.canvas.synced.connect(self._place_overlays)
        self._place_overlays()

    def _publish_verbs(self) -> None:
        """The verbs that the window's menus call."""
        verbs = self.verbs
        self.cut, self.copy, self.duplicate, self.delete = verbs.cut, verbs.copy, verbs.duplicate, verbs.delete
        self.select_all, self.auto_layout = verbs.select_all, verbs.auto_layout
        self.align, self.distribute = verbs.align, verbs.distribute

    # Commands

    def add_kind(self, key: str) -> str:
        """Place a node of a kind (`PUB`, `queue` ...) near the middle; its id."""
        return self.adder.add(key)

    def add_socket(self, name: str) -> str:
        """Place a socket of that type near the middle; its id."""
        return self.adder.add(name)

    def search_add(self, at: QPointF | None = None) -> None:
        """Open search-and-add at a place in the scene, by default under the pointer."""
        self.hint.hide()
        self.adder.ask_kind(at if at is not None else self._pointer_place())

    def _add_first(self) -> None:
        self.search_add(self.visible_scene().center())

    def wire(self) -> None:
        """Wire the two selected nodes, or ask what the one selected node should be wired to."""
        chosen = [one for one in self.workspace.document.nodes if one.id in self.workspace.selection]
        if len(chosen) == 1:
            self.adder.ask_wire(chosen[0])
        else:
            self.verbs.link_selected()

    def paste(self) -> None:
        """Paste at the pointer, or beside the originals when it is elsewhere."""
        place = self._pointer_place() if self.viewport().underMouse() else None
        self.verbs.paste(self.snapped(place) if place is not None else None)

    def rename(self, node_id: str | None = None) -> None:
        """Edit the name of a node, by default of the one selected node, where it stands."""
        chosen = [node_id] if node_id else sorted(self.workspace.selection & self.canvas.nodes.keys())
        item = self.canvas.nodes.get(chosen[0]) if len(chosen) == 1 else None
        if item is None:
            return
        self.reveal(item.node.id)
        sizes = metrics()
        title = QRectF(4, sizes.header, sizes.width - 8, sizes.height * 0.3).translated(item.pos())
        self.rename_line.edit(item.node.id, item.node.label, self.mapFromScene(title).boundingRect())

    def edit_selected(self) -> None:
        """Ask for the properties of the one selected node or link."""
        if len(self.workspace.selection) == 1:
            self.editRequested.emit(next(iter(self.workspace.selection)))

    def step(self, by: int) -> None:
        """Select the next node in reading order and show it."""
        if (node_id := self.verbs.select_next(by)) is not None:
            self.reveal(node_id)

    def toggle_snap(self) -> None:
        """Let dragged nodes snap to the grid and to each other, or not."""
        self.snaps = not self.snaps

    def cancel(self) -> None:
        """Cancel the gesture, or else select nothing."""
        self.hint.hide()
        if self.gesture is not None:
            self.gesture.cancel()
            self._end_gesture()
        else:
            self.workspace.select(())

    def snapped(self, place: QPointF) -> Position:
        """A place for a node's corner, on the grid when nodes snap."""
        if not self.snaps:
            return place.x(), place.y()
        return round(place.x() / GRID) * GRID, round(place.y() / GRID) * GRID

    def _pointer_place(self) -> QPointF:
        room = self.viewport().rect()
        spot = self.viewport().mapFromGlobal(QCursor.pos())
        return self.mapToScene(spot if room.contains(spot) else room.center())

    # Mouse

    def _pointer(self, event: QMouseEvent) -> Pointer:
        spot = event.position().toPoint()
        return Pointer(spot, self.mapToScene(spot), event.modifiers())

    def _gesture_for(self, event: QMouseEvent, at: Pointer) -> Gesture | None:
        if event.button() == Qt.MouseButton.MiddleButton:
            return Pan(self, at)
        if event.button() != Qt.MouseButton.LeftButton:
            return None
        if self._space:
            return Pan(self, at)
        port = self._port_at(at.scene)
        if port is not None and not at.adding:
            return DrawWire(self, at, *port)
        item = self.canvas.at(at.scene)
        if isinstance(item, NodeItem):
            return Move(self, at, item)
        return RubberBand(self, at) if item is None else SelectLink(self, at, item)

    def _port_at(self, place: QPointF) -> tuple[NodeItem, Port] | None:
        return None if self.far else self.canvas.port_at(place, PORT_REACH / self.zoom)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a gesture."""
        self.hint.hide()
        if self.gesture is not None:
            return
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.gesture = self._gesture_for(event, self._pointer(event))
        if self.gesture is not None:
            if self.gesture.cursor is not None:
                self.viewport().setCursor(self.gesture.cursor)
            self.gesture.press()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with the gesture, or mark what is under the pointer."""
        at = self._pointer(event)
        if self.gesture is not None:
            self.gesture.move(at)
            return
        self.hint.hide()
        item = self.canvas.at(at.scene)
        self.canvas.hover(item.item_id if item is not None else None)
        if not self._space:
            over_port = self._port_at(at.scene) is not None
            self.viewport().setCursor(Qt.CursorShape.CrossCursor if over_port else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the gesture."""
        if self.gesture is not None:
            gesture, at = self.gesture, self._pointer(event)
            self._end_gesture()
            gesture.release(at)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Properties of what is there; search-and-add where nothing is."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        at = self._pointer(event)
        item = self.canvas.at(at.scene)
        if item is None:
            self.search_add(at.scene)
        else:
            self.workspace.select((item.item_id,))
            self.editRequested.emit(item.item_id)

    def _end_gesture(self) -> None:
        self.gesture = None
        self.viewport().setCursor(Qt.CursorShape.OpenHandCursor if self._space else Qt.CursorShape.ArrowCursor)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll; with Ctrl zoom at the pointer, with Shift scroll sideways."""
        self.hint.hide()
        pixels, angle = event.pixelDelta(), event.angleDelta()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            steps = (angle.y() or angle.x()) / ANGLE_PER_STEP
            self.zoom_to(self.zoom * STEP**steps, event.position().toPoint())
        else:
            way = pixels if not pixels.isNull() else angle / 2
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and not way.x():
                way = QPoint(way.y(), 0)
            self.scroll_by(-way.x(), -way.y())
        event.accept()

    # Keys and focus

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The table of keys, the arrows, and Space for the hand."""
        if event.key() == Qt.Key.Key_Space:
            self._hold_space(True)
        elif (run := self._keys.get(event.keyCombination())) is not None:
            run()
        elif not arrow(self, event):
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Space goes up."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._hold_space(False)

    def _hold_space(self, held: bool) -> None:
        self._space = held
        if self.gesture is None:
            self.viewport().setCursor(Qt.CursorShape.OpenHandCursor if held else Qt.CursorShape.ArrowCursor)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab is search-and-add here; Shift+Tab leaves the canvas."""
        return False if forward else super().focusNextPrevChild(forward)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """A key that went down here may go up elsewhere."""
        self._hold_space(False)
        super().focusOutEvent(event)

    # Menus and tips

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The menu of what is there."""
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            chosen = sorted(self.workspace.selection)
            item = self.canvas.item(chosen[0]) if chosen else None
            place = item.sceneBoundingRect().center() if item is not None else self.visible_scene().center()
        else:
            place = self.mapToScene(event.pos())
            item = self.canvas.at(place)
        self.menu_for(item.item_id if item is not None else None, place).popup(
            self.viewport().mapToGlobal(self.mapFromScene(place))
        )

    def menu_for(self, item_id: str | None, place: QPointF) -> QMenu:
        """The menu of an item, which becomes selected, or of the paper at a place."""
        document = self.workspace.document
        if item_id is not None and item_id not in self.workspace.selection:
            self.workspace.select((item_id,))
        node, link = document.node(item_id or ""), document.link(item_id or "")
        if node is not None:
            menu = menus.node_menu(self, node)
        elif link is not None:
            menu = menus.link_menu(self, link)
        else:
            menu = menus.paper_menu(self, place)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return menu

    def viewportEvent(self, event: QEvent) -> bool:
        """Tooltips in plain text."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            item = self.canvas.at(self.mapToScene(event.pos()))
            if item is not None and self.gesture is None:
                self.hint.say(describe(self.canvas, item), event.pos())
            return True
        if event.type() == QEvent.Type.Leave and self.gesture is None:
            self.hint.hide()
            self.canvas.hover(None)
        return super().viewportEvent(event)

    # Drops

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take kinds from the palette; leave the rest to the window."""
        event.setAccepted(kind_of(event.mimeData()) in kinds())

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Anywhere will do."""
        event.setAccepted(kind_of(event.mimeData()) in kinds())

    def dropEvent(self, event: QDropEvent) -> None:
        """Place the node under the pointer."""
        key = kind_of(event.mimeData())
        if key is None or key not in kinds():
            event.ignore()
            return
        event.acceptProposedAction()
        self.adder.add(key, self.mapToScene(event.position().toPoint()) - GRIP)
        self.setFocus()

    # Overlays

    def drawForeground(self, painter: QPainter, _rect: QRectF | QRect) -> None:
        """What the gesture draws."""
        if self.gesture is not None:
            self.gesture.paint(painter)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep a fitted drawing fitted and the overlays in their places."""
        super().resizeEvent(event)
        self.resized()
        self._place_overlays()

    def _view_changed(self) -> None:
        self.minimap.show_view(self.visible_scene())
        self.refresh()

    def _place_overlays(self) -> None:
        room = self.viewport().rect()
        self.minimap.move(room.width() - self.minimap.width() - CORNER, room.height() - self.minimap.height() - CORNER)
        roomy = room.width() >= LEAST_FOR_MAP[0] and room.height() >= LEAST_FOR_MAP[1]
        self.minimap.setVisible(bool(self.canvas.nodes) and roomy)
        self.minimap.show_view(self.visible_scene())
        self.empty.setVisible(not self.canvas.nodes)
        self.empty.centre()
