"""What one end of a connection has told about itself, as far as its bytes went.

`ready` says that its handshake is over, or that nobody can tell any more (a gap, a stop); `seen` that there were bytes
of it. Topics are counted all, but only the first `MOST_TOPICS` different ones are kept by name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

MOST_TOPICS: Final = 4096
KEPT_TOPIC: Final = 256


@dataclass(slots=True)
class Peer:
    """One end. `version` is the one it speaks here; `socket_type` and `identity` are None where they weren't told."""

    version: tuple[int, int] | None = None
    mechanism: str | None = None
    socket_type: str | None = None
    identity: bytes | None = None
    properties: dict[str, bytes] = field(default_factory=dict)
    subscriptions: dict[bytes, int] = field(default_factory=dict)
    subscription_count: int = 0
    seen: bool = False
    ready: bool = False

    def subscribe(self, topic: bytes) -> None:
        """A SUBSCRIBE came of this end; libzmq counts equal ones."""
        self.subscription_count += 1
        topic = topic[:KEPT_TOPIC]
        if topic in self.subscriptions or len(self.subscriptions) < MOST_TOPICS:
            self.subscriptions[topic] = self.subscriptions.get(topic, 0) + 1

    def cancel(self, topic: bytes) -> None:
        """A CANCEL came of this end."""
        self.subscription_count = max(0, self.subscription_count - 1)
        topic = topic[:KEPT_TOPIC]
        left = self.subscriptions.get(topic, 0) - 1
        if left > 0:
            self.subscriptions[topic] = left
        else:
            self.subscriptions.pop(topic, None)
