"""What a running tap says on its node while all is well: its connections, the delay it adds, or that it is paused."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from statistics import median

from zinspector.runtime.session import NodeState
from zinspector.topology.document import RelayNode
from zinspector.ui.canvas.faces import Note
from zinspector.ui.canvas.words import plural
from zinspector.ui.taps.words import delay_text
from zinspector.ui.workspace import Workspace

PAUSED: Note = ("‖ capture paused", "warn")


def tap_notes(workspace: Workspace, states: Mapping[str, NodeState]) -> dict[str, Note]:
    """The notes of the nodes that have one, by node id."""
    taps = workspace.taps
    notes = {node_id: PAUSED for node_id in taps.paused if node_id in states}
    relays = [node.id for node in workspace.document.nodes if isinstance(node, RelayNode) and node.id in states]
    if not relays:
        return notes
    delays: dict[str, list[float]] = defaultdict(list)
    for (node_id, _), delay in taps.delays().items():
        delays[node_id].append(delay)
    for node_id in relays:
        state = states[node_id]
        if state.peers and node_id not in notes:
            added = f" · +{delay_text(median(delays[node_id]))}" if delays[node_id] else ""
            notes[node_id] = (f"{plural(state.peers, 'connection')}{added}", "muted")
    return notes
