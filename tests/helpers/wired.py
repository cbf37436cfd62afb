"""Rows of tapped connections without sockets: what a tap would have written, through the recorder, in a store."""

from __future__ import annotations

import json
from collections.abc import Sequence
from time import monotonic_ns
from typing import Any, Literal

import pyarrow as pa

from zinspector.capture.clock import Clock
from zinspector.capture.schema import SCHEMA, Direction, Kind
from zinspector.capture.store import Store
from zinspector.capture.writer import Recorder

Side = Literal["connect", "bind"]
WAYS: dict[Side, Direction] = {"connect": "connect->bind", "bind": "bind->connect"}


def greeting(mechanism: bytes = b"NULL", major: int = 3, minor: int = 1) -> bytes:
    """64 bytes, RFC 37."""
    return b"\xff" + bytes(7) + b"\x01\x7f" + bytes([major, minor]) + mechanism.ljust(20, b"\0") + bytes(32)


def properties(**values: bytes) -> bytes:
    """The data of a READY: `Socket_Type=b"SUB"` is the property Socket-Type."""
    made = b""
    for key, value in values.items():
        name = key.replace("_", "-").encode()
        made += bytes([len(name)]) + name + len(value).to_bytes(4, "big") + value
    return made


class Wire:
    """One tapped connection; every call puts rows into the store at once."""

    def __init__(
        self, store: Store, number: int = 1, node: str = "t1", types: tuple[str, str] = ("SUB", "PUB")
    ) -> None:
        """`types` are those of who connected and of who listens."""
        self.store = store
        self.number = number
        self.node = node
        self.types = {"connect": types[0], "bind": types[1]}
        self._recorder = Recorder(Clock())

    def opened(self, connect: dict[str, Any] | None = None, bind: dict[str, Any] | None = None) -> int:
        """The OPENED row."""
        details = {
            "connect": connect or {"address": "127.0.0.1:41000", "process": "python3", "pid": 12345},
            "bind": bind or {"address": "127.0.0.1:5556", "process": "jupyter", "pid": 77},
        }
        return self.event("OPENED", "connected", details)

    def shaken(self, mechanism: bytes = b"NULL", identity: bytes = b"") -> None:
        """Greetings and READY of both sides."""
        for side in WAYS:
            self.handshake("GREETING", greeting(mechanism), side)
        for side in WAYS:
            more = {"Identity": identity} if side == "connect" else {}
            self.handshake("READY", properties(Socket_Type=self.types[side].encode(), **more), side)

    def event(self, name: str, text: str = "", details: dict[str, Any] | None = None) -> int:
        """An event row, with its details as a second frame."""
        frames = [text.encode(), *([json.dumps(details).encode()] if details is not None else [])]
        return self.row("event", name, frames, "connect")

    def handshake(self, name: str, data: bytes, side: Side = "connect") -> int:
        """A handshake row."""
        return self.row("handshake", name, [data], side)

    def command(self, name: str, data: bytes, side: Side = "connect") -> int:
        """A command row."""
        return self.row("command", name, [data], side)

    def row(self, kind: Kind, name: str, frames: Sequence[bytes], side: Side, anomalies: Sequence[str] = ()) -> int:
        """One row that is no message; returns its number."""
        other: Side = "bind" if side == "connect" else "connect"
        self._recorder.add_command(
            self.node, name, frames, monotonic_ns(), direction=WAYS[side], connection=self.number,
            from_type=self.types[side], to_type=self.types[other], kind=kind,
        )  # fmt: skip
        return self._store(anomalies)

    def messages(self, *messages: Sequence[bytes], side: Side = "bind", anomalies: Sequence[str] = ()) -> list[int]:
        """Messages one way; returns their numbers."""
        other: Side = "bind" if side == "connect" else "connect"
        source = self._recorder.source(self.node, WAYS[side], self.types[side], self.types[other])
        now = monotonic_ns()
        frames = [frame for message in messages for frame in message]
        times = [now + 1000 * place for place in range(len(messages))]
        self._recorder.add_run(source, times, frames, list(map(len, messages)), connection=self.number)
        first = self.store.next_n
        self._store(anomalies)
        return list(range(first, self.store.next_n))

    def _store(self, anomalies: Sequence[str]) -> int:
        batch = self._recorder.flush()
        assert batch is not None
        if anomalies:
            place = SCHEMA.names.index("anomalies")
            column = pa.array([list(anomalies)] * batch.num_rows, SCHEMA.field(place).type)
            batch = pa.RecordBatch.from_arrays([*batch.columns[:place], column], schema=SCHEMA)
        self.store.append(batch)
        return self.store.next_n - 1
