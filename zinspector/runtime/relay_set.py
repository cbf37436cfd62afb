"""The relays of a worker, by node: opened, closed, counted.

Rules:
- A relay that listens where its target does takes the path over (`takeover.py`), and gives it back as soon as it is
  closed, so that new connections go direct. Those that run through it go on, unseen, until they end or the grace
  period is over: programs that were told nothing of the relay need not notice its end.
- Other relays cut their connections when they are closed: whoever was told to connect to them finds nobody there,
  anyway.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from zinspector.errors import SocketError
from zinspector.runtime.addresses import takes_over
from zinspector.runtime.channel import Record
from zinspector.runtime.notes import Notes
from zinspector.runtime.relay import Relay
from zinspector.runtime.relay_tap import Meet, RelayTap
from zinspector.runtime.takeover import Takeover
from zinspector.runtime.transports import ipc_path


class RelaySet:
    """Relays, and what they have in common. `connection` is the number of the newest connection."""

    def __init__(
        self,
        notes: Notes,
        counted: Callable[[int], tuple[int, int]],
        meet: Meet,
        grace_s: float,
        first_connection: int,
    ) -> None:
        """`counted` tells the messages of a tap, and their bytes.

        `grace_s`: how long connections may outlive the relay of a path that was taken over, s.
        """
        self.connection = first_connection - 1
        self._grace_s = grace_s
        self._notes = notes
        self._counted = counted
        self._meet = meet
        self._relays: dict[str, tuple[Relay, RelayTap]] = {}
        self._takeovers: dict[str, Takeover] = {}
        self._shortages: dict[str, str] = {}
        self._leaving: list[Relay] = []
        self._closed: dict[str, RelayTap] = {}
        self._last: Record = {}

    @property
    def connections(self) -> int:
        """How many connections run through relays that are open."""
        return sum(len(relay.circuits) for relay, _ in self._relays.values())

    @property
    def lingering(self) -> int:
        """How many outlive their relay."""
        return sum(len(relay.circuits) for relay in self._leaving)

    async def open(self, node: str, link: str | None, listen: str, target: str) -> str:
        """Relay; returns where it listens. Raises EndpointError, SocketError."""
        takeover = self._takeover(node, listen) if takes_over(listen, target) else None
        if takeover is not None:
            takeover.begin()
            target = f"ipc://{takeover.moved}"
        tap = RelayTap(node, link, target, self._notes, self._meet)
        try:
            relay = Relay(listen, target, tap, self._next, lambda text: self._short(node, text))
            address = await relay.open()
        except BaseException:
            tap.close()
            if takeover is not None:
                takeover.end()
            raise
        self._relays[node] = relay, tap
        if takeover is not None:
            self._takeovers[node] = takeover
            takeover.listening()
        return address

    def close(self, node: str) -> None:
        """Give its address back; nothing happens where there is no such relay."""
        if node not in self._relays:
            return
        relay, tap = self._relays.pop(node)
        takeover = self._takeovers.pop(node, None)
        if takeover is not None:
            takeover.end()
        if takeover is not None and self._grace_s:
            relay.leave()
            tap.leave(relay.circuits, self._grace_s)
            asyncio.get_running_loop().call_later(self._grace_s, relay.close)
            self._leaving = [each for each in (*self._leaving, relay) if each.circuits]
        else:
            relay.close()
        tap.close()
        self._closed[node] = tap
        self._shortages.pop(node, None)

    def close_all(self) -> None:
        """As `close`."""
        for node in tuple(self._relays):
            self.close(node)

    def give_paths_back(self) -> None:
        """Close those that took a path over."""
        for node in tuple(self._takeovers):
            self.close(node)

    def pause(self, node: str, paused: bool) -> None:
        """Record no messages of a relay for a while."""
        if node in self._relays:
            self._relays[node][1].pause(paused)

    def relink(self, node: str, link: str | None) -> bool:
        """Rows of a relay belong to another link from now on; returns whether that is news."""
        return node in self._relays and self._relays[node][1].relink(link)

    async def settle(self, wait: Awaitable[None]) -> None:
        """`wait` until what relays noted is looked at; then the counts of those that were closed are the last ones."""
        closed, self._closed = self._closed, {}
        await wait
        self._last.update({node: self._count(node, tap, 0) for node, tap in closed.items()})

    def counts(self) -> Record:
        """What each relay has counted; that of one that was closed comes once more."""
        last, self._last = self._last, {}
        now = {node: self._count(node, tap, len(relay.circuits)) for node, (relay, tap) in self._relays.items()}
        return {**last, **now}

    def _count(self, node: str, tap: RelayTap, connections: int) -> Record:
        messages, size = self._counted(tap.number)
        return {
            "messages": messages,
            "bytes": size,
            "refusals": tap.refusals,
            "cuts": tap.cuts,
            "connections": connections,
            "delays": tap.delays(),
            "shortage": self._shortages.get(node),
        }

    def _takeover(self, node: str, listen: str) -> Takeover:
        path = ipc_path(listen)
        if path is None:
            text = "an abstract name can't be taken over: it has no file to rename"
            raise SocketError(text, where=listen, remedy="listen on another name, and change it in one of the programs")
        return Takeover(path, lambda: self._relays[node][0].rebind())

    def _next(self) -> int:
        self.connection += 1
        return self.connection

    def _short(self, node: str, text: str) -> None:
        self._shortages[node] = text
