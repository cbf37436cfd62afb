"""The scene: one item per node and link, in step with the workspace by id.

After an edit only what differs is touched: nodes and links are immutable, so an item whose object is the same is the
same. While something runs, only what is visible is asked for its figures, a few times a second, and only what changed
is painted.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtWidgets import QGraphicsScene

from zinspector.doctor.finding import Finding
from zinspector.runtime.session import NodeState
from zinspector.topology.document import AnyNode, Document, ImportNode, Link, RelayNode
from zinspector.ui.canvas.face import Face
from zinspector.ui.canvas.faces import Facts, Marks, Note, gather, make_face, worst
from zinspector.ui.canvas.forwards import Forwards
from zinspector.ui.canvas.link_item import LinkItem
from zinspector.ui.canvas.metrics import metrics
from zinspector.ui.canvas.node_item import NodeItem
from zinspector.ui.canvas.seen import Seen, SeenLink, SeenNode
from zinspector.ui.canvas.tap_notes import tap_notes
from zinspector.ui.canvas.wires import Port, both_ways, end_type
from zinspector.ui.workspace import Workspace

Item = NodeItem | LinkItem
SEEN = (SeenNode, SeenLink)
SPARK_SECONDS = 8.0
REFRESH_S = 0.2  # rates are windows of a second; looking more often shows hardly more
MARGIN = 3000.0  # how far one may pan beyond the drawing


class CanvasScene(QGraphicsScene):
    """Shows the workspace's document.

    Signals:
        synced(): items were added, changed, moved or removed.
        seenChanged(): programs that are seen came or went.
    """

    synced = Signal()
    seenChanged = Signal()

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self.workspace = workspace
        self.nodes: dict[str, NodeItem] = {}
        self.links: dict[str, LinkItem] = {}
        self.facts = Facts()
        self.marks = Marks(selected=workspace.selection)
        self.states: Mapping[str, NodeState] = {}
        self.findings: dict[str, list[Finding]] = {}
        self._links_at: dict[str, list[LinkItem]] = {}
        self._refreshed = 0.0
        self.seen = Seen(self, workspace)
        self.forwards = Forwards(self)
        self.notes: dict[str, Note] = {}
        workspace.documentChanged.connect(self._document_changed)
        workspace.selectionChanged.connect(self._selection_changed)
        workspace.diagnosis.changed.connect(self._findings_changed)
        self.findings = _by_item(workspace.diagnosis.findings)
        self._sync(workspace.document)

    # In step with the document

    def _document_changed(self, _before: Document, after: Document) -> None:
        self._sync(after)

    def _sync(self, document: Document) -> None:
        self.facts = gather(document)
        wanted = {node.id: node for node in document.nodes}
        links = {link.id: link for link in document.links if link.source in wanted and link.target in wanted}
        self._drop(self.links, links.keys())
        self._drop(self.nodes, wanted.keys())
        moved = {node.id for node in wanted.values() if self._sync_node(node)}
        self._links_at = defaultdict(list)
        for link in links.values():
            item = self._sync_link(link, wanted, moved)
            self._links_at[link.source].append(item)
            self._links_at[link.target].append(item)
        self.seen.follow(self.nodes)
        self.forwards.follow(self.nodes)
        self._fit()

    def _fit(self) -> None:
        self.setSceneRect(self.content().adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN))
        self.synced.emit()

    def _drop(self, items: dict[str, NodeItem] | dict[str, LinkItem], wanted: Iterable[str]) -> None:
        for gone in items.keys() - set(wanted):
            self.removeItem(items.pop(gone))

    def _sync_node(self, node: AnyNode) -> bool:
        """Bring one item in step; whether links that end there must be drawn anew."""
        item = self.nodes.get(node.id)
        if item is None:
            item = self.nodes[node.id] = NodeItem(node, self._face(node))
            self.addItem(item)
            return True
        old = item.node
        if old is not node:
            item.set_node(node)
        item.set_face(self._face(node))
        return old is not node

    def _sync_link(self, link: Link, nodes: Mapping[str, AnyNode], moved: set[str]) -> LinkItem:
        item = self.links.get(link.id)
        fresh = item is None
        if item is None:
            item = self.links[link.id] = LinkItem(link)
            self.addItem(item)
        rewired = (item.link.source, item.link.target) != (link.source, link.target)
        if fresh or rewired or link.source in moved or link.target in moved:
            item.set_ends(self.nodes[link.source].outlet, self.nodes[link.target].inlet)
        item.set_link(link)
        mark = end_type(nodes[link.source], "outlet") or end_type(nodes[link.target], "inlet")
        item.set_look(mark or "", both_ways(mark), worst(self.findings.get(link.id, ())))
        item.set_marked(selected=link.id in self.marks.selected, hovered=link.id == self.marks.hovered)
        return item

    def _face(self, node: AnyNode) -> Face:
        state, findings = self.states.get(node.id), self.findings.get(node.id, ())
        return make_face(node, self.facts, state, findings, self.marks, self.notes.get(node.id))

    def content(self) -> QRectF:
        """What the nodes and the seen programs cover; empty when there are none."""
        rect = self.drawn()
        for item in self.seen.nodes.values():
            rect = rect.united(item.card)
        return rect

    def drawn(self) -> QRectF:
        """What the nodes of the drawing cover."""
        rect = QRectF()
        for item in self.nodes.values():
            rect = rect.united(item.card)
        return rect

    def shift(self, positions: Mapping[str, QPointF]) -> None:
        """Show nodes elsewhere while they are dragged; the document is as it was."""
        touched: dict[str, LinkItem] = {}
        for node_id, position in positions.items():
            if (item := self.nodes.get(node_id)) is not None:
                item.place(position)
                touched.update((link.link.id, link) for link in self._links_at.get(node_id, ()))
        self.seen.follow(self.nodes)
        self.forwards.follow(self.nodes)
        for link in touched.values():
            link.set_ends(self.nodes[link.link.source].outlet, self.nodes[link.link.target].inlet)

    # What is marked

    def _selection_changed(self, selection: frozenset[str]) -> None:
        touched = selection ^ self.marks.selected
        self.marks = replace(self.marks, selected=selection)
        self._remark(touched)

    def hover(self, item_id: str | None) -> None:
        """Mark what is under the pointer."""
        if item_id != self.marks.hovered:
            touched = {one for one in (item_id, self.marks.hovered) if one is not None}
            self.marks = replace(self.marks, hovered=item_id)
            self._remark(touched)

    def light(self, lit: Mapping[str, frozenset[str]] | None) -> None:
        """Light the ports where a wire may go and dim the nodes where it may not; None ends that."""
        self.marks = replace(self.marks, lit=lit)
        for node_id, item in self.nodes.items():
            item.set_dimmed(lit is not None and node_id not in lit)
        self._remark(self.nodes)

    def _remark(self, ids: Iterable[str]) -> None:
        for item_id in ids:
            if (node := self.nodes.get(item_id)) is not None:
                node.set_face(self._face(node.node))
            elif (link := self.links.get(item_id)) is not None:
                link.set_marked(selected=item_id in self.marks.selected, hovered=item_id == self.marks.hovered)

    def _findings_changed(self) -> None:
        before, self.findings = self.findings, _by_item(self.workspace.diagnosis.findings)
        touched = {one for one in before.keys() | self.findings.keys() if before.get(one) != self.findings.get(one)}
        self._remark(touched)
        for link_id in touched & self.links.keys():
            link = self.links[link_id]
            link.set_look(link.mark, link.both_ways, worst(self.findings.get(link_id, ())))

    # What runs

    def refresh(self, visible: QRectF, *, figures: bool = True, now: bool = False) -> bool:
        """Show the state of all and the rates of what is visible; whether it was time to.

        Without `figures` the nodes' rates are left out: from afar they can't be read.
        """
        moment = time.monotonic()
        if not now and moment - self._refreshed < REFRESH_S:
            return False
        self._refreshed = moment
        self._refresh_states()
        if self.seen.refresh(self._relays(), now=now):
            self._fit()
            self.seenChanged.emit()
        running, rates = self.workspace.running, self.workspace.live.rates
        for item in self.items(visible, Qt.ItemSelectionMode.IntersectsItemBoundingRect):
            if isinstance(item, SEEN):
                continue
            if isinstance(item, NodeItem) and figures:
                history = rates.history(item.node.id, SPARK_SECONDS)[1] if running else ()
                reads = isinstance(item.node, ImportNode) and not item.node.interface
                counted = running and not reads  # who reads a file counts rows, in words
                rate = rates.rate(item.node.id).msg_s if counted else None
                item.set_live(rate, tuple(map(float, history)))
            elif isinstance(item, LinkItem):
                item.set_rate(rates.rate(item.link.id).msg_s if running else None)
        return True

    def _refresh_states(self) -> None:
        before, self.states = self.states, self.workspace.live.states()
        told, self.notes = self.notes, tap_notes(self.workspace, self.states)
        changed = {one for one in before.keys() | self.states.keys() if before.get(one) != self.states.get(one)}
        changed |= {one for one in told.keys() | self.notes.keys() if told.get(one) != self.notes.get(one)}
        self._remark(changed)

    def _relays(self) -> dict[str, NodeItem]:
        return {one: item for one, item in self.nodes.items() if isinstance(item.node, RelayNode)}

    def item(self, item_id: str) -> Item | None:
        """The item that shows a node or link."""
        return self.nodes.get(item_id) or self.links.get(item_id)

    def at(self, position: QPointF) -> Item | None:
        """The node or link at a place in the scene, nodes first."""
        spot = QRectF(position.x() - 2, position.y() - 2, 4, 4)
        found = [
            item for item in self.items(spot, Qt.ItemSelectionMode.IntersectsItemShape) if not isinstance(item, SEEN)
        ]
        nodes: list[Item] = [item for item in found if isinstance(item, NodeItem)]
        return next(iter(nodes or [item for item in found if isinstance(item, LinkItem)]), None)

    def port_at(self, position: QPointF, reach: float) -> tuple[NodeItem, Port] | None:
        """The port within `reach` of a place, and its node."""
        spot = QRectF(position.x() - reach, position.y() - reach, 2 * reach, 2 * reach)
        near = spot.adjusted(-metrics().port, -metrics().port, metrics().port, metrics().port)
        for item in self.items(near, Qt.ItemSelectionMode.IntersectsItemBoundingRect):
            if isinstance(item, NodeItem) and not isinstance(item, SeenNode):
                if item.face.inlet and spot.contains(item.inlet):
                    return item, "inlet"
                if item.face.outlet and spot.contains(item.outlet):
                    return item, "outlet"
        return None


def _by_item(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    grouped: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        for item_id in {finding.node, finding.link} - {None}:
            grouped[str(item_id)].append(finding)
    return dict(grouped)
