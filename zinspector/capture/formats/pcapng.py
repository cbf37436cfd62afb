"""pcapng for Wireshark: the rows of a capture as TCP connections that speak ZMTP, each message a packet of its time.

- A connection has the addresses that the capture knows of it, else made-up ones. OPENED, CLOSED and RESET rows open and
  end it.
- Handshakes are those that were seen, or are made up (`handshakes`).
- Frames that the capture cut are as long as what was kept of them.
- What else is known of a row (anomalies, true sizes) is a comment of its packet; what happened besides messages is a
  comment of the next packet of its connection. Each node is an interface.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import partial
from ipaddress import IPv4Address, ip_address
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from zinspector.capture import byte_columns as columns
from zinspector.capture.byte_columns import Numbers
from zinspector.capture.formats import blocks, segments, speech
from zinspector.capture.formats.handshakes import Key, Known, by_client, key_of, look
from zinspector.capture.formats.lost import Lost
from zinspector.capture.formats.segments import Speaker
from zinspector.capture.formats.source import Source
from zinspector.capture.formats.tcp import End, Stream
from zinspector.capture.happenings import phrase
from zinspector.capture.held import first_number
from zinspector.capture.message import Message, messages
from zinspector.capture.readable import printable

APPLICATION = "zinspector: packets made from a capture of messages"
UNKNOWN_TYPE = "PAIR"
SERVERS, CLIENTS = IPv4Address("10.0.0.0"), IPv4Address("10.128.0.0")
HOSTS = (1 << 23) - 2
SERVER_PORT, CLIENT_PORTS = 5560, range(49152, 65536)  # 5555 is SigComp to Wireshark, which then reads for minutes
MOST_PENDING = 200
MOST_INTERFACES = 10_000
FEW = 32  # rows that are as fast one by one


class Flow:
    """One connection while it is written."""

    __slots__ = ("as_seen", "comments", "greeted", "interface", "known", "nonces", "stream")

    def __init__(self, interface: int, stream: Stream, known: Known, as_seen: bool) -> None:
        self.interface = interface
        self.stream = stream
        self.known = known
        self.as_seen = as_seen
        self.greeted = as_seen
        self.comments: list[str] = []
        self.nonces = {True: 0, False: 0}

    @property
    def flows(self) -> bool:
        """Whether it is open, and its next message is nothing but a message."""
        encrypted = self.as_seen and self.known.mechanism == "CURVE"
        return self.greeted and self.stream.opened and not self.comments and not encrypted


class Writer:
    """Writes the packets of a capture."""

    def __init__(self, file: BinaryIO, source: Source) -> None:
        self._file = file
        self._source = source
        self._known, self._talking = look(source.batches)
        self._flows: dict[Key, Flow] = {}
        self._interfaces: dict[str, int] = {}
        self._used: set[tuple[End, End]] = set()
        self._made = 0
        self._homeless: list[str] = []
        self._last_ns = 0
        self.lost = Lost()

    def write(self) -> None:
        """Write everything."""
        self._file.write(blocks.section(APPLICATION))
        for part in self._source.slices():
            self._part(part)
        for flow in self._flows.values():
            if flow.comments and flow.stream.opened:
                self._packets(flow, [flow.stream.acknowledge(True)])
            self._homeless += flow.comments
        if self._homeless:
            number = self._interface("zinspector")
            self._file.write(blocks.statistics(number, self._last_ns, self._homeless[:MOST_PENDING]))

    # Rows

    def _part(self, part: pa.RecordBatch) -> None:
        """Some rows: plain ones of open connections together, others one by one."""
        self.lost.first_n = self.lost.first_n or first_number(part)
        plain = segments.plain(part)
        speaking, speakers = segments.speakers(part)
        at, few = 0, FEW
        while at < part.num_rows:
            flows = [self._flows.get(speaker.key) for speaker in speakers]
            ready = np.array([flow is not None and flow.flows for flow in flows])
            odd = np.flatnonzero(~(plain & ready[speaking])[at:])
            end = at + int(odd[0]) if len(odd) else part.num_rows
            if end - at >= FEW:
                self._together(part.slice(at, end - at), speaking[at:end], speakers)
                at, few = end, FEW
            else:
                for row in messages(part.slice(at, few)):
                    self._row(row)
                at, few = at + few, few * 2

    def _together(self, rows: pa.RecordBatch, speaking: Numbers, speakers: list[Speaker]) -> None:
        there, speaking = np.unique(speaking, return_inverse=True)
        who = [(self._flows[speakers[number].key], speakers[number].client) for number in there.tolist()]
        times, said = rows.column("time_ns").to_numpy(), segments.said(rows)
        sizes = columns.lengths(said)
        count = [partial(flow.stream.count, client) for flow, client in who]
        counted = [count[number](size) for number, size in zip(speaking.tolist(), sizes.tolist(), strict=True)]
        after = {}
        for row in [row for row, (_, _, full) in enumerate(counted) if full]:
            flow, client = who[speaking[row]]
            start, seen, _ = counted[row]
            data = flow.stream.acknowledgement(not client, seen, start + int(sizes[row]))
            after[row] = blocks.packet(flow.interface, int(times[row]), data, ())
        ways = [flow.stream.way(client) for flow, client in who]
        interfaces = [flow.interface for flow, _ in who]
        self._file.write(segments.packets(times, said, ways, interfaces, speaking, np.array(counted), after))
        self._last_ns = max(int(times[-1]), 0)

    def _row(self, row: Message) -> None:
        self._last_ns = max(row.time_ns, 0)
        if row.kind == "event":
            self._event(row)
        elif row.kind == "handshake":
            self._handshake(row)
        else:
            self._traffic(row)

    def _event(self, row: Message) -> None:
        if row.connection is None:
            self.lost.events += 1
            if len(self._homeless) < MOST_PENDING:
                self._homeless.append(f"{printable(row.node)}: {row.name}: {phrase(row)}")
            return
        flow = self._flow(row)
        details = _details(row)
        if row.name == "OPENED":
            self._packets(flow, flow.stream.open() if not flow.stream.opened else [])
        elif row.name in ("CLOSED", "RESET") and flow.stream.opened:
            ends = flow.stream.close(details.get("by") != "bind", reset=row.name == "RESET")
            self._packets(flow, ends, [f"{row.name}: {phrase(row)}"])
            del self._flows[key_of(row)]
        else:
            self.lost.events += 1
            if len(flow.comments) < MOST_PENDING:
                flow.comments.append(f"{row.name}: {phrase(row)}")

    def _handshake(self, row: Message) -> None:
        flow = self._flow(row)
        data = b"".join(row.frames)
        if flow.as_seen:
            self._say(flow, row, data if row.name == "GREETING" else speech.command(row.name or "", data))
        else:
            self.lost.handshakes += 1

    def _traffic(self, row: Message) -> None:
        flow = self._flow(row)
        if not flow.greeted:
            self._greet(flow, row)
        client = by_client(row.direction)
        if row.kind == "command":
            self._say(flow, row, _command(row, flow.known))
        elif not row.frames:
            self.lost.empty += 1
        elif flow.as_seen and flow.known.mechanism == "CURVE":
            flow.nonces[client] += 1
            boxes = [speech.box(frame, flow.nonces[client]) for frame in row.frames]
            self._say(flow, row, b"".join(boxes))
        else:
            self._say(flow, row, speech.message(row.frames))

    def _greet(self, flow: Flow, row: Message) -> None:
        """A handshake that is made up."""
        flow.greeted = True
        self.lost.made_up += 1
        client = by_client(row.direction)
        types = {client: row.from_type, not client: row.to_type}
        self.lost.types += list(types.values()).count(None)
        steps = [(side, speech.greeting()) for side in (True, False)]
        for side in (True, False):
            data = flow.known.properties.get(side)
            if data is None:
                data = speech.properties(types[side] or UNKNOWN_TYPE, flow.known.identities.get(side))
            steps.append((side, speech.command("READY", data)))
        for side, data in steps:
            self._packets(flow, self._opened(flow, side, data))

    # Packets

    def _say(self, flow: Flow, row: Message, data: bytes) -> None:
        cut = [place for place in range(len(row.frames)) if row.truncated(place)]
        comments = list(row.anomalies)
        for place in cut[:MOST_PENDING]:
            kept, size = len(row.frames[place]), row.true_sizes[place]
            comments.append(f"frame {place} was {size:,} bytes long; the capture kept the first {kept:,}")
        self.lost.cut += len(cut)
        self.lost.anomalies += len(row.anomalies)
        self._packets(flow, self._opened(flow, by_client(row.direction), data), [*map(printable, comments)])

    def _opened(self, flow: Flow, client: bool, data: bytes) -> Iterable[bytes]:
        if not flow.stream.opened:
            yield from flow.stream.open()
        yield from flow.stream.say(client, data)

    def _packets(self, flow: Flow, packets: Iterable[bytes], comments: Iterable[str] = ()) -> None:
        """Write packets of the time of the row; the last has the comments, and those that wait."""
        made = list(packets)
        for place, data in enumerate(made):
            said = [*flow.comments, *comments] if place == len(made) - 1 else []
            self._file.write(blocks.packet(flow.interface, self._last_ns, data, said))
        if made:
            flow.comments.clear()

    # Connections

    def _flow(self, row: Message) -> Flow:
        key = key_of(row)
        flow = self._flows.get(key)
        if flow is None:
            known = self._known.pop(key, None) or Known()
            talks = row.connection is None or (row.node, row.connection) in self._talking
            stream = Stream(*self._ends(row))
            flow = self._flows[key] = Flow(self._interface(row.node), stream, known, known.as_seen(talks))
            self.lost.sockets += "->" not in row.direction
        return flow

    def _interface(self, node: str) -> int:
        number = self._interfaces.get(node)
        if number is None:
            if len(self._interfaces) >= MOST_INTERFACES:
                return 0
            number = self._interfaces[node] = len(self._interfaces)
            self._file.write(blocks.interface(node, "a node of zinspector"))
        return number

    def _ends(self, row: Message) -> tuple[End, End]:
        """Addresses that no other connection has: the real ones, if the row tells them."""
        details = _details(row) if row.name == "OPENED" else {}
        client, server = (_end(details.get(side)) for side in ("connect", "bind"))
        if client is None or server is None or client[0].version != server[0].version or (client, server) in self._used:
            self.lost.addresses += row.connection is not None
            host, port = divmod(self._made, len(CLIENT_PORTS))
            self._made += 1
            node = self._interfaces.get(row.node, len(self._interfaces))
            client = CLIENTS + 1 + host % HOSTS, CLIENT_PORTS[port]
            server = SERVERS + 1 + node % HOSTS, SERVER_PORT
        self._used.add((client, server))
        return client, server


def write(file: BinaryIO, source: Source, *, drawing: bool) -> tuple[str, ...]:
    """Write all rows; returns what was lost. `drawing`: there is one, which has no place."""
    writer = Writer(file, source)
    writer.write()
    return writer.lost.sentences(drawing=drawing)


def _command(row: Message, known: Known) -> bytes:
    name, data = row.name or "", b"".join(row.frames)
    if name in speech.OLD_SUBSCRIPTIONS:
        data = data if "->" in row.direction else data[1:]
        if known.old_subscriptions:
            return speech.subscription(name, data)
    return speech.command(name, data)


def _details(row: Message) -> dict[str, object]:
    """The JSON object of an event; empty where it is none."""
    try:
        value = json.loads(row.frames[1]) if len(row.frames) > 1 else None
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _end(known: object) -> End | None:
    """`127.0.0.1:5556`, `[::1]:5556`, with or without `tcp://`."""
    address = known.get("address") if isinstance(known, dict) else None
    if not isinstance(address, str):
        return None
    host, _, port = address.removeprefix("tcp://").rpartition(":")
    try:
        number = int(port)
        return (ip_address(host.strip("[]").partition("%")[0]), number) if 0 < number < 1 << 16 else None
    except ValueError:
        return None
