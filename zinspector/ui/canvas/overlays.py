"""What lies over the canvas and stays there: the map in a corner, and the words on an empty canvas.

The map is only there where it is of use: never over a drawing that is in view as a whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from zinspector.ui.canvas.empty import EmptyState
from zinspector.ui.canvas.minimap import CORNER, Minimap

if TYPE_CHECKING:
    from zinspector.ui.canvas.view import CanvasView

LEAST_FOR_MAP = (460, 280)


class Overlays(QObject):
    """Keeps both in their places, whatever becomes of the drawing, the view and its size."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self.view = view
        self.minimap = Minimap(view.canvas, view)
        self.empty = EmptyState(view.viewport())  # a drag over it is one over the canvas
        self.minimap.movedTo.connect(view.centre_on)
        view.viewChanged.connect(self._view_changed)
        view.canvas.synced.connect(self.place)
        view.workspace.ticked.connect(self._say_what_is_empty)
        self.place()

    def place(self) -> None:
        """The canvas has another size, or shows something else."""
        room, size = self.view.viewport().rect(), self.minimap.size()
        self.minimap.move(room.width() - size.width() - CORNER, room.height() - size.height() - CORNER)
        self._show_map()
        self.empty.setVisible(not self.view.canvas.nodes)
        self._say_what_is_empty()
        self.empty.centre()

    def _view_changed(self) -> None:
        self._show_map()
        if self.empty.isVisible():
            self.empty.centre()  # what lies on the viewport is scrolled along with the paper

    def _show_map(self) -> None:
        view, nodes = self.view, self.view.canvas.nodes
        room, visible = view.viewport().rect(), view.visible_scene()
        roomy = room.width() >= LEAST_FOR_MAP[0] and room.height() >= LEAST_FOR_MAP[1]
        whole = visible.contains(view.canvas.content())
        covered = view.mapToScene(self.minimap.geometry()).boundingRect()
        covers = whole and any(item.card.intersects(covered) for item in nodes.values())
        self.minimap.setVisible(bool(nodes) and roomy and not covers)
        self.minimap.show_view(visible)

    def _say_what_is_empty(self) -> None:
        self.empty.tell(opened=self.view.workspace.store.opened)
