"""Which connection belongs to which link: a book of descriptors, filled by the monitors of all sockets.

A connector's CONNECTED event names the address, which names the link. A binder's ACCEPTED event names only a
descriptor: the far end of its tcp connection is the near end of a connector's, and so of a link. Connections over ipc
have no names at their far end; they are told apart by the path, where only one link uses it.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field

Name = tuple[str, int]


@dataclass
class Connections:
    """The live connections of one session. Keys are socket keys, addresses are resolved endpoints."""

    by_address: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    _links: dict[tuple[str, int], str] = field(default_factory=dict)
    _accepted: dict[tuple[str, int], Name] = field(default_factory=dict)
    _near: dict[tuple[str, int], Name] = field(default_factory=dict)
    _near_ends: dict[Name, str] = field(default_factory=dict)
    _seen: set[tuple[str, int]] = field(default_factory=set)
    _settled: set[tuple[str, int]] = field(default_factory=set)
    _made: dict[tuple[str, str], int] = field(default_factory=dict)

    def use(self, addresses: Mapping[tuple[str, str], list[str]]) -> None:
        """Take the links that may come over each (socket key, address)."""
        self.by_address = dict(addresses)

    def connected(self, key: str, fd: int, address: str) -> None:
        """A connection to `address` was made by a connector of ours."""
        self._seen.add((key, fd))
        self._made[key, address] = fd
        links = self._links_at(key, address)
        if links:
            self._links[key, fd] = links[0]
            if (name := _name(fd, near=True)) is not None:
                self._near_ends[name] = links[0]
                self._near[key, fd] = name

    def accepted(self, key: str, fd: int, address: str) -> None:
        """A connection came to `address`, where a socket of ours listens."""
        self._seen.add((key, fd))
        name = _name(fd, near=False)
        if name is not None:
            self._accepted[key, fd] = name
            return
        links = self.by_address.get((key, address), [])
        if len(links) == 1:
            self._links[key, fd] = links[0]

    def gone(self, key: str, fd: int) -> None:
        """A connection ended."""
        self._seen.discard((key, fd))
        self._settled.discard((key, fd))
        self._links.pop((key, fd), None)
        self._accepted.pop((key, fd), None)
        if (name := self._near.pop((key, fd), None)) is not None:
            self._near_ends.pop(name, None)

    def ended(self, key: str, address: str) -> set[int]:
        """A connector of ours left `address`; returns the descriptor of the connection that this ended."""
        fd = self._made.pop((key, address), None)
        if fd is None or (key, fd) not in self._seen:
            return set()
        self.gone(key, fd)
        return {fd}

    def forget(self, key: str) -> None:
        """A socket closed."""
        for place in [place for place in self._made if place[0] == key]:
            del self._made[place]
        for owner, fd in [entry for entry in self._seen if entry[0] == key]:
            self.gone(owner, fd)

    def settled(self, key: str, fd: int) -> bool:
        """Whether the events that tell of this connection were read, at both its ends."""
        return (key, fd) in self._settled

    def settle(self, key: str, fd: int) -> None:
        """All events that were there are read now; of a connection that one of them told of, nothing more will come."""
        if (key, fd) in self._seen:
            self._settled.add((key, fd))

    def link(self, key: str, fd: int) -> str | None:
        """The link of a connection, as far as it is known."""
        link = self._links.get((key, fd))
        if link is None and (name := self._accepted.get((key, fd))) is not None:
            link = self._near_ends.get(name)
            if link is not None:
                self._links[key, fd] = link
        return link

    def _links_at(self, key: str, address: str) -> list[str]:
        """The links of a connector by address; libzmq tells host names resolved, so the port must do for those."""
        if (key, address) in self.by_address:
            return self.by_address[key, address]
        port = address.rpartition(":")[2]
        return next(
            (
                links
                for (owner, text), links in self.by_address.items()
                if owner == key and text.rpartition(":")[2] == port
            ),
            [],
        )


def _name(fd: int, *, near: bool) -> Name | None:
    """Address and port of one end of a tcp connection; None for others, and for those that are gone by now."""
    try:
        with socket.socket(fileno=os.dup(fd)) as copy:
            name = copy.getsockname() if near else copy.getpeername()
    except OSError:
        return None
    if not isinstance(name, tuple):
        return None
    return str(name[0]).removeprefix("::ffff:"), int(name[1])
