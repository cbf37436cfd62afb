"""Adding: where on this canvas a node goes, what the search popup offers, and what happens with the choice.

Three questions use the same popup: which node to add here, which node to add at the end of a wire, and which of the
drawn nodes to wire the selected one to.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF

from zinspector.topology.document import AnyNode, Document, Position
from zinspector.ui.canvas import words
from zinspector.ui.canvas.kinds import kinds
from zinspector.ui.canvas.metrics import metrics
from zinspector.ui.canvas.search_add import Choice, SearchAdd
from zinspector.ui.canvas.verbs import free_place
from zinspector.ui.canvas.wires import Port, Proposal, linked, propose

if TYPE_CHECKING:
    from zinspector.ui.canvas.view import CanvasView

PORTS: tuple[Port, Port] = ("outlet", "inlet")


class Adder:
    """Asks, and adds."""

    def __init__(self, view: CanvasView) -> None:
        self.view = view
        self.popup = SearchAdd(view)
        self._then: Callable[[str], object] = lambda _: None
        self.popup.chosen.connect(self._chosen)

    def _chosen(self, key: str) -> None:
        self._then(key)

    def add(self, key: str, at: QPointF | None = None) -> str:
        """Place a kind (`PUB`, `queue` ...) at `at`, or where there is room near the middle of the view; its id."""
        place = self.place_for(self.view.workspace.document) if at is None else self.view.snapped(at)
        node_id = self.view.verbs.add(key, place)
        self.view.reveal(node_id)
        return node_id

    def place_for(self, document: Document) -> Position:
        """Where there is room for one more node near the middle of the view."""
        sizes, middle = metrics(), self.view.visible_scene().center()
        return free_place(document, (middle.x() - sizes.width / 2, middle.y() - sizes.height / 2))

    def ask_kind(self, at: QPointF | None = None) -> None:
        """Offer every kind, to be placed at `at` in the scene, by default under the pointer."""
        self.view.hint.hide()
        at = at if at is not None else self.view.pointer_place()
        self._then = lambda key: self.add(key, at)
        choices = [Choice.of_kind(kind) for kind in kinds().values()]
        self.popup.open_with(choices, self.view.mapFromScene(at), "Add a node: PUB, worker, proxy …")

    def ask_end(self, at: QPointF, start: AnyNode, port: Port) -> None:
        """Offer the kinds that can be at the other end of a wire from `port`; placed with that port at `at`."""
        fitting = [
            kind
            for kind in kinds().values()
            if not propose(start, port, kind.make("", (0.0, 0.0)), frozenset()).problem
        ]
        sizes = metrics()
        corner = at - (sizes.inlet if port == "outlet" else sizes.outlet)
        place = self.view.snapped(corner)
        self._then = lambda key: self.view.verbs.add_linked(key, place, start.id, port)
        self.popup.open_with(
            [Choice.of_kind(kind) for kind in fitting],
            self.view.mapFromScene(at),
            f"Add a node that {start.title} can be wired to",
        )

    def wire(self) -> None:
        """Wire the two selected nodes, or ask what the one selected node should be wired to."""
        workspace = self.view.workspace
        chosen = [one for one in workspace.document.nodes if one.id in workspace.selection]
        if len(chosen) == 1:
            self._ask_wire(chosen[0])
        else:
            self.view.verbs.link_selected()

    def _ask_wire(self, start: AnyNode) -> None:
        """Offer the drawn nodes that a node can be wired to."""
        document = self.view.workspace.document
        already = linked(document, start.id)
        wires: dict[str, Proposal] = {}
        choices = []
        for node in document.nodes:
            fit = next((wire for port in PORTS if not (wire := propose(start, port, node, already)).problem), None)
            if fit is not None:
                wires[node.id] = fit
                choices.append(_node_choice(node, outward=fit.source == start.id))
        if not choices:
            self.view.workspace.message.emit(f"Nothing drawn can be wired to {start.title}", "info")
            return
        self._then = lambda key: self.view.verbs.link(wires[key].source, wires[key].target)
        spot = self.view.mapFromScene(self.view.canvas.nodes[start.id].outlet)
        self.popup.open_with(choices, spot, f"Wire {start.title} to …")


def _node_choice(node: AnyNode, *, outward: bool) -> Choice:
    mark = words.mark(node)
    text = f"{node.title} {mark}".lower()

    def rank(parts: list[str]) -> int | None:
        return sum(text.index(part) for part in parts) if all(part in text for part in parts) else None

    return Choice(node.id, node.title, f"{'→' if outward else '←'} {mark}", mark, rank)
