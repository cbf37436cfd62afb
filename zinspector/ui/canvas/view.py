"""The canvas as the user has it: the mouse becomes gestures (see `hand`), the keyboard becomes verbs.

Escape cancels a gesture. Every change of the document goes through `verbs`, what is added goes through `adder`.
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
from zinspector.topology.document import Position
from zinspector.ui.canvas.adder import Adder
from zinspector.ui.canvas.chip import kind_of
from zinspector.ui.canvas.hand import Hand
from zinspector.ui.canvas.hint import Hint
from zinspector.ui.canvas.keys import arrow, key_table
from zinspector.ui.canvas.kinds import kinds
from zinspector.ui.canvas.menus import menu_for
from zinspector.ui.canvas.metrics import GRID, metrics
from zinspector.ui.canvas.overlays import Overlays
from zinspector.ui.canvas.paper import Paper
from zinspector.ui.canvas.rename import RenameLine
from zinspector.ui.canvas.tips import describe
from zinspector.ui.canvas.verbs import Verbs
from zinspector.ui.workspace import Workspace

SAMPLE = "resources/samples/weather.zin.json"
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
        self.overlays = Overlays(self)
        self.hint = Hint(self)
        self.adder = Adder(self)
        self.hand = Hand(self)
        self.rename_line = RenameLine(self)
        self._keys = key_table(self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAcceptDrops(True)
        self.viewport().setMouseTracking(True)
        self.setAccessibleName("Canvas")
        self.viewChanged.connect(self.refresh)
        empty = self.overlays.empty
        empty.sample.clicked.connect(lambda: self.sampleRequested.emit(shipped(SAMPLE)))
        empty.add.clicked.connect(lambda: self.adder.ask_kind(self.visible_scene().center()))
        empty.tap.clicked.connect(lambda: self.tapRequested.emit(""))
        self.rename_line.renamed.connect(self.verbs.rename)

    # Commands

    def paste(self) -> None:
        """Paste at the pointer, or beside the originals when it is elsewhere."""
        place = self.pointer_place() if self.viewport().underMouse() else None
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

    def pointer_place(self) -> QPointF:
        """The place in the scene under the pointer, or in the middle when it is elsewhere."""
        room = self.viewport().rect()
        spot = self.viewport().mapFromGlobal(QCursor.pos())
        return self.mapToScene(spot if room.contains(spot) else room.center())

    def snapped(self, place: QPointF) -> Position:
        """A place for a node's corner, on the grid when nodes snap."""
        if not self.snaps:
            return place.x(), place.y()
        return round(place.x() / GRID) * GRID, round(place.y() / GRID) * GRID

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
        self.hint.hide()
        place = self.mapToScene(event.position().toPoint())
        item, seen = self.canvas.at(place), self.canvas.seen.at(place)
        if item is None and seen is not None:
            self.connectionRequested.emit(seen.program.connections[-1])
        elif item is None:
            self.adder.ask_kind(place)
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
        menu = menu_for(self, item.item_id if item is not None else None, place)
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

    # Painting and size

    def drawForeground(self, painter: QPainter, _rect: QRectF | QRect) -> None:
        """What the gesture draws."""
        self.hand.paint(painter)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep a fitted drawing fitted and the overlays in their places."""
        super().resizeEvent(event)
        self.resized()
        self.overlays.place()
