"""The canvas from afar: thousands of nodes and links, painted in a few calls.

Below `FAR_SCALE` no text could be read, so the items stand aside: nodes become rectangles and links straight lines,
gathered by colour and handed to Qt in one call each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from zinspector.ui.canvas.link_item import LinkItem
from zinspector.ui.canvas.metrics import metrics
from zinspector.ui.canvas.node_item import NodeItem
from zinspector.ui.theme import theme

WIDE = 2.6  # links above this width carry hundreds of messages a second


def paint_far(painter: QPainter, visible: QRectF, nodes: Iterable[NodeItem], links: Iterable[LinkItem]) -> None:
    """Paint what is visible, links first."""
    _paint_links(painter, visible, links)
    _paint_nodes(painter, visible, nodes)


def _paint_links(painter: QPainter, visible: QRectF, links: Iterable[LinkItem]) -> None:
    lines: dict[tuple[str, bool], list[QLineF]] = defaultdict(list)
    chosen: list[QLineF] = []
    for link in links:
        if not visible.intersects(link.boundingRect()):
            continue
        line = QLineF(link.polyline.first(), link.polyline.last())
        if link.selected:
            chosen.append(line)
        lines[link.mark, link.width > WIDE].append(line)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for (mark, wide), batch in lines.items():
        colour = QColor(theme().pattern(mark))
        colour.setAlpha(255 if wide else 130)
        painter.setPen(_cosmetic(colour, 1))
        painter.drawLines(batch)
    if chosen:
        painter.setPen(_cosmetic(theme().colour("accent"), 3))
        painter.drawLines(chosen)


def _paint_nodes(painter: QPainter, visible: QRectF, nodes: Iterable[NodeItem]) -> None:
    bodies: list[QRectF] = []
    bands: dict[str, list[QRectF]] = defaultdict(list)
    outlines: dict[str, list[QRectF]] = defaultdict(list)
    width, height = metrics().width, metrics().height
    for node in nodes:
        at: QPointF = node.pos()
        body = QRectF(at.x(), at.y(), width, height)
        if not visible.intersects(body):
            continue
        bodies.append(body)
        bands[node.face.mark].append(QRectF(at.x(), at.y(), width, height * 0.5))
        if node.face.selected:
            outlines["accent"].append(body)
        elif node.face.badge == "error" or node.face.health == "error":
            outlines["error"].append(body)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme().colour("line"))
    painter.drawRects(bodies)
    for mark, batch in bands.items():
        painter.setBrush(theme().pattern(mark))
        painter.drawRects(batch)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for role, batch in outlines.items():
        painter.setPen(_cosmetic(theme().colour(role), 2))
        painter.drawRects(batch)


def _cosmetic(colour: QColor, width: float) -> QPen:
    pen = QPen(colour, width)
    pen.setCosmetic(True)
    return pen
