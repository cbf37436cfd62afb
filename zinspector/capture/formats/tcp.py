"""A TCP connection that never was: its packets, from SYN to FIN, as bytes with their checksums (RFC 791, 8200, 9293).

Packets begin with the IP header (link type RAW). Every segment acknowledges all that the other side sent; a side that
only listens acknowledges from time to time, so that no window is ever full.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
MOST_PAYLOAD = 60_000  # bytes in a packet: with its headers less than 65,536
ACKNOWLEDGE_AFTER = 1 << 20
WINDOW = 0xFFFF
TCP_HEADER = 20  # bytes
SCALE = b"\x02\x04\xea\x60\x03\x03\x08\x00"  # maximum segment size 60,000; window scale 8; end of options
TCP = 6

Address = IPv4Address | IPv6Address
End = tuple[Address, int]


class Way(NamedTuple):
    """What all packets of one direction have in common: ports, addresses, and their part of the TCP checksum."""

    ports: tuple[int, int]
    addresses: bytes
    pseudo: int


class Stream:
    """One connection. `client` connects to `server`; sides are told by whether they are the client."""

    __slots__ = ("_acknowledged", "_headers", "_ports", "_sent", "opened")

    def __init__(self, client: End, server: End) -> None:
        self.opened = False
        self._sent = {True: 0, False: 0}
        self._acknowledged = {True: 0, False: 0}
        self._ports = {True: (client[1], server[1]), False: (server[1], client[1])}
        self._headers = {True: _Header(client[0], server[0]), False: _Header(server[0], client[0])}

    def open(self) -> Iterator[bytes]:
        """The three packets that open it."""
        self.opened = True
        yield self._packet(True, SYN, options=SCALE)
        self._sent[True] += 1
        yield self._packet(False, SYN | ACK, options=SCALE)
        self._sent[False] += 1
        yield self._packet(True, ACK)

    def say(self, client: bool, data: bytes) -> Iterator[bytes]:
        """What a side says."""
        for start in range(0, len(data), MOST_PAYLOAD):
            part = data[start : start + MOST_PAYLOAD]
            yield self._packet(client, ACK | (PSH if start + len(part) == len(data) else 0), part)
            self._sent[client] += len(part)
            if self._sent[client] - self._acknowledged[client] > ACKNOWLEDGE_AFTER:
                yield self._packet(not client, ACK)

    def count(self, client: bool, size: int) -> tuple[int, int, bool]:
        """Count a packet with `size` bytes that somebody else writes.

        Returns the number of its first byte, that of the byte which is waited for, and whether it is followed by an
        `acknowledgement`.
        """
        start, seen = self._sent[client], self._sent[not client]
        self._acknowledged[not client] = seen
        self._sent[client] = end = start + size
        full = end - self._acknowledged[client] > ACKNOWLEDGE_AFTER
        if full:
            self._acknowledged[client] = end
        return start, seen, full

    def way(self, client: bool) -> Way:
        """What the packets of a side have in common."""
        header = self._headers[client]
        return Way(self._ports[client], header.addresses, header.pseudo)

    def acknowledge(self, client: bool) -> bytes:
        """A packet without data."""
        return self._packet(client, ACK)

    def acknowledgement(self, client: bool, start: int, seen: int) -> bytes:
        """The same at the place of a packet that was counted."""
        return self._bytes(client, ACK, start, seen)

    def close(self, client: bool, *, reset: bool) -> Iterator[bytes]:
        """The packets that end it, begun by one side."""
        self.opened = False
        if reset:
            yield self._packet(client, RST | ACK)
            return
        for side in (client, not client):
            yield self._packet(side, FIN | ACK)
            self._sent[side] += 1
        yield self._packet(client, ACK)

    def _packet(self, client: bool, flags: int, payload: bytes = b"", options: bytes = b"") -> bytes:
        seen = self._sent[not client] if flags & ACK else 0
        self._acknowledged[not client] = seen
        return self._bytes(client, flags, self._sent[client], seen, payload, options)

    def _bytes(
        self, client: bool, flags: int, start: int, seen: int, payload: bytes = b"", options: bytes = b""
    ) -> bytes:
        words = (5 + len(options) // 4) << 12 | flags
        numbers = start & 0xFFFFFFFF, seen & 0xFFFFFFFF
        head = struct.pack(">HHIIHHHH", *self._ports[client], *numbers, words, WINDOW, 0, 0)
        segment = head + options + payload
        header = self._headers[client]
        checksum = _complement(header.pseudo + len(segment) + _sum(segment))
        return header.before(len(segment)) + head[:16] + checksum.to_bytes(2, "big") + b"\0\0" + options + payload


class _Header:
    """The IP header of one direction, and its part of the TCP checksum."""

    __slots__ = ("_sum", "addresses", "pseudo")

    def __init__(self, source: Address, target: Address) -> None:
        self.addresses = source.packed + target.packed
        self._sum = _sum(struct.pack(">HHHHH", 0x4500, 0, 0x4000, 0x4000 | TCP, 0) + self.addresses)
        self.pseudo = _sum(self.addresses) + TCP

    def before(self, size: int) -> bytes:
        """The header of a packet with `size` bytes after it."""
        if len(self.addresses) > 8:
            return struct.pack(">IHBB", 6 << 28, size, TCP, 64) + self.addresses
        checksum = _complement(self._sum + 20 + size)
        return struct.pack(">HHHHHH", 0x4500, 20 + size, 0, 0x4000, 0x4000 | TCP, checksum) + self.addresses


def _sum(data: bytes) -> int:
    """The sum of all 16-bit words, modulo 65,535: what is left when a long number is divided by it."""
    value = int.from_bytes(data, "big")
    return (value << 8 if len(data) % 2 else value) % 0xFFFF


def _complement(total: int) -> int:
    return 0xFFFF - (total % 0xFFFF or 0xFFFF)
