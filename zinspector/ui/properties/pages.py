"""Which pages the panel shows for a selection: a title each, and what is on it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import QWidget

from zinspector.topology import edits
from zinspector.topology.document import ExternalNode, ProxyNode, SocketNode, UnknownNode
from zinspector.ui.properties.document_form import DocumentForm
from zinspector.ui.properties.link_form import LinkForm
from zinspector.ui.properties.live import LinkLive, NodeLive
from zinspector.ui.properties.node_forms import ExternalForm, ProxyForm, TapForm, UnknownForm
from zinspector.ui.properties.option_model import Values
from zinspector.ui.properties.options import OptionsTable, SideOptions
from zinspector.ui.properties.several_form import SeveralForm
from zinspector.ui.properties.socket_form import SocketForm
from zinspector.ui.workspace import Workspace

SETUP, OPTIONS, LIVE = "Set-up", "Options", "Live"


def key(workspace: Workspace) -> tuple[object, ...]:
    """What decides on the pages: they are made anew when this changes."""
    selection = workspace.selection
    if len(selection) != 1:
        return (min(len(selection), 2),)
    (chosen,) = selection
    node = workspace.document.node(chosen)
    return chosen, type(node), node if isinstance(node, UnknownNode) else None


def pages(workspace: Workspace) -> dict[str, QWidget]:
    """The pages for the present selection, by title."""
    if not workspace.selection:
        return {SETUP: DocumentForm(workspace), OPTIONS: _context_options(workspace)}
    if len(workspace.selection) > 1:
        return {SETUP: SeveralForm(workspace)}
    (chosen,) = workspace.selection
    if workspace.document.link(chosen) is not None:
        return {SETUP: LinkForm(workspace, chosen), LIVE: LinkLive(workspace, chosen)}
    return _node_pages(workspace, chosen)


def _node_pages(workspace: Workspace, chosen: str) -> dict[str, QWidget]:
    node = workspace.document.node(chosen)
    sides = ("frontend", "backend")
    match node:
        case SocketNode():
            return {
                SETUP: SocketForm(workspace, chosen),
                OPTIONS: _socket_options(workspace, chosen),
                LIVE: NodeLive(workspace, chosen),
            }
        case ProxyNode():
            return {
                SETUP: ProxyForm(workspace, chosen),
                OPTIONS: SideOptions({side: _side_options(workspace, chosen, side) for side in sides}),
                LIVE: NodeLive(workspace, chosen),
            }
        case ExternalNode():
            return {SETUP: ExternalForm(workspace, chosen)}
        case UnknownNode():
            return {SETUP: UnknownForm(workspace, node)}
        case _:
            return {SETUP: TapForm(workspace, chosen)}


def _context_options(workspace: Workspace) -> OptionsTable:
    def write(label: str, values: Values) -> None:
        workspace.edit(label, edits.set_document(workspace.document, context=dict(values)))

    return OptionsTable(None, lambda: workspace.document.context, write)


def _socket_options(workspace: Workspace, node_id: str) -> OptionsTable:
    def node() -> Any:
        return workspace.document.node(node_id)

    def write(label: str, values: Values) -> None:
        workspace.edit(label, edits.set_field(workspace.document, node_id, options=dict(values)))

    return OptionsTable(lambda: node().type, lambda: node().options, write)


def _side_options(workspace: Workspace, node_id: str, name: str) -> OptionsTable:
    def side() -> Any:
        return getattr(workspace.document.node(node_id), name)

    def write(label: str, values: Values) -> None:
        changed = replace(side(), options=dict(values))
        workspace.edit(f"{label} of the {name}", edits.set_field(workspace.document, node_id, **{name: changed}))

    return OptionsTable(lambda: side().type, lambda: side().options, write)
