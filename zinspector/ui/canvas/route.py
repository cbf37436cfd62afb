"""The way of a link from port to port: a gentle curve forwards, and around the cards where it must run back.

A link leaves to the right and arrives from the left. One that ends further left would cross both its cards; it turns
beside them instead, and runs back along a lane in the gap above or below the row that it leaves.
"""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QLineF, QPointF
from PySide6.QtGui import QPainterPath

from zinspector.ui.canvas.metrics import GRID, metrics

TURN = 2 * GRID  # how far beside a port a link turns
LANE = GRID  # between a card and the lane along it
CORNER = 10.0  # the radius of a turn


def route(start: QPointF, end: QPointF) -> QPainterPath:
    """The path between these places in the scene, an outlet and an inlet."""
    return _curve(start, end) if start.x() <= end.x() else _around(start, end)


def _curve(start: QPointF, end: QPointF) -> QPainterPath:
    across, down = end.x() - start.x(), end.y() - start.y()
    reach = max(min(48.0, abs(down)), across * 0.5, 1.0)  # Qt makes no curve of one point
    path = QPainterPath(start)
    path.cubicTo(QPointF(start.x() + reach, start.y()), QPointF(end.x() - reach, end.y()), end)
    return path


def _around(start: QPointF, end: QPointF) -> QPainterPath:
    right, left, lane = start.x() + TURN, end.x() - TURN, _lane(start.y(), end.y())
    turns = QPointF(right, start.y()), QPointF(right, lane), QPointF(left, lane), QPointF(left, end.y())
    path = QPainterPath(start)
    for (before, turn), (_, after) in pairwise(pairwise((start, *turns, end))):
        path.lineTo(_towards(turn, before))
        path.quadTo(turn, _towards(turn, after))
    path.lineTo(end)
    return path


def _lane(start: float, end: float) -> float:
    """The height to run back at: beside the row that is left, on the side of the end, or below both cards."""
    beside = metrics().height / 2 + LANE
    if abs(end - start) >= 2 * beside:
        return start + beside if end > start else start - beside
    return max(start, end) + beside


def _towards(turn: QPointF, other: QPointF) -> QPointF:
    """Where a rounded turn begins or ends on the line to another turn, which may need its half."""
    line = QLineF(turn, other)
    line.setLength(min(CORNER, line.length() / 2))
    return line.p2()
