"""The canvas from afar: thousands of nodes and links, painted in a few calls.

Below `FAR_SCALE` no text could be read, so the items stand aside: nodes become rectangles and links straight lines,
gathered by colour and handed to Qt in one call each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from zinspector.ui.canvas.link_item import LinkItem
from zinspector.ui.canvas.node_item import NodeItem
from zinspector.ui.theme import theme

WIDE = 2.6  # links above this width carry hundreds of messages a second


def paint_far(painter: QPainter, visible: QRectF, nodes: Iterable[NodeItem], links: Iterable[LinkItem]) -> None:
    """Paint what is visible, links first."""
    _paint_links(painter, [link for link in links if visible.intersects(link.bounds)])
    _paint_nodes(painter, [node for node in nodes if visible.intersects(node.card)])


def _paint_links(painter: QPainter, links: list[LinkItem]) -> None:
    batches: dict[tuple[str, bool], list[QLineF]] = defaultdict(list)
    for link in links:
        batches[link.mark, link.width > WIDE].append(link.chord)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for (mark, wide), lines in batches.items():
        colour = QColor(theme().pattern(mark))
        colour.setAlpha(255 if wide else 130)
        painter.setPen(_cosmetic(colour, 1))
        painter.drawLines(lines)
    if chosen := [link.chord for link in links if link.selected]:
        painter.setPen(_cosmetic(theme().colour("accent"), 3))
        painter.drawLines(chosen)


def _paint_nodes(painter: QPainter, nodes: list[NodeItem]) -> None:
    batches: dict[str, list[QRectF]] = defaultdict(list)
    outlines: dict[str, list[QRectF]] = defaultdict(list)
    for node in nodes:
        face = node.face
        batches[face.mark].append(node.band)
        if face.selected:
            outlines["accent"].append(node.card)
        elif face.badge == "error" or face.health == "error":
            outlines["error"].append(node.card)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme().colour("line"))
    painter.drawRects([node.card for node in nodes])
    for mark, bands in batches.items():
        painter.setBrush(theme().pattern(mark))
        painter.drawRects(bands)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for role, cards in outlines.items():
        painter.setPen(_cosmetic(theme().colour(role), 2))
        painter.drawRects(cards)


def _cosmetic(colour: QColor, width: float) -> QPen:
    pen = QPen(colour, width)
    pen.setCosmetic(True)
    return pen
