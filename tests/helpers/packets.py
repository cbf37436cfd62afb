"""Packets and capture files made by the test: every link type, both formats, and TCP connections as they go."""

from __future__ import annotations

import gzip
import ipaddress
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
START_NS = 1_700_000_000_000_000_000
MASK = (1 << 32) - 1
GIANT = 0xFFFF - 20
CLIENT, SERVER = ("127.0.0.1", 40001), ("127.0.0.1", 5556)
CLIENT6, SERVER6 = ("::1", 40001), ("::1", 5556)


@dataclass(frozen=True)
class Packet:
    """One TCP segment. `kept` cuts it as a snap length would."""

    source: tuple[str, int]
    target: tuple[str, int]
    sequence: int
    acknowledged: int = 0
    flags: int = ACK
    payload: bytes = b""
    time_ns: int = START_NS
    kept: int | None = None

    def tcp(self) -> bytes:
        ports = (self.source[1], self.target[1])
        head = struct.pack(
            ">HHIIBBHHH", *ports, self.sequence & MASK, self.acknowledged & MASK, 0x50, self.flags, 64, 0, 0
        )
        return head + self.payload

    def ip(self, *, extensions: bytes = b"", first: int = 6) -> bytes:
        """The IP packet; `extensions` go before the TCP header of an IPv6 packet, of which `first` is the first."""
        return ip(self.source[0], self.target[0], 6, self.tcp(), extensions=extensions, first=first)

    @property
    def ethertype(self) -> int:
        return 0x86DD if ":" in self.source[0] else 0x0800


def ip(source: str, target: str, protocol: int, body: bytes, *, extensions: bytes = b"", first: int = 6) -> bytes:
    ends = ipaddress.ip_address(source).packed + ipaddress.ip_address(target).packed
    giant = len(body) > GIANT  # the kernel leaves the length to the network card, and captures see 0
    if len(ends) == 8:
        return (
            struct.pack(">BBHHHBBH", 0x45, 0, 0 if giant else 20 + len(body), 7, 0x4000, 64, protocol, 0) + ends + body
        )
    body, protocol = extensions + body, first if extensions else protocol
    return struct.pack(">IHBB", 6 << 28, 0 if giant else len(body), protocol, 64) + ends + body


def ethernet(packet: Packet, tags: tuple[int, ...] = ()) -> bytes:
    """An Ethernet frame, with VLAN tags of these EtherTypes, padded to 60 bytes as on a wire."""
    tagged = b"".join(struct.pack(">HH", tag, 42) for tag in tags)
    return (bytes(12) + tagged + struct.pack(">H", packet.ethertype) + packet.ip()).ljust(60, b"\xee")


def linked(linktype: int, packet: Packet) -> bytes:
    """A packet on the link layers that tcpdump.org numbers so."""
    family = 30 if packet.ethertype == 0x86DD else 2
    ppp = b"\0\x57" if family == 30 else b"\0\x21"
    heads = {
        0: struct.pack("<I", family),
        9: b"\xff\x03" + ppp,
        50: ppp,
        101: b"",
        108: struct.pack(">I", family),
        113: struct.pack(">HHH8sH", 0, 772, 6, bytes(8), packet.ethertype),
        228: b"",
        229: b"",
        276: struct.pack(">HHIHBB8s", packet.ethertype, 0, 1, 772, 0, 6, bytes(8)),
    }
    return ethernet(packet) if linktype == 1 else heads[linktype] + packet.ip()


def pcap(packets: Iterable[Packet], linktype: int = 1, *, order: str = "<", nanoseconds: bool = False) -> bytes:
    """A pcap file."""
    magic = 0xA1B23C4D if nanoseconds else 0xA1B2C3D4
    parts = [struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, linktype)]
    for packet in packets:
        data = linked(linktype, packet)
        kept = data if packet.kept is None else data[: packet.kept]
        seconds, rest = divmod(packet.time_ns, 1_000_000_000)
        parts.append(struct.pack(order + "IIII", seconds, rest if nanoseconds else rest // 1000, len(kept), len(data)))
        parts.append(kept)
    return b"".join(parts)


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    """A pcapng block."""
    body += bytes(-len(body) % 4)
    length = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + length + body + length


def option(code: int, value: bytes, order: str = "<") -> bytes:
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def section(order: str = "<") -> bytes:
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(linktype: int, resolution: int = 6, order: str = "<", offset_s: int = 0) -> bytes:
    options = option(9, bytes([resolution]), order)
    options += option(14, struct.pack(order + "q", offset_s), order) if offset_s else b""
    return block(1, struct.pack(order + "HHI", linktype, 0, 0) + options + bytes(4), order)


def enhanced(data: bytes, ticks: int, which: int = 0, order: str = "<") -> bytes:
    head = struct.pack(order + "IIIII", which, ticks >> 32, ticks & MASK, len(data), len(data))
    return block(6, head + data, order)


def pcapng(packets: Iterable[Packet], linktype: int = 1, order: str = "<", resolution: int = 9) -> bytes:
    """A pcapng file of one section and one interface."""
    per_second = 2 ** (resolution & 0x7F) if resolution & 0x80 else 10**resolution
    parts = [section(order), interface(linktype, resolution, order)]
    for packet in packets:
        ticks = packet.time_ns * per_second // 1_000_000_000
        parts.append(enhanced(linked(linktype, packet), ticks, order=order))
    return b"".join(parts)


def gzipped(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


@dataclass
class Talk:
    """A TCP connection as it goes; each packet a microsecond after the one before."""

    client: tuple[str, int] = CLIENT
    server: tuple[str, int] = SERVER
    client_first: int = MASK - 5  # wraps soon
    server_first: int = 1000
    time_ns: int = START_NS
    packets: list[Packet] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._next = {True: self.client_first, False: self.server_first}

    def open(self) -> Talk:
        self._send(True, SYN)
        self._send(False, SYN | ACK)
        self._send(True, ACK)
        return self

    def sends(self, payload: bytes, *, segment: int = 1 << 15) -> Talk:
        """The client sends."""
        return self._data(True, payload, segment)

    def answers(self, payload: bytes, *, segment: int = 1 << 15) -> Talk:
        """The server sends."""
        return self._data(False, payload, segment)

    def acknowledges(self, *, client: bool) -> Talk:
        self._send(client, ACK)
        return self

    def loses(self, count: int = 1) -> Talk:
        """The last packets were not captured."""
        del self.packets[-count:]
        return self

    def close(self) -> Talk:
        self._send(True, FIN | ACK)
        self._send(False, FIN | ACK)
        self._send(True, ACK)
        return self

    def reset(self, *, client: bool = False) -> Talk:
        self._send(client, RST | ACK)
        return self

    def later(self, seconds: float) -> Talk:
        self.time_ns += int(seconds * 1e9)
        return self

    def _data(self, client: bool, payload: bytes, segment: int) -> Talk:
        for start in range(0, len(payload), segment):
            self._send(client, ACK | PSH, payload[start : start + segment])
        return self

    def _send(self, client: bool, flags: int, payload: bytes = b"") -> None:
        ends = (self.client, self.server) if client else (self.server, self.client)
        other = self._next[not client] if flags & ACK else 0
        self.packets.append(Packet(*ends, self._next[client], other, flags, payload, self.time_ns))
        self._next[client] += len(payload) + bool(flags & (SYN | FIN))
        self.time_ns += 1000


def moved(packets: Iterable[Packet], **changes: object) -> list[Packet]:
    """The packets with other fields."""
    return [replace(packet, **changes) for packet in packets]
