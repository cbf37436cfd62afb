"""What a capture knows of the handshake of each connection, before its first packet is written.

A handshake is written as it was seen when it is ZMTP 3.x and whole: both greetings, and all commands of its mechanism
(or as many as there were, when no message followed). Otherwise one is made up, with the socket types, identities and
properties that are known: that of ZMTP 1.0 and 2.0 connections, of filtered rows, and of sockets, which show none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from zinspector.capture.masks import Mask, where
from zinspector.capture.message import Message, messages
from zinspector.capture.picking import pick
from zinspector.zmtp.commands import IDENTITY, properties
from zinspector.zmtp.greeting import FULL, read_greeting

NEEDED = {
    "NULL": frozenset({"READY"}),
    "PLAIN": frozenset({"HELLO", "WELCOME", "INITIATE", "READY"}),
    "CURVE": frozenset({"HELLO", "WELCOME", "INITIATE", "READY"}),
}


class Key(NamedTuple):
    """What tells connections apart: their number; for rows of sockets, the socket and whom it talks to."""

    node: str
    link: str | None
    connection: int | None
    own: str | None = None
    other: str | None = None


@dataclass(slots=True)
class Known:
    """The handshake of a connection; by side, whether it is the client's."""

    greetings: dict[bool, bytes] = field(default_factory=dict)
    commands: dict[bool, set[str]] = field(default_factory=lambda: {True: set(), False: set()})
    properties: dict[bool, bytes] = field(default_factory=dict)
    identities: dict[bool, bytes] = field(default_factory=dict)

    @property
    def mechanism(self) -> str:
        """That of both greetings; nothing where they differ, or where one isn't known to be of ZMTP 3.x."""
        if len(self.greetings) < 2 or not all(map(_whole, self.greetings.values())):
            return ""
        one, two = (read_greeting(data).mechanism for data in self.greetings.values())
        return one or "" if one == two else ""

    @property
    def old_subscriptions(self) -> bool:
        """Whether subscriptions are messages: before ZMTP 3.1."""
        return any(read_greeting(data).version == (3, 0) for data in self.greetings.values())

    def as_seen(self, talks: bool) -> bool:
        """Whether it can be written as it was seen, for a connection with messages or without."""
        needed = NEEDED.get(self.mechanism)
        if needed is None:
            return False
        if self.mechanism == "NULL":
            return not talks or all(needed <= names for names in self.commands.values())
        return not talks or needed <= self.commands[True] | self.commands[False]


def key_of(row: Message) -> Key:
    """The connection that a row belongs to."""
    return key(row.node, row.link, row.connection, row.direction, row.from_type, row.to_type)


def key(
    node: str, link: str | None, connection: int | None, direction: str, from_type: str | None, to_type: str | None
) -> Key:
    """The connection that a row with these words belongs to."""
    if connection is not None:
        return Key(node, None, connection)
    if "->" in direction:
        return Key(node, link, None)
    own, other = (from_type, to_type) if direction == "out" else (to_type, from_type)
    return Key(node, link, None, own, other)


def by_client(direction: str) -> bool:
    """Whether the client sent it; a socket of ours counts as the server of what it sends and gets."""
    return direction in ("connect->bind", "in")


def look(batches: Sequence[pa.RecordBatch]) -> tuple[dict[Key, Known], set[tuple[str, int]]]:
    """All handshakes, and which numbered connections (node, number) have messages or commands."""
    known: dict[Key, Known] = {}
    talking: set[tuple[str, int]] = set()
    for batch in batches:
        for row in messages(pick(batch, where(batch, "kind", "handshake".__eq__))):
            _learn(known.setdefault(key_of(row), Known()), row)
        talking.update(_numbered(batch, where(batch, "kind", ("message", "command").__contains__)))
    return known, talking


def _learn(known: Known, row: Message) -> None:
    side, data = by_client(row.direction), b"".join(row.frames)
    if row.name == "GREETING":
        known.greetings.setdefault(side, data)
    elif row.name == "IDENTITY":
        known.identities[side] = data
    elif row.name is not None:
        known.commands[side].add(row.name)
        if row.name in ("READY", "INITIATE") and known.mechanism != "CURVE":
            found, whole = properties(data)
            if whole and found:
                known.properties[side] = data
                known.identities |= [(side, one.value) for one in found if one.name == IDENTITY]


def _numbered(batch: pa.RecordBatch, mask: Mask) -> Iterator[tuple[str, int]]:
    column = batch.column("connection")
    mask = mask & column.is_valid().to_numpy(zero_copy_only=False)
    if mask.any():
        nodes = batch.column("node")
        pairs = np.unique(np.stack([nodes.indices.to_numpy()[mask], column.fill_null(0).to_numpy()[mask]]), axis=1)
        words = nodes.dictionary.to_pylist()
        yield from ((words[node], number) for node, number in pairs.T.tolist())


def _whole(greeting: bytes) -> bool:
    return len(greeting) == FULL and greeting[10] >= 3
