"""What the mouse does, one object a gesture: press, move, release, or cancel.

A gesture lives from press to release. Until release it shows what would be, on items only; `release` makes one edit,
`cancel` (Escape, or the focus went) leaves everything as it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QApplication

from zinspector.topology.edits import move_to
from zinspector.ui.canvas.link_item import LinkItem
from zinspector.ui.canvas.metrics import metrics
from zinspector.ui.canvas.node_item import NodeItem
from zinspector.ui.canvas.snapping import snap
from zinspector.ui.canvas.tips import describe
from zinspector.ui.theme import theme

if TYPE_CHECKING:
    from zinspector.ui.canvas.view import CanvasView

ADDING = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


@dataclass(frozen=True)
class Pointer:
    """Where the mouse is, on the viewport and in the scene, and which modifiers are held."""

    view: QPoint
    scene: QPointF
    modifiers: Qt.KeyboardModifier

    @property
    def adding(self) -> bool:
        """Ctrl or Shift: add to the selection."""
        return bool(self.modifiers & ADDING)


class Gesture:
    """One gesture on a canvas, which began at `start`."""

    cursor: Qt.CursorShape | None = None
    scrolls = True  # whether it scrolls the paper at the edges of the view

    def __init__(self, view: CanvasView, start: Pointer) -> None:
        self.view = view
        self.start = start
        self.began = False

    @property
    def gone(self) -> bool:
        """Whether what it began on is no longer drawn: another drawing came, or a key took it away."""
        return False

    def press(self) -> None:
        """The button went down at `start`."""

    def move(self, to: Pointer) -> None:
        """The pointer moved; small tremors are kept from `drag`."""
        far = (to.view - self.start.view).manhattanLength() >= QApplication.startDragDistance()
        self.began = self.began or far
        if self.began:
            self.drag(to)

    def drag(self, to: Pointer) -> None:
        """The pointer moved away from `start`."""

    def release(self, _at: Pointer) -> None:
        """The button went up."""

    def cancel(self) -> None:
        """Leave everything as it was."""

    def paint(self, painter: QPainter) -> None:
        """Draw what belongs to the gesture, in scene coordinates."""


class Pan(Gesture):
    """Drag the paper."""

    cursor = Qt.CursorShape.ClosedHandCursor
    scrolls = False

    def press(self) -> None:
        """Remember where the paper lies."""
        self._origin = self.view.scroll_position()

    def move(self, to: Pointer) -> None:
        """Keep the place under the pointer."""
        self.view.scroll_to(self._origin - (to.view - self.start.view))


class RubberBand(Gesture):
    """Select what a rectangle touches; a mere click selects nothing, but tells of a program that is only seen."""

    def press(self) -> None:
        """Start with what was selected if it is added to."""
        self._rect = QRectF()
        self._before = self.view.workspace.selection if self.start.adding else frozenset()
        if not self.start.adding:
            self.view.workspace.select(())

    def drag(self, to: Pointer) -> None:
        """Select as the band grows."""
        self._rect = QRectF(self.start.scene, to.scene).normalized()
        nodes = {one for one, item in self.view.canvas.nodes.items() if item.card.intersects(self._rect)}
        links = {
            one for one, item in self.view.canvas.links.items() if self._rect.contains(item.boundingRect().center())
        }
        self.view.workspace.select(self._before | nodes | links)
        self.view.viewport().update()

    def release(self, at: Pointer) -> None:
        """The selection stands."""
        seen = self.view.canvas.seen.at(at.scene)
        if seen is not None and not self.began:
            self.view.hint.say(describe(self.view.canvas, seen), at.view)
        self.view.viewport().update()

    def cancel(self) -> None:
        """The selection of before."""
        self.view.workspace.select(self._before)
        self.view.viewport().update()

    def paint(self, painter: QPainter) -> None:
        """The band."""
        colour = QColor(theme().colour("accent"))
        pen = QPen(colour, 1)
        pen.setCosmetic(True)
        painter.setPen(pen)
        colour.setAlpha(38)
        painter.setBrush(colour)
        painter.drawRect(self._rect)


class SelectLink(Gesture):
    """Select a link."""

    def __init__(self, view: CanvasView, start: Pointer, item: LinkItem) -> None:
        super().__init__(view, start)
        self.item = item

    def press(self) -> None:
        """Select it, or add it to what is selected, or take it from there."""
        workspace, link_id = self.view.workspace, self.item.item_id
        workspace.select(workspace.selection ^ {link_id} if self.start.adding else (link_id,))


class Move(Gesture):
    """Select a node, and drag it with all that is selected."""

    def __init__(self, view: CanvasView, start: Pointer, item: NodeItem) -> None:
        super().__init__(view, start)
        self.item = item
        self._origins: dict[str, QPointF] = {}
        self._others: list[QRectF] = []
        self._guides: tuple[QLineF, ...] = ()
        self._narrow = False

    @property
    def gone(self) -> bool:
        """Whether a node that it drags is."""
        nodes = self.view.canvas.nodes
        return self.item.node.id not in nodes or not self._origins.keys() <= nodes.keys()

    def press(self) -> None:
        """Select the node; if it is already, a click without a drag narrows the selection to it."""
        workspace, node_id = self.view.workspace, self.item.node.id
        if self.start.adding:
            workspace.select(workspace.selection ^ {node_id})
        elif node_id in workspace.selection:
            self._narrow = True
        else:
            workspace.select((node_id,))

    def _begin(self) -> None:
        nodes, selection = self.view.canvas.nodes, self.view.workspace.selection | {self.item.node.id}
        self._origins = {one: item.pos() for one, item in nodes.items() if one in selection}
        near = self.view.visible_scene()
        self._others = [
            item.card for one, item in nodes.items() if one not in self._origins and near.intersects(item.card)
        ]

    def drag(self, to: Pointer) -> None:
        """Show the nodes where they would be."""
        if not self._origins:
            self._begin()
        by = to.scene - self.start.scene
        self._guides = ()
        if self.view.snaps and not to.modifiers & Qt.KeyboardModifier.AltModifier:
            card = metrics().rect.translated(self._origins[self.item.node.id] + by)
            snapped = snap(card, self._others)
            by, self._guides = by + snapped.shift, snapped.guides
        self.view.canvas.shift({one: origin + by for one, origin in self._origins.items()})
        self.view.viewport().update()

    def release(self, _at: Pointer) -> None:
        """Put the nodes there, as one edit."""
        workspace = self.view.workspace
        if not self._origins:
            if self._narrow:
                workspace.select((self.item.node.id,))
            return
        places = {one: self.view.canvas.nodes[one].pos() for one in self._origins}
        positions = {one: (round(place.x(), 1), round(place.y(), 1)) for one, place in places.items()}
        workspace.edit("Move", move_to(workspace.document, positions))
        self.view.viewport().update()

    def cancel(self) -> None:
        """Back to where they were."""
        self.view.canvas.shift(self._origins)
        self.view.viewport().update()

    def paint(self, painter: QPainter) -> None:
        """The guides."""
        pen = QPen(theme().colour("accent"), 1, Qt.PenStyle.DashLine)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.drawLines(list(self._guides))
