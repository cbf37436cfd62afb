"""A link can be followed by eye from port to port, also where it runs back: no part of it lies behind its cards."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

from zinspector.topology.document import Behaviour, Document, Link, SocketNode
from zinspector.ui.canvas.metrics import metrics
from zinspector.ui.canvas.route import route
from zinspector.ui.canvas.view import CanvasView

PLACES = st.integers(-900, 900).map(float)


def points(path: QPainterPath) -> list[QPointF]:
    return [path.pointAtPercent(i / 400) for i in range(401)]


def hidden(path: QPainterPath, cards: list[QRectF]) -> bool:
    inner = [card.adjusted(1, 1, -1, -1) for card in cards]
    return any(card.contains(point) for card in inner for point in points(path))


@pytest.mark.parametrize("there", [(-300, 0), (-600, 0), (-300, 40), (-300, -70), (0, 130), (-20, -180), (-500, 400)])
def test_a_link_that_runs_back_goes_around_its_cards(there: tuple[float, float]) -> None:
    sizes = metrics()
    source, target = sizes.rect, sizes.rect.translated(QPointF(*there))
    assert not hidden(route(sizes.outlet, sizes.inlet + QPointF(*there)), [source, target])


@given(PLACES, PLACES)
def test_a_link_leaves_to_the_right_and_arrives_from_the_left(across: float, down: float) -> None:
    start, end = QPointF(), QPointF(across, down)
    path = route(start, end)
    assert path.pointAtPercent(0) == start
    assert path.currentPosition() == end
    assert path.pointAtPercent(0.002).x() >= start.x() - 0.01
    assert path.pointAtPercent(0.998).x() <= end.x() + 0.01


def test_a_card_between_them_in_the_row_does_not_hide_it() -> None:
    sizes = metrics()
    cards = [sizes.rect.translated(x, 0) for x in (600, 300, 0)]
    assert not hidden(route(sizes.outlet + QPointF(600, 0), sizes.inlet), cards)


def test_it_is_seen_and_hit_on_its_lane(open_view: Callable[[Document], CanvasView]) -> None:
    view = open_view(
        Document(
            nodes=(
                SocketNode(id="pub", type="PUB", position=(400, 60), behaviour=Behaviour("manual")),
                SocketNode(id="sub", type="SUB", position=(60, 60), subscriptions=("",)),
            ),
            links=(Link(id="l", source="pub", target="sub"),),
        )
    )
    link = view.canvas.links["l"]
    lane = link.middle
    assert lane.y() > view.canvas.nodes["pub"].card.bottom()
    assert view.canvas.at(lane) is link
    spot = view.mapFromScene(lane)
    around = [view.grab().toImage().pixelColor(spot.x(), spot.y() + dy) for dy in range(-3, 4)]
    assert any(colour.blue() > 120 for colour in around), "the line is not there"
