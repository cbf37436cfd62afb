"""Messages as lines of JSON: contract 4.2 of the design."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from zinspector.capture.message import Message

Decode = Callable[[Message], list[dict[str, Any]]]


def lines(messages: Iterable[Message], decode: Decode | None = None) -> Iterator[str]:
    """One JSON object a message, without line ends. `decode` fills `decoded` with {frame, decoder, value} objects."""
    for message in messages:
        yield json.dumps(message.as_json(decode(message) if decode is not None else ()), ensure_ascii=True)
