"""How long the canvas takes to repaint while every node and link has a new rate, against bare rectangles.

One JSON line: milliseconds a repaint (median and 95th percentile), and the ratio to a QGraphicsScene of as many plain
rectangles that change colour, in the same run.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QGraphicsScene, QGraphicsView

from zinspector.topology.document import Behaviour, Document, Link, SocketNode
from zinspector.ui import theme
from zinspector.ui.canvas.view import CanvasView
from zinspector.ui.workspace import Workspace

SIZE = (1600, 900)
FRAMES = 40
WARM_UP = 400  # snapshots of rates from before: a run of some minutes
STEP_NS = 125_000_000


def drawing(count: int) -> Document:
    """`count` nodes in pairs, PUSH to PULL, in a grid of the window's proportions."""
    columns = max(2, round((count * 1.2) ** 0.5) // 2 * 2)
    nodes, links = [], []
    for i in range(count):
        place = (i % columns * 252.0, i // columns * 132.0)
        kind, does = ("PUSH", "generate") if i % 2 == 0 else ("PULL", "sink")
        nodes.append(SocketNode(id=f"n{i}", type=kind, position=place, behaviour=Behaviour(does)))
        if i % 2:
            links.append(Link(id=f"l{i}", source=f"n{i - 1}", target=f"n{i}"))
    return Document(nodes=tuple(nodes), links=tuple(links))


def milliseconds(frame: Callable[[int], None]) -> dict[str, float]:
    """Median and 95th percentile of `frame`."""
    taken = []
    for i in range(FRAMES):
        start = time.perf_counter()
        frame(i)
        taken.append((time.perf_counter() - start) * 1e3)
    taken = sorted(taken[3:])
    return {"p50": round(statistics.median(taken), 2), "p95": round(taken[int(len(taken) * 0.95)], 2)}


def baseline(count: int) -> dict[str, float]:
    """Plain rectangles that all change colour."""
    scene = QGraphicsScene()
    columns = round((count * 1.2) ** 0.5)
    items = [scene.addRect(i % columns * 252, i // columns * 132, 184, 96) for i in range(count)]
    view = QGraphicsView(scene)
    view.resize(*SIZE)
    view.show()
    QApplication.processEvents()
    view.fitInView(scene.sceneRect())

    def frame(i: int) -> None:
        for item in items:
            item.setBrush(QColor.fromHsv((i * 9) % 360, 120, 200))
        QApplication.processEvents()

    result = milliseconds(frame)
    view.close()
    return result


def canvas(count: int, zoom: float | None) -> dict[str, float]:
    """The real canvas with real rates, fitted or at a zoom."""
    workspace = Workspace()
    view = CanvasView(workspace)
    view.resize(*SIZE)
    view.show()
    workspace.edit("Draw", drawing(count))
    QApplication.processEvents()
    view.fit()
    if zoom is not None:
        view.zoom_to(zoom)
    workspace.live.running = True  # the picture of a run without its sockets
    totals = {item.id: 0 for item in (*workspace.document.nodes, *workspace.document.links)}
    ids = {one: number for number, one in enumerate(totals)}

    def tick(i: int) -> None:
        for one, number in ids.items():
            totals[one] += (number * 37 + i * 101) % 5000
        workspace.live.rates.update(i * STEP_NS, {one: (total, total * 100) for one, total in totals.items()})

    for i in range(WARM_UP):
        tick(i)
    taken = []
    for i in range(WARM_UP, WARM_UP + FRAMES):
        tick(i)
        start = time.perf_counter()
        view.refresh()
        QApplication.processEvents()
        taken.append((time.perf_counter() - start) * 1e3)
    taken = sorted(taken[8:])
    workspace.live.running = False
    view.close()
    return {
        "zoom": round(view.zoom, 2),
        "p50": round(statistics.median(taken), 2),
        "p95": round(taken[int(len(taken) * 0.95)], 2),
    }


def figures() -> dict[str, object]:
    """All figures of this bench."""
    bare, bare_many = baseline(500), baseline(2000)
    fitted, many = canvas(500, None), canvas(2000, None)
    return {
        "bench": "canvas",
        "bare_500_ms": bare,
        "bare_2000_ms": bare_many,
        "nodes_500_fit_ms": fitted,
        "nodes_500_readable_ms": canvas(500, 0.65),
        "nodes_500_full_ms": canvas(500, 1.0),
        "nodes_2000_fit_ms": many,
        "nodes_2000_fit_fps": round(1000 / many["p50"], 1),
        "nodes_2000_middle_ms": canvas(2000, 0.3),
        "ratio_500": round(fitted["p50"] / bare["p50"], 2),
        "ratio_2000": round(many["p50"] / bare_many["p50"], 2),
    }


@pytest.mark.bench
def test_canvas() -> None:
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    theme.apply(app, "dark")
    result = figures()
    print(json.dumps(result))
    assert result["nodes_500_fit_ms"]["p50"] < 33
    assert result["nodes_2000_fit_ms"]["p50"] < 33


if __name__ == "__main__":
    application = QApplication([])
    theme.apply(application, "dark")
    print(json.dumps(figures()))
