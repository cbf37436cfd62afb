"""What can be done to the selection and to single items, each as one undoable edit.

A verb makes a new document, mostly with `topology.edits`, and hands it to the workspace. It knows nothing of pixels
on the screen but the size of a node.
"""

from __future__ import annotations

from typing import Literal

from PySide6.QtGui import QGuiApplication

from zinspector.errors import UserError
from zinspector.topology import edits
from zinspector.topology.document import Document, Position
from zinspector.topology.layout import layered
from zinspector.ui.canvas import clipboard
from zinspector.ui.canvas.kinds import kinds
from zinspector.ui.canvas.metrics import GRID, metrics
from zinspector.ui.canvas.wires import Port, linked, propose
from zinspector.ui.taps.programs import Program, draw
from zinspector.ui.workspace import Workspace

Axis = Literal["horizontal", "vertical"]
AXES: dict[Axis, Literal["across", "down"]] = {"horizontal": "across", "vertical": "down"}


class Verbs:
    """Edits of one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    @property
    def _document(self) -> Document:
        return self._workspace.document

    # Nodes and links

    def add(self, key: str, position: Position) -> str:
        """Place a node of a kind; its id."""
        node_id, document = _made(self._document, key, position)
        self._workspace.edit(f"Add {kinds()[key].title}", document)
        self._workspace.select((node_id,))
        return node_id

    def add_linked(self, key: str, position: Position, start_id: str, port: Port) -> str:
        """Place a node of a kind, wired to `port` of a node, as one edit; its id."""
        node_id, document = _made(self._document, key, position)
        start, end = document.node(start_id), document.node(node_id)
        if start is not None and end is not None:
            wire = propose(start, port, end, frozenset())
            document = edits.connect(document, wire.source, wire.target)
        self._workspace.edit(f"Add {kinds()[key].title} and link", document)
        self._workspace.select((node_id,))
        return node_id

    def draw_seen(self, program: Program, position: Position) -> None:
        """Draw a program that is seen at a relay, where it stands, linked to the relay."""
        document, node_id = draw(self._document, program, position)
        self._workspace.edit("Draw a program", document)
        self._workspace.select((node_id,))

    def link(self, source: str, target: str) -> None:
        """Wire two nodes and select the link."""
        document = edits.connect(self._document, source, target)
        if document is not self._document:
            self._workspace.edit("Link", document)
            self._workspace.select((document.links[-1].id,))

    def link_selected(self) -> None:
        """Wire the two selected nodes, whichever way round fits; say why if neither does."""
        chosen = [node for node in self._document.nodes if node.id in self._workspace.selection]
        if len(chosen) != 2:
            self._workspace.message.emit("Select one node or two to wire them", "info")
            return
        first, second = sorted(chosen, key=lambda node: node.position)
        already = linked(self._document, first.id)
        outward, inward = propose(first, "outlet", second, already), propose(first, "inlet", second, already)
        wire = inward if outward.problem and not inward.problem else outward
        if wire.problem:
            self._workspace.message.emit(wire.problem, "warning")
        else:
            self.link(wire.source, wire.target)

    def delete(self) -> None:
        """Remove what is selected, and the links of removed nodes."""
        if self._workspace.selection:
            self._workspace.edit("Delete", edits.remove(self._document, self._workspace.selection))

    def rename(self, node_id: str, label: str) -> None:
        """Give a node another label; an empty one shows its id."""
        self._workspace.edit("Rename", edits.rename(self._document, node_id, label.strip()))

    def silence(self, node_id: str, *codes: str) -> None:
        """Stop reporting these findings on a node, and report all others again."""
        label = f"Silence {', '.join(codes)}" if codes else "Report all findings"
        self._workspace.edit(label, edits.set_field(self._document, node_id, silenced=tuple(sorted(set(codes)))))

    def set_transport(self, link_id: str, transport: str) -> None:
        """Carry a link over another transport, at a free address."""
        document = edits.set_link(self._document, link_id, transport=transport, endpoint=None)
        self._workspace.edit(f"Use {transport}", document)

    def set_binds(self, link_id: str, end: Literal["from", "to"] | None) -> None:
        """Choose which end of a link binds; None: the one that sensibly does."""
        self._workspace.edit("Choose who binds", edits.set_link(self._document, link_id, binds=end))

    def reverse(self, link_id: str) -> None:
        """Turn a link round."""
        self._workspace.edit("Turn round", edits.reverse(self._document, link_id))

    # Selection

    def select_all(self) -> None:
        """Select every node and link."""
        self._workspace.select([item.id for item in (*self._document.nodes, *self._document.links)])

    def select_connected(self) -> None:
        """Add everything that is linked, however far, to the selected nodes."""
        reached: set[str] = set(self._workspace.selection)
        edge = list(reached)
        while edge:
            item_id = edge.pop()
            link = self._document.link(item_id)
            ends = {link.source, link.target} if link else set()
            found = ends | {near.id for near in self._document.links_of(item_id)}
            edge += found - reached
            reached |= found
        self._workspace.select(reached)

    def select_next(self, step: int) -> str | None:
        """Select the next node in reading order, or the one before; its id."""
        ids = [node.id for node in sorted(self._document.nodes, key=lambda node: node.position)]
        if not ids:
            return None
        here = next((i for i, one in enumerate(ids) if one in self._workspace.selection), -1 if step > 0 else 0)
        chosen = ids[(here + step) % len(ids)]
        self._workspace.select((chosen,))
        return chosen

    # Copies

    def copy(self) -> bool:
        """Put the selected nodes and the links between them on the clipboard; whether there were any."""
        text = clipboard.to_text(self._document, self._workspace.selection)
        if text:
            QGuiApplication.clipboard().setText(text)
        return bool(text)

    def cut(self) -> None:
        """Copy and delete."""
        if self.copy():
            self.delete()

    def paste(self, at: Position | None = None) -> None:
        """Add the nodes on the clipboard, beside their originals or with their top left at a place."""
        try:
            document, added = clipboard.from_text(self._document, QGuiApplication.clipboard().text(), at)
        except UserError:
            self._workspace.message.emit("The clipboard holds no nodes of a topology", "info")
            return
        self._workspace.edit("Paste", document)
        self._workspace.select(added)

    def duplicate(self) -> None:
        """Add copies of the selected nodes and of the links between them."""
        document, added = edits.duplicate(self._document, self._workspace.selection)
        if added:
            self._workspace.edit("Duplicate", document)
            self._workspace.select(added)

    # Places

    def nudge(self, across: float, down: float) -> None:
        """Move the selected nodes a little; nudges in a row are one step of undo."""
        chosen = self._workspace.selection
        key = f"nudge {sorted(chosen)}"
        self._workspace.edit("Move", edits.move(self._document, chosen, across, down), merge_key=key)

    def align(self, side: edits.Edge) -> None:
        """Put the selected nodes in line with the outermost of them."""
        self._workspace.edit(f"Align {side}", edits.align(self._document, self._workspace.selection, side))

    def distribute(self, axis: Axis) -> None:
        """Put equal gaps between the selected nodes; the outermost stay."""
        self._workspace.edit("Distribute", edits.distribute(self._document, self._workspace.selection, AXES[axis]))

    def auto_layout(self) -> None:
        """Lay all nodes out in layers, from senders to receivers."""
        self._workspace.edit("Tidy up", edits.move_to(self._document, layered(self._document)))


def _made(document: Document, key: str, position: Position) -> tuple[str, Document]:
    kind = kinds()[key]
    node = kind.make(edits.new_id(document, kind.stem), position)
    return node.id, document.with_node(node)


def free_place(document: Document, near: Position) -> Position:
    """A place on the grid at or right below `near` where a node covers no other."""
    x, y = (round(value / GRID) * GRID for value in near)
    width, height = metrics().width + GRID, metrics().height + GRID
    while any(abs(node.position[0] - x) < width and abs(node.position[1] - y) < height for node in document.nodes):
        y += GRID
    return x, y
