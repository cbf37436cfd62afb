"""Packets to rows: headers of a whole chunk at once, then connection by connection.

The number of connections that are followed at once is bounded; beyond it, those that are over are forgotten first, then
the oldest.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pyarrow as pa

from zinspector.capture.packets import census, tunnels
from zinspector.capture.packets.columns import Bytes, Damage, Ints, Packets
from zinspector.capture.packets.conversation import Conversation
from zinspector.capture.packets.flow import Flow
from zinspector.capture.packets.fragments import Fragments
from zinspector.capture.packets.link import network_headers
from zinspector.capture.packets.network import Datagrams, datagrams
from zinspector.capture.packets.ordering import ordered
from zinspector.capture.packets.scribe import Scribe
from zinspector.capture.packets.transport import Segments, flows

MOST_FLOWS = 1 << 16
MOST_DAMAGES = 100
MOST_TUNNELS = 4  # in each other
EARLY = (
    "bytes belong before those that came first on their connections, and are left out: "
    "the packets are in no order, and their times don't tell another"
)
OUTSIDE = (
    "bytes were sent, none of them between the beginning and the end of a connection: "
    "the packets are in no order, and their times don't tell another"
)
MUTE = "TCP without any data"


class Dissector:
    """Follows all connections of one capture.

    `node` is what its rows are called. `live`: rows are looked at while the capture goes on, so other traffic is told
    when it first comes, not with its totals at the end. `ports` are known to be listened on.
    """

    def __init__(self, node: str, *, live: bool = False, ports: Collection[int] = ()) -> None:
        self.packets = 0
        self._live = live
        self._scribe = Scribe(node, ports)
        self._fragments = Fragments(self._scribe.tally)
        self._flows: dict[tuple[int, int], tuple[Flow, Conversation]] = {}
        self._holed: set[tuple[int, int]] = set()
        self._cut = self._early = self._connections = self._payload = 0
        self._last_ns = 0

    @property
    def appeared(self) -> list[int]:
        """When each connection appeared (ns), by number."""
        return self._scribe.appeared

    def take(self, packets: Packets) -> None:
        """Take in a chunk of packets."""
        if not len(packets):
            return
        self.packets += len(packets)
        self._last_ns = int(packets.times.max())
        raw, places, protocols, ip = self._headers(packets)
        if ip.fragments.any():
            packets = self._fragments.put_together(raw, packets, places, ip)
            raw, places, protocols, ip = self._headers(packets)
        census.count(self._scribe.tally, raw, packets, protocols, ip)
        for part in flows(raw, ip):
            self._cut += int((part.segments.kept < part.segments.lengths).sum())
            self._follow(part.ends, packets.data, part.segments, packets.times[part.segments.which])
        self._sweep()

    def _headers(self, packets: Packets) -> tuple[Bytes, Ints, Ints, Datagrams]:
        """The bytes; places and EtherTypes of the innermost network headers; what these say."""
        raw = np.frombuffer(packets.data, np.uint8)
        places, protocols = network_headers(raw, packets)
        ip = datagrams(raw, packets, places, protocols, self._scribe.addresses)
        for _ in range(MOST_TUNNELS):
            which, at, inner = tunnels.inside(raw, ip)
            if not len(which):
                break
            places, protocols = places.copy(), protocols.copy()  # places may be those of the packets
            places[which], protocols[which] = at, inner
            ip = datagrams(raw, packets, places, protocols, self._scribe.addresses)
        return raw, places, protocols, ip

    def rows(self) -> pa.RecordBatch | None:
        """The rows since the last call, by time."""
        if self._live:
            self._scribe.conclude()
        batch = self._scribe.rows()
        return None if batch is None else ordered(batch)

    def finish(self, damage: list[Damage] | None = None, dropped: int = 0, remark: str = "") -> None:
        """No more packets come.

        `damage` is what could not be read, `dropped` how many packets were never captured, `remark` what else is to be
        said of the capture as a whole.
        """
        for flow, conversation in self._flows.values():
            self._end(flow, conversation)
        self._flows.clear()
        self._fragments.finish()
        self._scribe.conclude()
        if remark:
            self._scribe.remarked(remark, self._last_ns)
        if self._early:
            self._scribe.damaged(f"{self._early:,} {EARLY}", self._last_ns)
        for each in (damage or [])[:MOST_DAMAGES]:
            self._scribe.damaged(f"damaged at byte {each.offset:,}: {each.text}", self._last_ns)
        if damage and len(damage) > MOST_DAMAGES:
            self._scribe.damaged(f"and {len(damage) - MOST_DAMAGES:,} more damaged places", self._last_ns)
        if self._cut:
            whose = "packet cut short when it was" if self._cut == 1 else "packets cut short when they were"
            text = f"{self._cut:,} {whose} captured: what was cut off is missing"
            self._scribe.damaged(text, self._last_ns)
        if dropped:
            self._scribe.damaged(f"{dropped:,} packets were dropped while capturing", self._last_ns)
        if self._scribe.silent and self._payload:
            self._scribe.damaged(f"{self._payload:,} {OUTSIDE}", self._last_ns)
        elif self._scribe.silent and self._connections:
            self._scribe.tally.count(MUTE, self._last_ns, connections=self._connections)
            self._scribe.conclude()

    def _follow(self, ends: tuple[int, int], data: bytes, segments: Segments, times: Ints) -> None:
        while len(segments):
            flow, _ = self._flows.get(ends) or self._new(ends, int(times[0]))
            done = flow.take(data, segments, times)
            if flow.holed:
                self._holed.add(ends)
            if done < len(segments):
                self._drop(ends)
            segments, times = segments.part(done, len(segments)), times[done:]

    def _new(self, ends: tuple[int, int], time_ns: int) -> tuple[Flow, Conversation]:
        if len(self._flows) >= MOST_FLOWS:
            self._make_room()
        conversation = Conversation(self._scribe)
        made = self._flows[ends] = Flow(ends, conversation, time_ns), conversation
        return made

    def _make_room(self) -> None:
        over = [ends for ends, (flow, _) in self._flows.items() if flow.over]
        for ends in over or list(self._flows)[: MOST_FLOWS // 8]:
            self._drop(ends)

    def _drop(self, ends: tuple[int, int]) -> None:
        flow, conversation = self._flows.pop(ends)
        self._holed.discard(ends)
        self._end(flow, conversation)

    def _end(self, flow: Flow, conversation: Conversation) -> None:
        flow.finish()
        conversation.finish(flow)
        self._connections += 1
        self._payload += flow.bytes
        self._early += sum(stream.early for stream in flow.streams if stream.early > stream.told)

    def _sweep(self) -> None:
        for ends in list(self._holed):
            flow, _ = self._flows[ends]
            flow.sweep(self._last_ns)
            if not flow.holed:
                self._holed.discard(ends)
