"""Writes what was found in packets as rows of a capture, and knows what the whole capture tells: who listens where."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pyarrow as pa

from zinspector.capture.packets.columns import Ints
from zinspector.capture.packets.flow import Flow
from zinspector.capture.packets.network import Addresses
from zinspector.capture.packets.tally import Tally, sentence
from zinspector.capture.schema import SCHEMA
from zinspector.capture.wire import WireSource, WireWriter
from zinspector.zmtp.events import Block, Event

PORT = 0xFFFF
MOST_REFUSED = 10_000
NO_CONNECTION = 0
TIME, CONNECTION = SCHEMA.get_field_index("time_ns"), SCHEMA.get_field_index("connection")


class Scribe:
    """The rows of one capture. `node` names the capture in all of them; `ports` are known to be listened on."""

    def __init__(self, node: str, ports: Collection[int] = ()) -> None:
        self.node = node
        self._ports = frozenset(ports)
        self._writer = WireWriter()
        self._times: list[tuple[int, Ints]] = []
        self.addresses = Addresses()
        self.tally = Tally()
        self.appeared: list[int] = []
        self._listeners: set[int] = set()
        self._told: set[str] = set()
        self._refused = 0
        self._wrote = False

    @property
    def silent(self) -> bool:
        """Whether nothing was written at all so far."""
        return not (self._wrote or self._writer.rows)

    def add(self, source: WireSource, items: Sequence[Event | Block], time_ns: int, times: Ints | None = None) -> None:
        """Write what was found at one time; or, with `times`, one time for each of its rows."""
        if times is not None:
            self._times.append((self._writer.rows, times))
        self._writer.add(source, items, time_ns)

    def event(self, source: WireSource, name: str, text: str, details: dict[str, object] | None, time_ns: int) -> None:
        """Write an event of a connection."""
        self._writer.event(source, name, text, details, time_ns)

    def rows(self) -> pa.RecordBatch | None:
        """What was written since the last call, in that order."""
        batch = self._writer.flush()
        if batch is None:
            return None
        self._wrote = True
        times = np.array(batch.column(TIME))
        for start, seen in self._times:
            times[start : start + len(seen)] = seen
        self._times.clear()
        numbers = batch.column(CONNECTION).to_numpy()
        connections = pa.array(numbers, pa.int32(), mask=numbers == NO_CONNECTION)
        changed = batch.set_column(TIME, SCHEMA.field(TIME), pa.array(times))
        return changed.set_column(CONNECTION, SCHEMA.field(CONNECTION), connections)

    def listener(self, flow: Flow) -> int:
        """Which side of a connection listens: as its handshake said, or the likelier one.

        Likelier is who was seen listening in other connections, then one of `ports`, then the lower port.
        """
        if flow.listener is not None:
            self._listeners.add(flow.ends[flow.listener])
            return flow.listener
        for known in (self._listeners.__contains__, lambda end: end & PORT in self._ports):
            first, second = map(known, flow.ends)
            if first != second:
                return 0 if first else 1
        return 0 if flow.ends[0] & PORT < flow.ends[1] & PORT else 1

    def opened(self, flow: Flow, listener: int) -> int:
        """Write that a connection opened; returns its number, from 1."""
        self.appeared.append(flow.first_ns)
        number = len(self.appeared)
        connect, bind = (self._address(flow.ends[side]) for side in (1 - listener, listener))
        source = WireSource(self.node, None, number, "connect", None, None)
        details: dict[str, object] = {"connect": {"address": connect}, "bind": {"address": bind}}
        text = f"{connect} connected to {bind}"
        if not flow.handshaken:
            text = f"{connect} and {bind} were connected when the capture began"
        time_ns = flow.first_ns if flow.opened_ns is None else flow.opened_ns
        self._writer.event(source, "OPENED", text, details, time_ns)
        return number

    def refused(self, flow: Flow, side: int, time_ns: int) -> None:
        """Write that nobody listened; a capture may be full of such attempts, so there is a limit."""
        connect, bind = self._address(flow.ends[1 - side]), self._address(flow.ends[side])
        self._refused += 1
        if self._refused <= MOST_REFUSED:
            details: dict[str, object] = {"connect": {"address": connect}, "bind": {"address": bind}}
            self._tell("REFUSED", f"{bind} refused {connect}: nobody listens", time_ns, details)

    def other(self, flow: Flow, protocol: str) -> str:
        """Count a connection that speaks something else; returns what it is counted as."""
        listener = self.listener(flow)
        connect, bind = self._address(flow.ends[1 - listener]), self._address(flow.ends[listener])
        name = f"{protocol or 'unknown protocol'} on port {flow.ends[listener] & PORT}"
        self.tally.count(name, flow.first_ns, connections=1, example=f"{connect} to {bind}")
        return name

    def damaged(self, text: str, time_ns: int) -> None:
        """Write that a part of the capture could not be read."""
        self._tell("DAMAGED", text, time_ns)

    def remarked(self, text: str, time_ns: int) -> None:
        """Write what is good to know of the file, and no damage."""
        self._tell("REMARK", text, time_ns)

    def conclude(self) -> None:
        """Write what else was there, each at the time when it was first seen."""
        for name, total in self.tally.totals.items():
            if name not in self._told:
                self._told.add(name)
                details: dict[str, object] = {"what": name, "connections": total.connections}
                details.update(packets=total.packets, bytes=total.bytes, example=total.example)
                self._tell("NOT_ZMTP", sentence(name, total), total.first_ns, details)

    def _tell(self, name: str, text: str, time_ns: int, details: dict[str, object] | None = None) -> None:
        source = WireSource(self.node, None, NO_CONNECTION, "connect", None, None)
        self._writer.event(source, name, text, details, time_ns)

    def _address(self, end: int) -> str:
        return f"{self.addresses.text(end >> 16)}:{end & PORT}"
