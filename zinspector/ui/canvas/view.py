"""The canvas as the user has it: the mouse becomes gestures (see `hand`), the keyboard becomes verbs.

Escape cancels a gesture. Overlays (minimap, empty state, hint, search, rename)
are child widgets, and the view only places them. Every change of the document goes through `verbs`.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QCursor,
    QDragEnterEvent,
    QDragLeaveEvent,
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
from PySide6.QtWidgets import QWidget

from zinspector.shipped import shipped
from zinspector.topology.document import Document, Position
from zinspector.ui.canvas import menus
from zinspector.ui.canvas.adder import Adder
from zinspector.ui.canvas.chip import kind_of
from zinspector.ui.canvas.empty import EmptyState
from zinspector.ui.canvas.hand import Hand
from zinspector.ui.canvas.hint import Hint
from zinspector.ui.canvas.keys import arrow, key_table
from zinspector.ui.canvas.kinds import kinds
from zinspector.ui.canvas.metrics import GRID, metrics
from zinspector.ui.canvas.minimap import CORNER, Minimap
from zinspector.ui.canvas.paper import Paper
from zinspector.ui.canvas.rename import RenameLine
from zinspector.ui.canvas.tips import describe
from zinspector.ui.canvas.verbs import Verbs, free_place
from zinspector.ui.workspace import Workspace

SAMPLE = "resources/samples/weather.zin.json"
LEAST_FOR_MAP = (460, 280)
GRIP = QPointF(24, 18)  # where a dropped node hangs on the pointer


class CanvasView(Paper):
    """The canvas.

    Signals:
        editRequested(str): show the properties of this node or link.
        messagesRequested(str): show the messages of this node or link.
        sampleRequested(Path): open this sample.
        tapRequested(str): see the messages of other programs: of the one that listens at this address, if it is one.
        connectionRequested(Connection): show this connection of a program that is seen.
    """

    editRequested = Signal(str)
    messagesRequested = Signal(str)
    sampleRequested = Signal(object)
    tapRequested = Signal(str)
    connectionRequested = Signal(object)

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(workspace, parent)
        self.verbs = Verbs(workspace)
        self.snaps = True
        self.minimap = Minimap(self.canvas, self)
        self.empty = EmptyState(self.viewport())  # a drag over it is one over the canvas
        self.hint = Hint(self)
        self.adder = Adder(self)
        self.hand = Hand(self)
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
        self.empty.tap.clicked.connect(lambda: self.tapRequested.emit(""))
        self.rename_line.renamed.connect(self.verbs.rename)
        self.canvas.synced.connect(self._place_overlays)
        workspace.ticked.connect(self._say_what_is_empty)
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

    def place_for(self, document: Document) -> Position:
        """Where there is room for one more node near the middle of the view."""
        sizes, middle = metrics(), self.visible_scene().center()
        return free_place(document, (middle.x() - sizes.width / 2, middle.y() - sizes.height / 2))

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
        if not self.hand.cancel():
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

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a gesture."""
        self.hint.hide()
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.hand.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with the gesture, or mark what is under the pointer."""
        if self.hand.gesture is None:
            self.hint.hide()
        self.hand.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the gesture."""
        self.hand.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Properties of what is there; search-and-add where nothing is."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        place = self.mapToScene(event.position().toPoint())
        item, seen = self.canvas.at(place), self.canvas.seen.at(place)
        if item is None and seen is not None:
            self.connectionRequested.emit(seen.program.connections[-1])
        elif item is None:
            self.search_add(place)
        else:
            self.workspace.select((item.item_id,))
            self.editRequested.emit(item.item_id)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll or zoom."""
        self.hint.hide()
        self.hand.wheel(event)
        event.accept()

    # Keys and focus

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The table of keys, the arrows, and Space for the hand."""
        if event.key() == Qt.Key.Key_Space:
            self.hand.hold_space(True)
        elif (run := self._keys.get(event.keyCombination())) is not None:
            run()
        elif not arrow(self, event):
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Space goes up."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.hand.hold_space(False)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab is search-and-add here; Shift+Tab leaves the canvas."""
        return False if forward else super().focusNextPrevChild(forward)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """A key that went down here may go up elsewhere."""
        self.hand.hold_space(False)
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
        seen = self.canvas.seen.at(place) if item is None else None
        if seen is not None:
            menu = menus.seen_menu(self, seen)
        else:
            menu = menus.menu_for(self, item.item_id if item is not None else None, place)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.viewport().mapToGlobal(self.mapFromScene(place)))

    def viewportEvent(self, event: QEvent) -> bool:
        """Tooltips in plain text."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            place = self.mapToScene(event.pos())
            item = self.canvas.at(place) or self.canvas.seen.at(place)
            if item is not None and self.hand.gesture is None:
                self.hint.say(describe(self.canvas, item), event.pos())
            return True
        if event.type() == QEvent.Type.Leave and self.hand.gesture is None:
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

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Nothing to undo. Qt's own would warn, because it never saw the drag enter."""

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
        self.hand.paint(painter)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep a fitted drawing fitted and the overlays in their places."""
        super().resizeEvent(event)
        self.resized()
        self._place_overlays()

    def _view_changed(self) -> None:
        self._show_map()
        if self.empty.isVisible():
            self.empty.centre()  # what lies on the viewport is scrolled along with the paper
        self.refresh()

    def _show_map(self) -> None:
        """Show the map where there is room for it and it is of use: never over a drawing that is in view as a whole."""
        room, view = self.viewport().rect(), self.visible_scene()
        roomy = room.width() >= LEAST_FOR_MAP[0] and room.height() >= LEAST_FOR_MAP[1]
        whole = view.contains(self.canvas.content())
        covered = self.mapToScene(self.minimap.geometry()).boundingRect()
        covers = whole and any(item.card.intersects(covered) for item in self.canvas.nodes.values())
        self.minimap.setVisible(bool(self.canvas.nodes) and roomy and not covers)
        self.minimap.show_view(view)

    def _place_overlays(self) -> None:
        room = self.viewport().rect()
        self.minimap.move(room.width() - self.minimap.width() - CORNER, room.height() - self.minimap.height() - CORNER)
        self._show_map()
        self.empty.setVisible(not self.canvas.nodes)
        self._say_what_is_empty()
        self.empty.centre()

    def _say_what_is_empty(self) -> None:
        self.empty.tell(opened=self.workspace.store.opened)
