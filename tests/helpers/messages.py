"""One captured message, made by hand."""

from __future__ import annotations

from zinspector.capture.message import Message


def message(*frames: bytes, **fields: object) -> Message:
    """A message that a SUB received from a PUB, or as `fields` say."""
    sizes = tuple(map(len, frames))
    values: dict[str, object] = {
        **{"n": 1, "time_ns": 10**18, "node": "a", "link": None, "connection": None, "direction": "in"},
        **{"kind": "message", "name": None, "from_type": "PUB", "to_type": "SUB", "size": sum(sizes)},
        **{"frames": frames, "true_sizes": sizes, "anomalies": ()},
    }
    return Message(**{**values, **fields})
