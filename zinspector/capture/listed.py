"""Rows of a batch that are no part of a block: what the wire parser found one by one, and what taps tell.

Their frames are collected as bytes, each with its true size; those longer than `max_frame` keep only their head.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

import pyarrow as pa

from zinspector.capture.constant import nulls
from zinspector.capture.schema import SCHEMA, Kind
from zinspector.capture.writer import NONE, Vocabulary
from zinspector.zmtp.events import Command, Event, Gap, Greeting, Handshake, Message, NotZmtp, Stopped

KINDS: Final[tuple[Kind, ...]] = ("message", "command", "handshake", "event")


class Listed:
    """The rows, in order. `at`: where they are among all rows; `places`: where their frames are among all frames."""

    def __init__(self, max_frame: int, kinds: Vocabulary, names: Vocabulary) -> None:
        self._max_frame = max_frame
        self._kind_codes = {kind: kinds.code(kind) for kind in KINDS}
        self._name_codes = names
        self.clear()

    def __len__(self) -> int:
        return len(self.at)

    def clear(self) -> None:
        """Begin another batch."""
        self.at: list[int] = []
        self.kinds: list[int] = []
        self.names: list[int] = []
        self.counts: list[int] = []
        self.places: list[int] = []
        self.bodies: list[bytes] = []
        self.sizes: list[int] = []
        self._cut: dict[int, list[int]] = {}
        self._anomalies: dict[int, list[str]] = {}

    @property
    def message_code(self) -> int:
        """The code of messages among the kinds."""
        return self._kind_codes["message"]

    def add(self, event: Event, row: int, frame: int) -> int:
        """A row, which comes `row`-th with its first frame `frame`-th; returns how many frames it has."""
        match event:
            case Message():
                frames = self._message(event, row, frame)
            case Command():
                frames = self._single("command", event.name, event.data, row, frame, event.size)
            case Handshake():
                frames = self._single("handshake", event.name, event.data, row, frame)
            case Greeting():
                frames = self._single("handshake", "GREETING", event.data, row, frame)
            case Gap():
                seen = "bytes" if event.size is None else f"{event.size} bytes"
                frames = self.tell("GAP", f"{seen} were not seen", {"size": event.size}, row, frame)
            case NotZmtp():
                frames = self.tell("NOT_ZMTP", event.text, {"protocol": event.protocol}, row, frame)
            case Stopped():
                frames = self.tell("STOPPED", event.reason, None, row, frame)
        if event.anomalies:
            self._anomalies[row] = [str(each) for each in event.anomalies]
        return frames

    def tell(self, name: str, text: str, details: Mapping[str, object] | None, row: int, frame: int) -> int:
        """A row of a sentence, and details as JSON; returns how many frames it has."""
        frames = [
            text.encode("utf-8", "backslashreplace"),
            *([] if details is None else [json.dumps(details).encode()]),
        ]
        self.bodies += frames
        self.sizes += map(len, frames)
        return self._list("event", name, len(frames), row, frame)

    def _message(self, message: Message, row: int, frame: int) -> int:
        for body, size in zip(message.frames, message.true_sizes, strict=True):
            head = body if len(body) <= self._max_frame else body[: self._max_frame]
            if len(head) < size:
                self._cut[row] = list(message.true_sizes)
            self.bodies.append(head)
            self.sizes.append(size)
        return self._list("message", None, len(message.frames), row, frame)

    def _single(self, kind: Kind, name: str, data: bytes, row: int, frame: int, size: int = 0) -> int:
        """A row of one frame; `size` is its true length where only its head is there."""
        size = max(size, len(data))
        head = data if len(data) <= self._max_frame else data[: self._max_frame]
        if len(head) < size:
            self._cut[row] = [size]
        self.bodies.append(head)
        self.sizes.append(size)
        return self._list(kind, name, 1, row, frame)

    def _list(self, kind: Kind, name: str | None, frames: int, row: int, frame: int) -> int:
        self.at.append(row)
        self.kinds.append(self._kind_codes[kind])
        self.names.append(NONE if name is None else self._name_codes.code(name))
        self.counts.append(frames)
        self.places += range(frame, frame + frames)
        return frames

    def true_sizes(self, rows: int) -> pa.Array:
        """The column of that name."""
        return _sparse("true_sizes", rows, self._cut)

    def anomalies(self, rows: int) -> pa.Array:
        """The column of that name."""
        return _sparse("anomalies", rows, self._anomalies)


def _sparse(name: str, rows: int, values: Mapping[int, Sequence[object]]) -> pa.Array:
    """A column of lists that are null in most rows."""
    kind = SCHEMA.field(name).type
    if not values:
        return nulls(rows, kind)
    return pa.array([values.get(row) for row in range(rows)], kind)
