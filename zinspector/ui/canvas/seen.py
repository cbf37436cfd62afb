"""Seen, not drawn: the programs that go through the relays of the drawing, beside them, with live links.

They come from the captured rows and are no part of the document: they can't be moved, wired or saved, only looked at
(and drawn for good, from their menu). Each keeps its slot beside its relay while it is there; slots that a drawn node
covers stay empty. When the drawing does not run, nothing is seen, unless a capture was opened: then all programs that
it tells of are.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtWidgets import QGraphicsScene

from zinspector.measure.rates import RateBook
from zinspector.topology.document import ExternalNode, Link
from zinspector.ui.canvas.face import Face
from zinspector.ui.canvas.link_item import LinkItem
from zinspector.ui.canvas.metrics import GRID, metrics
from zinspector.ui.canvas.node_item import NodeItem
from zinspector.ui.canvas.wires import both_ways
from zinspector.ui.taps.programs import Key, Program, programs
from zinspector.ui.workspace import Workspace

REFRESH_S = 0.25
REST = 20  # with thousands of connections: as many times as long as looking at them took
APART = 108.0  # between a relay and the programs beside it
GAP = 2 * GRID
SLOTS = 40
SPARK_SECONDS = 8.0
SAMPLES = 120  # half a minute of rates
MOST_RATES = 400


class SeenNode(NodeItem):
    """A program beside a relay. It looks like a node, and is none of the document."""

    def __init__(self, program: Program, place: QPointF, face: Face) -> None:
        drawn = ExternalNode(id="/".join(program.key), label=program.title, position=(place.x(), place.y()))
        super().__init__(drawn, face)
        self.program = program
        self.setZValue(0.8)


class SeenLink(LinkItem):
    """The wire between a program and its relay."""


class Seen:
    """Keeps the items of seen programs in step with the connections."""

    def __init__(self, scene: QGraphicsScene, workspace: Workspace) -> None:
        self.nodes: dict[Key, SeenNode] = {}
        self.links: dict[Key, SeenLink] = {}
        self._scene = scene
        self._workspace = workspace
        self._slots: dict[Key, int] = {}
        self._next = 0.0
        self._rates = RateBook(SAMPLES)
        self._totals: dict[str, tuple[int, int]] = {}
        self._counted: dict[int, tuple[int, int]] = {}

    def refresh(self, relays: dict[str, NodeItem], *, now: bool = False) -> bool:
        """Show the programs of now beside these items of relays; whether some came or went."""
        moment = time.monotonic()
        if moment < self._next and not now:
            return False
        workspace = self._workspace
        found: dict[Key, Program] = {}
        if relays and (workspace.running or workspace.store.opened):
            now_ns = time.time_ns() if workspace.running else None
            everything = programs(workspace.taps.book, workspace.document, now_ns)
            found = {program.key: program for program in everything if program.key[0] in relays}
        changed = found.keys() != self.nodes.keys()
        for gone in self.nodes.keys() - found.keys():
            self._drop(gone)
        self._count(found)
        for key, program in found.items():
            self._show(key, program, relays[key[0]])
        self._next = time.monotonic() + max(REFRESH_S, REST * (time.monotonic() - moment))
        return changed

    def follow(self, relays: dict[str, NodeItem]) -> None:
        """Stand beside the relays wherever they are now."""
        for key, item in self.nodes.items():
            if (relay := relays.get(key[0])) is not None:
                self._put(key, item, relay)

    def at(self, position: QPointF) -> SeenNode | None:
        """The program at a place in the scene."""
        return next((item for item in self.nodes.values() if item.card.contains(position)), None)

    def cards(self) -> Iterator[QRectF]:
        """What they cover."""
        return (item.card for item in self.nodes.values())

    # Inside

    def _show(self, key: Key, program: Program, relay: NodeItem) -> None:
        face = _face(program)
        item = self.nodes.get(key)
        if item is None:
            self._slots[key] = self._free_slot(key, relay)
            item = self.nodes[key] = SeenNode(program, self._place(key, relay), face)
            link = self.links[key] = SeenLink(Link(id="/".join(key), source=key[0], target=key[0]))
            self._scene.addItem(item)
            self._scene.addItem(link)
            self._put(key, item, relay)
        item.program = program
        item.set_face(face)
        link = self.links[key]
        link.set_look(program.mark, both_ways(program.mark), "")
        name = item.node.id
        rate = self._rates.rate(name).msg_s
        if program.past or key[0] in self._workspace.taps.paused:  # nothing is captured, so no rate is known
            link.set_rate(None)
            item.set_live(None, ())
            return
        link.set_rate(rate if program.live else None)
        item.set_live(rate, tuple(map(float, self._rates.history(name, SPARK_SECONDS)[1])))

    def _drop(self, key: Key) -> None:
        self._scene.removeItem(self.nodes.pop(key))
        self._scene.removeItem(self.links.pop(key))
        self._slots.pop(key, None)

    def _put(self, key: Key, item: SeenNode, relay: NodeItem) -> None:
        place = self._place(key, relay)
        if place != item.pos() or self.links[key].path.isEmpty():
            item.place(place)
            start, end = (item.outlet, relay.inlet) if key[1] == "left" else (relay.outlet, item.inlet)
            self.links[key].set_ends(start, end)

    def _place(self, key: Key, relay: NodeItem) -> QPointF:
        sizes = metrics()
        way = -1 if key[1] == "left" else 1
        down = _steps(self._slots[key]) * (sizes.height + GAP)
        return relay.pos() + QPointF(way * (sizes.width + APART), down)

    def _free_slot(self, key: Key, relay: NodeItem) -> int:
        taken = {slot for other, slot in self._slots.items() if other[:2] == key[:2]}
        free = [slot for slot in range(SLOTS) if slot not in taken]
        for slot in free:
            self._slots[key] = slot
            card = metrics().rect.translated(self._place(key, relay)).adjusted(-GRID, -GRID, GRID, GRID)
            if not any(card.intersects(other) for other in self._others(key)):
                return slot
        return free[0] if free else SLOTS

    def _others(self, key: Key) -> Iterator[QRectF]:
        rect = metrics().rect
        for node in self._workspace.document.nodes:
            if node.id != key[0]:
                yield rect.translated(QPointF(*node.position))
        yield from self.cards()

    def _count(self, found: dict[Key, Program]) -> None:
        """Add what came since the last time to each program's total: connections come and go, totals only grow.

        Totals of programs that have gone are kept: one that comes back goes on from its own.
        """
        if len(self._totals) > MOST_RATES or not found:
            self._rates, self._totals = RateBook(SAMPLES), {}
        counted = {}
        for key, program in found.items():
            name = "/".join(key)
            messages, size = self._totals.get(name, (0, 0))
            for one in program.connections:
                before = self._counted.get(id(one), (0, 0))
                counted[id(one)] = one.messages, one.bytes
                messages, size = messages + one.messages - before[0], size + one.bytes - before[1]
            self._totals[name] = messages, size
        self._counted = counted
        self._rates.update(time.monotonic_ns(), self._totals)


def _face(program: Program) -> Face:
    return Face(
        mark=program.mark,
        title=program.title,
        address="listens" if program.listens else "connects",
        subtitle=program.subtitle,
        subtitle_role="error" if program.health == "error" else "muted",
        health=program.health,
        inlet="linked" if program.key[1] == "right" else "",
        outlet="linked" if program.key[1] == "left" else "",
        dashed=True,
        seen=True,
    )


def _steps(slot: int) -> int:
    """0, 1, -1, 2, -2 ... : slots are filled from the relay's own height outwards."""
    return (slot + 1) // 2 * (1 if slot % 2 else -1)
