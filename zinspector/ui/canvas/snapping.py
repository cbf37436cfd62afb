"""Where a dragged node comes to rest: in line with a neighbour when one is near, else on the grid."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF

from zinspector.ui.canvas.metrics import GRID

REACH = 7.0  # scene pixels within which an edge is drawn to another
OVERHANG = 18.0  # how far a guide reaches beyond the two cards


@dataclass(frozen=True)
class Snap:
    """What to add to a position, and the guides that say why."""

    shift: QPointF
    guides: tuple[QLineF, ...] = ()


def snap(card: QRectF, others: Iterable[QRectF]) -> Snap:
    """Draw `card` to the edges and middles of `others`, or to the grid."""
    near_x: tuple[float, QRectF] | None = None
    near_y: tuple[float, QRectF] | None = None
    for other in others:
        x, y = _nearest(_stops_x(card), _stops_x(other)), _nearest(_stops_y(card), _stops_y(other))
        if abs(x) <= REACH and (near_x is None or abs(x) < abs(near_x[0])):
            near_x = x, other
        if abs(y) <= REACH and (near_y is None or abs(y) < abs(near_y[0])):
            near_y = y, other
    shift = QPointF(
        near_x[0] if near_x else _to_grid(card.left()),
        near_y[0] if near_y else _to_grid(card.top()),
    )
    rest = card.translated(shift)
    guides = []
    if near_x:
        guides.append(_upright(rest, near_x[1]))
    if near_y:
        guides.append(_level(rest, near_y[1]))
    return Snap(shift, tuple(guides))


def _stops_x(rect: QRectF) -> tuple[float, float]:
    return rect.left(), rect.right()


def _stops_y(rect: QRectF) -> tuple[float, float]:
    return rect.center().y(), rect.top()


def _nearest(mine: tuple[float, float], theirs: tuple[float, float]) -> float:
    """The smallest way from one of my stops to the same stop of theirs."""
    return min((b - a for a, b in zip(mine, theirs, strict=True)), key=abs)


def _to_grid(value: float) -> float:
    return round(value / GRID) * GRID - value


def _upright(card: QRectF, other: QRectF) -> QLineF:
    x = card.left() if abs(card.left() - other.left()) < 1 else card.right()
    both = card.united(other)
    return QLineF(x, both.top() - OVERHANG, x, both.bottom() + OVERHANG)


def _level(card: QRectF, other: QRectF) -> QLineF:
    y, both = card.center().y(), card.united(other)
    return QLineF(both.left() - OVERHANG, y, both.right() + OVERHANG, y)
