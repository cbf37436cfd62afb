"""The menus of the right mouse button (and of the Menu key): on a node, on a link, on nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QPointF
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu

from zinspector.topology.document import AnyNode, ExternalNode, Link
from zinspector.topology.edits import Edge
from zinspector.ui.canvas.seen import SeenNode
from zinspector.ui.taps.book import can_pause
from zinspector.ui.taps.programs import REST

if TYPE_CHECKING:
    from zinspector.ui.canvas.view import CanvasView

SIDES: tuple[Edge, ...] = ("left", "right", "top", "bottom")
TRANSPORTS = ("tcp", "ipc", "inproc")


def menu_for(view: CanvasView, item_id: str | None, place: QPointF) -> QMenu:
    """The menu of an item, which becomes selected; or of what is seen at a place, or of the paper there."""
    document = view.workspace.document
    if item_id is not None and item_id not in view.workspace.selection:
        view.workspace.select((item_id,))
    node, link = document.node(item_id or ""), document.link(item_id or "")
    if node is not None:
        return node_menu(view, node)
    if link is not None:
        return link_menu(view, link)
    seen = view.canvas.seen.at(place)
    return seen_menu(view, seen) if seen is not None else paper_menu(view, place)


def node_menu(view: CanvasView, node: AnyNode) -> QMenu:
    """What can be done with a node, and with the selection it is part of."""
    menu, verbs = QMenu(view), view.verbs
    menu.addAction("Edit properties\tEnter", lambda: view.editRequested.emit(node.id))
    menu.addAction("Rename…\tF2", lambda: view.rename(node.id))
    menu.addAction("Show its messages", lambda: view.messagesRequested.emit(node.id))
    if isinstance(node, ExternalNode) and node.bind:
        menu.addAction("Tap it…", partial(view.tapRequested.emit, node.bind[0]))
    if can_pause(node) and view.workspace.running:
        taps = view.workspace.taps
        paused = node.id in taps.paused
        menu.addAction("Go on capturing" if paused else "Pause capture", partial(taps.pause, [node.id], not paused))
    menu.addSeparator()
    menu.addAction("Wire to…\tW", view.adder.wire)
    menu.addAction("Select connected", verbs.select_connected)
    menu.addSeparator()
    menu.addAction("Duplicate\tCtrl+D", verbs.duplicate)
    menu.addAction("Copy\tCtrl+C", verbs.copy)
    menu.addAction("Cut\tCtrl+X", verbs.cut)
    menu.addAction("Delete\tDel", verbs.delete)
    if len(view.workspace.selection) > 1:
        _arrange(menu.addMenu("Arrange"), view)
    _silence(menu, view, node)
    return menu


def _arrange(menu: QMenu, view: CanvasView) -> None:
    for side in SIDES:
        menu.addAction(f"Align {side}", partial(view.verbs.align, side))
    menu.addSeparator()
    menu.addAction("Distribute across", lambda: view.verbs.distribute("horizontal"))
    menu.addAction("Distribute down", lambda: view.verbs.distribute("vertical"))


def _silence(menu: QMenu, view: CanvasView, node: AnyNode) -> None:
    findings = view.canvas.findings.get(node.id, ())
    codes = {finding.code: finding.text for finding in findings if finding.node == node.id}
    if not codes and not node.silenced:
        return
    menu.addSeparator()
    for code, text in sorted(codes.items()):
        silence = partial(view.verbs.silence, node.id, *node.silenced, code)
        menu.addAction(f"Silence {code}: {_short(text)}", silence)
    if node.silenced:
        menu.addAction(f"Report {', '.join(node.silenced)} again", partial(view.verbs.silence, node.id))


def seen_menu(view: CanvasView, item: SeenNode) -> QMenu:
    """What can be done with a program that is seen and not drawn."""
    menu, program = QMenu(view), item.program
    newest = program.connections[-1]
    menu.addAction("Show its connection", lambda: view.connectionRequested.emit(newest))
    menu.addAction("Show the messages of its tap", lambda: view.messagesRequested.emit(newest.node))
    menu.addSeparator()
    draw = menu.addAction("Draw it", partial(view.verbs.draw_seen, program, item.node.position))
    draw.setEnabled(program.key[2] != REST)
    return menu


def link_menu(view: CanvasView, link: Link) -> QMenu:
    """Who binds, over which transport; and the rest."""
    menu, document = QMenu(view), view.workspace.document
    titles = {one: node.title if (node := document.node(one)) else one for one in (link.source, link.target)}
    binds: list[tuple[str, Literal["from", "to"] | None]] = [
        ("Whoever sensibly does", None),
        (titles[link.source], "from"),
        (titles[link.target], "to"),
    ]
    _choice(
        menu.addMenu("Who binds"),
        [(_short(title), end == link.binds, partial(view.verbs.set_binds, link.id, end)) for title, end in binds],
    )
    _choice(
        menu.addMenu("Transport"),
        [(one, one == link.transport, partial(view.verbs.set_transport, link.id, one)) for one in TRANSPORTS],
    )
    menu.addSeparator()
    menu.addAction("Turn round", partial(view.verbs.reverse, link.id))
    menu.addAction("Show its messages", lambda: view.messagesRequested.emit(link.id))
    menu.addAction("Edit properties\tEnter", lambda: view.editRequested.emit(link.id))
    menu.addSeparator()
    menu.addAction("Delete\tDel", view.verbs.delete)
    return menu


def paper_menu(view: CanvasView, place: QPointF) -> QMenu:
    """What can be done where nothing is."""
    menu = QMenu(view)
    menu.addAction("Add a node here…\tTab", lambda: view.adder.ask_kind(place))
    menu.addAction("Paste here\tCtrl+V", lambda: view.verbs.paste((place.x(), place.y())))
    menu.addSeparator()
    menu.addAction("Select all\tCtrl+A", view.verbs.select_all)
    menu.addAction("Tidy up\tCtrl+L", view.verbs.auto_layout)
    menu.addAction("Fit\tF", view.fit)
    menu.addAction("Actual size\tCtrl+0", view.zoom_reset)
    return menu


def _choice(menu: QMenu, entries: list[tuple[str, bool, Callable[[], None]]]) -> None:
    group = QActionGroup(menu)
    for title, checked, run in entries:
        action = menu.addAction(title.replace("&", "&&"), run)
        action.setCheckable(True)
        action.setChecked(checked)
        group.addAction(action)


def _short(text: str) -> str:
    shown = text if len(text) < 48 else f"{text[:46]}…"
    return shown.replace("&", "&&").replace("\n", " ").replace("\t", " ")
