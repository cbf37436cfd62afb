"""A relay that the worker runs, or should: where it listens, and how it goes by what the worker tells of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from zinspector.runtime.counts import NodeState
from zinspector.topology.document import RelayNode


@dataclass
class RunningRelay:
    """`link` is the one that its rows carry, `counted_links` are those that nobody else counts (`wires`)."""

    node: RelayNode
    link: str | None
    counted_links: tuple[str, ...] = ()
    address: str = ""
    """Where it really listens, from when it was first opened."""
    open: bool = False
    refused: bool = False
    """Whether the target refused the last client. The rows of the capture are what the doctor knows it from."""
    delays: dict[int, float] = field(default_factory=dict)
    """What each open connection is delayed by us, us, by its number."""
    told: dict[str, Any] = field(default_factory=dict)
    """What the worker counted last, from when it opened the relay; empty where it has told nothing yet."""

    def key(self, step: str) -> str:
        """The key of a finding about it."""
        return f"{self.node.id} relay {step}"

    def take(self, now: dict[str, Any]) -> tuple[int, int]:
        """Take what the worker counts now; returns how many messages and bytes it relayed since it told last."""
        before, self.told = self.told, now
        for number, delay in now["delays"].items():
            if delay is None:
                self.delays.pop(int(number), None)
            else:
                self.delays[int(number)] = delay
        if now["connections"]:
            self.refused = False
        elif now["refusals"] > before.get("refusals", 0):
            self.refused = True
        return now["messages"] - before.get("messages", 0), now["bytes"] - before.get("bytes", 0)

    def state(self, *, paused: bool) -> NodeState:
        """How it is, unless it could not be opened. `paused`: its messages are not recorded."""
        if not self.open:
            return NodeState(self.node.id, "waiting", text="its process starts")
        peers = int(self.told.get("connections", 0))
        text = f"{self.node.target} refuses clients" if self.refused else "" if peers else "no connection"
        if paused:
            text = "capture is paused"
        return NodeState(self.node.id, "ok" if peers else "waiting", (self.address,), peers, text)
