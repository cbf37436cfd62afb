"""The paper: scroll and zoom, the dotted ground, and the choice between items and the picture from afar.

Zoom keeps a given place where it is. A freshly opened drawing is kept fitted while the window finds its size, until
the user first moves or zooms. What comes by itself (taps, the programs at them) is brought into view only until then,
and never at a scale at which it can't be read.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF, QTransform
from PySide6.QtWidgets import QFrame, QGraphicsView, QWidget

from zinspector.topology.document import Document
from zinspector.ui.canvas.far import paint_far
from zinspector.ui.canvas.metrics import FAR_SCALE, FULL_SCALE, GRID, metrics
from zinspector.ui.canvas.scene import CanvasScene
from zinspector.ui.theme import switch, theme
from zinspector.ui.workspace import Workspace

LEAST, MOST, STEP = 0.04, 3.0, 1.2
READABLE = 0.7  # the least scale that the view takes by itself
FIT_MARGIN = 40
DOTS_APART = 2 * GRID
LATER_MS = 300


class Paper(QGraphicsView):
    """A view of a CanvasScene that knows nothing of editing.

    Signals:
        viewChanged(): another part of the scene came into view, or at another scale.
    """

    viewChanged = Signal()

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.workspace = workspace
        self.canvas = CanvasScene(workspace)
        self.canvas.setParent(self)
        self.setScene(self.canvas)
        self.zoom = 1.0
        self._fitted = True
        self._least = 0.0  # the scale that the view is fitted at, at least
        self._moved = False  # whether the user has zoomed or moved since everything was fitted
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        # With live rates all nodes change at once: clipping by a hundred rectangles costs more than painting one.
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.BoundingRectViewportUpdate)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontAdjustForAntialiasing)
        self.setCacheMode(QGraphicsView.CacheModeFlag.CacheBackground)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        workspace.documentChanged.connect(self._document_changed)
        workspace.ticked.connect(self._ticked)
        workspace.runningChanged.connect(lambda _: self.refresh())
        self._later = QTimer(self, singleShot=True, interval=LATER_MS)
        self._later.timeout.connect(self.refresh)
        workspace.taps.changed.connect(self._taps_changed)
        switch().changed.connect(self._theme_changed)
        self.canvas.seenChanged.connect(self._seen_changed)
        if self.canvas.nodes:
            self.fit()

    # Scale and place

    def zoom_to(self, scale: float, keep: QPoint | None = None) -> None:
        """Show the drawing at `scale`; the place at `keep` in the viewport (its middle) stays put."""
        scale = max(LEAST, min(MOST, scale))
        spot = keep if keep is not None else self.viewport().rect().center()
        place = self.mapToScene(spot)
        self._fitted, self._moved = False, True
        self.zoom = scale
        self.setTransform(QTransform.fromScale(scale, scale))
        moved = self.mapFromScene(place) - spot
        self._scroll(self.scroll_position() + moved)

    def zoom_in(self) -> None:
        """A step closer."""
        self.zoom_to(self.zoom * STEP)

    def zoom_out(self) -> None:
        """A step back."""
        self.zoom_to(self.zoom / STEP)

    def zoom_reset(self) -> None:
        """100 %."""
        self.zoom_to(1.0)

    def fit(self) -> None:
        """Show everything, at 100 % at most."""
        self._fit(0.0)

    def welcome(self, item_id: str) -> None:
        """Show what came: with all the rest, or by itself where the user has chosen what to see."""
        if self._moved:
            self.reveal(item_id)
        else:
            self._fit(min(READABLE, self.zoom))

    def _seen_changed(self) -> None:
        if self._fitted and not self._moved and self.canvas.nodes:
            self._fit(min(READABLE, self.zoom))

    def _fit(self, least: float) -> None:
        """Show everything, or as much as there is room for at `least`: the middle of what is drawn."""
        content = self.canvas.content()
        room = self.viewport().rect().adjusted(FIT_MARGIN, FIT_MARGIN, -FIT_MARGIN, -FIT_MARGIN)
        scale = 1.0
        if not content.isEmpty() and room.width() >= 1 and room.height() >= 1:
            scale = min(1.0, room.width() / content.width(), room.height() / content.height())
        self.zoom_to(max(scale, least))
        self.centerOn(content.center() if scale >= least else self.canvas.drawn().center())
        self._fitted, self._moved, self._least = True, False, least
        self.viewChanged.emit()

    def reveal(self, item_id: str) -> None:
        """Bring a node or a link into view, large enough to read."""
        item = self.canvas.nodes.get(item_id) or self.canvas.links.get(item_id)
        if item is None:
            return
        if self.zoom < FAR_SCALE:
            self.zoom_to(1.0)
        bounds = item.sceneBoundingRect()
        if not self.visible_scene().contains(bounds):
            self._fitted = False
            self.ensureVisible(bounds, FIT_MARGIN, FIT_MARGIN)
            self.viewChanged.emit()

    def centre_on(self, place: QPointF) -> None:
        """Put a place of the scene in the middle."""
        self._fitted, self._moved = False, True
        self.centerOn(place)
        self.viewChanged.emit()

    def scroll_position(self) -> QPoint:
        """Where the paper lies."""
        return QPoint(self.horizontalScrollBar().value(), self.verticalScrollBar().value())

    def scroll_to(self, position: QPoint) -> None:
        """Lay the paper elsewhere."""
        self._fitted, self._moved = False, True
        self._scroll(position)

    def scroll_by(self, across: float, down: float) -> None:
        """Move the view over the paper by pixels."""
        self.scroll_to(self.scroll_position() + QPoint(round(across), round(down)))

    def _scroll(self, position: QPoint) -> None:
        self.horizontalScrollBar().setValue(position.x())
        self.verticalScrollBar().setValue(position.y())
        self.viewChanged.emit()

    def visible_scene(self, part: QRect | None = None) -> QRectF:
        """The part of the scene that is in view, or under a part of the viewport."""
        return self.mapToScene(part or self.viewport().rect()).boundingRect()

    @property
    def far(self) -> bool:
        """Whether the drawing is so small that it is painted without items."""
        return self.zoom < FAR_SCALE

    # In step

    def _document_changed(self, before: Document, after: Document) -> None:
        history = self.workspace.history
        if not (history.can_undo or history.can_redo):  # just opened
            self.fit()
        elif before.nodes != after.nodes:
            self._fitted = False
        self.refresh()

    def _ticked(self) -> None:
        if self.isVisible() and self.canvas.refresh(self.visible_scene(), figures=self.zoom >= FULL_SCALE) and self.far:
            self.viewport().update()

    def _taps_changed(self) -> None:
        if not self.workspace.running and not self._later.isActive():  # nothing ticks while a capture is read
            self._later.start()

    def refresh(self) -> None:
        """Show the figures of now, without waiting for the next tick."""
        self.canvas.refresh(self.visible_scene(), figures=self.zoom >= FULL_SCALE, now=True)
        if self.far:
            self.viewport().update()

    def _theme_changed(self) -> None:
        self.resetCachedContent()
        self.canvas.update()
        self.viewport().update()

    def resized(self) -> None:
        """The viewport has another size."""
        if self._fitted and self.canvas.nodes:
            self._fit(self._least)

    # Painting

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """The ground and its dots, fewer of them when zoomed out."""
        painter.fillRect(rect, theme().colour("window"))
        step = DOTS_APART
        while step * self.zoom < DOTS_APART * 0.7:
            step *= 2
        left, top = int(rect.left() // step), int(rect.top() // step)
        right, bottom = int(rect.right() // step) + 1, int(rect.bottom() // step) + 1
        dots = [QPointF(x * step, y * step) for x in range(left, right + 1) for y in range(top, bottom + 1)]
        pen = QPen(theme().colour("line"), 1.6)
        pen.setCosmetic(True)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawPoints(QPolygonF(dots))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Items, or from afar the whole picture at once."""
        if not self.far:
            super().paintEvent(event)
            return
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), theme().colour("window"))
        painter.setWorldTransform(self.viewportTransform())
        visible = self.visible_scene(event.rect()).adjusted(-metrics().width, 0, metrics().width, 0)
        seen = self.canvas.seen
        nodes = (*self.canvas.nodes.values(), *seen.nodes.values())
        paint_far(painter, visible, nodes, (*self.canvas.links.values(), *seen.links.values()))
        self.drawForeground(painter, visible)
