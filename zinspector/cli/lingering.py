"""What becomes of a relay's connections when it ends, told to who ended it."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from zinspector.runtime.addresses import takes_over, to_connect
from zinspector.runtime.counts import NodeState
from zinspector.runtime.lingering import Lingering
from zinspector.topology.document import Document, RelayNode


def tell_cut(document: Document, states: Mapping[str, NodeState], cuts: Mapping[str, int]) -> None:
    """Say where programs have to go now whose connections were cut; `states` tells where they had gone."""
    for node in document.nodes:
        many = cuts.get(node.id, 0)
        if isinstance(node, RelayNode) and many and not takes_over(node.listen, node.target):
            cut = "1 connection was cut and finds" if many == 1 else f"{many} connections were cut and find"
            (here, _) = to_connect(states[node.id].addresses[0])
            text = (
                f"{cut} nobody at {here} any more: let its program connect to {node.target} again"
                " (a REQ that waited for a reply waits for ever: restart it)"
            )
            print(f"zinspector: {node.id}: {text}", file=sys.stderr)


def wait(lingering: Lingering | None) -> None:
    """Wait until connections that outlive the relay of a path that was taken over have ended; Ctrl-C cuts them."""
    if lingering is None:
        return
    many, grace = lingering.connections, lingering.grace_s
    goes, them = ("1 connection goes", "it") if many == 1 else (f"{many} connections go", "them")
    text = f"new connections go direct again; {goes} on through the relay, unseen, for {grace:g} s at most"
    try:
        print(f"zinspector: {text} (Ctrl-C cuts {them}, and the program connects again)", file=sys.stderr, flush=True)
        lingering.wait()
    except KeyboardInterrupt:
        lingering.cut()
