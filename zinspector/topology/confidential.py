"""What a drawing knows that is nobody else's business: passwords and secret keys among the options of its sockets.

A topology file holds them, since its sockets need them. The drawing that travels with captured messages, to whom they
are shown, does without.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from zinspector.topology.document import AnyNode, Document, OptionValue, ProxyNode, ProxySide, SocketNode

SECRETS = frozenset({"PLAIN_PASSWORD", "CURVE_SECRETKEY", "SOCKS_PASSWORD"})


def without_secrets(document: Document) -> Document:
    """The document without options that hold a secret; itself where there is none."""
    nodes = tuple(_node(node) for node in document.nodes)
    return document if nodes == document.nodes else replace(document, nodes=nodes)


def _node(node: AnyNode) -> AnyNode:
    if isinstance(node, SocketNode):
        return replace(node, options=_open(node.options))
    if isinstance(node, ProxyNode):
        return replace(node, frontend=_side(node.frontend), backend=_side(node.backend))
    return node


def _side(side: ProxySide) -> ProxySide:
    return replace(side, options=_open(side.options))


def _open(options: Mapping[str, OptionValue]) -> dict[str, OptionValue]:
    return {name: value for name, value in options.items() if name.upper() not in SECRETS}
