"""Which pages the panel shows for a selection: a title each, and what is on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtWidgets import QWidget

from zinspector.topology import edits
from zinspector.topology.document import ExternalNode, ImportNode, ProxyNode, SocketNode, SpyNode, UnknownNode
from zinspector.ui.properties.document_form import DocumentForm
from zinspector.ui.properties.link_form import LinkForm
from zinspector.ui.properties.live import LinkLive, NodeLive
from zinspector.ui.properties.node_forms import ExternalForm, ProxyForm, UnknownForm
from zinspector.ui.properties.option_model import Values
from zinspector.ui.properties.options import OptionsTable, SideOptions
from zinspector.ui.properties.several_form import SeveralForm
from zinspector.ui.properties.socket_form import SocketForm
from zinspector.ui.properties.tap_forms import TapForm
from zinspector.ui.properties.tap_live import TapLive
from zinspector.ui.workspace import Workspace

Page = Callable[[], QWidget]
SETUP, OPTIONS, LIVE = "Set-up", "Options", "Live"


def key(workspace: Workspace) -> tuple[object, ...]:
    """What decides on the pages: they are made anew when this changes."""
    selection = workspace.selection
    if len(selection) != 1:
        return (min(len(selection), 2),)
    (chosen,) = selection
    node = workspace.document.node(chosen)
    sniffs = isinstance(node, ImportNode) and bool(node.interface)
    return chosen, type(node), sniffs, node if isinstance(node, UnknownNode) else None


def pages(workspace: Workspace) -> dict[str, Page]:
    """How to make each page for the present selection, by title; only those that are looked at are made."""
    if not workspace.selection:
        return {SETUP: partial(DocumentForm, workspace), OPTIONS: partial(_context_options, workspace)}
    if len(workspace.selection) > 1:
        return {SETUP: partial(SeveralForm, workspace)}
    (chosen,) = workspace.selection
    if workspace.document.link(chosen) is not None:
        return {SETUP: partial(LinkForm, workspace, chosen), LIVE: partial(LinkLive, workspace, chosen)}
    return _node_pages(workspace, chosen)


def _node_pages(workspace: Workspace, chosen: str) -> dict[str, Page]:
    node = workspace.document.node(chosen)
    match node:
        case SocketNode():
            return {
                SETUP: partial(SocketForm, workspace, chosen),
                OPTIONS: partial(_socket_options, workspace, chosen),
                LIVE: partial(NodeLive, workspace, chosen),
            }
        case ProxyNode():
            return {
                SETUP: partial(ProxyForm, workspace, chosen),
                OPTIONS: partial(_proxy_options, workspace, chosen),
                LIVE: partial(NodeLive, workspace, chosen),
            }
        case ExternalNode():
            return {SETUP: partial(ExternalForm, workspace, chosen)}
        case UnknownNode():
            return {SETUP: partial(UnknownForm, workspace, node)}
        case SpyNode():
            return {SETUP: partial(TapForm, workspace, chosen), LIVE: partial(NodeLive, workspace, chosen)}
        case _:
            return {SETUP: partial(TapForm, workspace, chosen), LIVE: partial(TapLive, workspace, chosen)}


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


def _proxy_options(workspace: Workspace, node_id: str) -> SideOptions:
    return SideOptions({side: _side_options(workspace, node_id, side) for side in ("frontend", "backend")})


def _side_options(workspace: Workspace, node_id: str, name: str) -> OptionsTable:
    def side() -> Any:
        return getattr(workspace.document.node(node_id), name)

    def write(label: str, values: Values) -> None:
        changed = replace(side(), options=dict(values))
        workspace.edit(f"{label} of the {name}", edits.set_field(workspace.document, node_id, **{name: changed}))

    return OptionsTable(lambda: side().type, lambda: side().options, write)
