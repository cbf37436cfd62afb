"""What libzmq's options make impossible, told before anything runs: names and values that it would refuse."""

from __future__ import annotations

from collections.abc import Iterator

from zinspector.doctor.finding import Finding
from zinspector.errors import OptionError
from zinspector.runtime.options import convert, find
from zinspector.topology.document import AnyNode, Document, ProxyNode, SocketNode


def refused_options(document: Document) -> list[Finding]:
    """Z100 for each option of a node that can't be set on a socket of its type."""
    return [finding for node in document.nodes for finding in _of_node(node)]


def _of_node(node: AnyNode) -> Iterator[Finding]:
    sides = (
        [node] if isinstance(node, SocketNode) else [node.frontend, node.backend] if isinstance(node, ProxyNode) else []
    )
    for side in sides:
        for name, value in side.options.items():
            try:
                convert(find(name, side.type), value)
            except OptionError as error:
                yield Finding("Z100", "error", error.text, node.id, remedy=error.remedy)
