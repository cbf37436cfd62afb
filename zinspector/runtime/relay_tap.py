"""What the relay of one node notes: openings, chunks, ends, refusals; and what it counts."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from time import monotonic_ns

from zinspector.runtime.addresses import name_of
from zinspector.runtime.circuit import Circuit
from zinspector.runtime.flow import Side
from zinspector.runtime.notes import Notes
from zinspector.runtime.processes import Meeting, Program, of_unix_peer

Meet = Callable[[Circuit, Meeting, Callable[[Circuit, Meeting], None]], None]
WHO: dict[Side, str] = {"connect": "the connecting side", "bind": "the listening side"}


class RelayTap:
    """Watches the circuits of one relay node; nothing here looks at what they pass on."""

    def __init__(self, node: str, link: str | None, target: str, notes: Notes, meet: Meet) -> None:
        """`target` is the address that it leads to.

        `meet` is asked to find out whose sockets a new connection has, and then to call its last argument.
        """
        self.number = notes.tap(node, link)
        self.refusals = 0
        self.cuts = 0
        self.circuits: dict[int, Circuit] = {}
        """Those that it watches."""
        self.room = notes.arena.room
        self.chunk = notes.chunk
        self._link = link
        self._target = target
        self._notes = notes
        self._meet = meet
        self._over: list[int] = []

    def pause(self, paused: bool) -> None:
        """Record no messages for a while; traffic goes on."""
        self._notes.tell("pause", self.number, paused)

    def relink(self, link: str | None) -> bool:
        """Its rows belong to another link from now on; returns whether that is news."""
        if link == self._link:
            return False
        self._link = link
        self._notes.tell("relink", self.number, link)
        return True

    def close(self) -> None:
        """Nothing more comes of it."""
        self._notes.tell("untap", self.number)

    def delays(self) -> dict[int, float | None]:
        """The delay that we add, us, by connection: of those with traffic since the last call; None for closed ones."""
        found: dict[int, float | None] = {}
        lately = self._notes.lately & self.circuits.keys()
        for number in lately:
            known = [flow.delay_ns for flow in self.circuits[number].flows or () if flow.delay_ns]
            if known:
                found[number] = round(sum(known) / len(known) / 1000, 1)
        found.update(dict.fromkeys(self._over))
        self._notes.lately -= lately
        self._over.clear()
        return found

    def leave(self, circuits: Iterable[Circuit], grace_s: float) -> None:
        """Look away from `circuits`, which go on for `grace_s` at most; one without a target yet is closed."""
        text = f"the tap ended; the connection goes on through the relay, unseen, for {grace_s:g} s at most"
        for circuit in tuple(circuits):
            if circuit.flows is None:
                circuit.close()
            else:
                self._part(circuit, "CLOSED", text, {"by": None, "reset": False})

    # A watcher of circuits

    def opened(self, circuit: Circuit) -> None:
        """Both ends are there."""
        circuit.notes = circuit.number
        self.circuits[circuit.number] = circuit
        meeting = _meeting(circuit)
        who = meeting.client or _said(meeting.programs[0]) or "a client"
        text = f"{who} connected, and was joined to {meeting.target or _said(meeting.programs[1]) or 'the target'}"
        details = {
            "connect": _end(meeting.client, meeting.programs[0]),
            "bind": _end(meeting.target, meeting.programs[1]),
        }
        self._notes.tell("open", circuit.number, self.number, monotonic_ns(), True)
        self._notes.mark(circuit.number, "connect", "OPENED", text, details)
        if None in meeting.programs:
            self._meet(circuit, meeting, self.introduce)

    def introduce(self, circuit: Circuit, meeting: Meeting) -> None:
        """The programs of a connection were found."""
        if circuit.number not in self.circuits:
            return
        client, target = meeting.programs
        known = [
            f"{way} {_said(program)}" for way, program in (("from", client), ("to", target)) if program is not None
        ]
        details = {"connect": _end(meeting.client, client), "bind": _end(meeting.target, target)}
        self._notes.mark(circuit.number, "connect", "PEER", " ".join(known), details)

    def ended(self, circuit: Circuit, side: Side, reset: bool) -> None:
        """A direction ended."""
        if circuit.number in self.circuits:
            self._notes.tell("end", circuit.number, side, monotonic_ns())

    def closed(self, circuit: Circuit) -> None:
        """The connection is over."""
        if circuit.number not in self.circuits:  # one that we left
            return
        by, reset = circuit.ended_by, circuit.reset_by is not None
        how = "was reset" if reset else "ended"
        text = f"the connection {how} by {WHO[by]}" if by else "the relay closed the connection"
        self.cuts += by is None
        for flow in circuit.flows or ():
            if not flow.ended:
                self._notes.tell("end", circuit.number, flow.side, monotonic_ns())
        self._part(circuit, "RESET" if reset else "CLOSED", text, {"by": by, "reset": reset})

    def _part(self, circuit: Circuit, name: str, text: str, details: dict[str, object]) -> None:
        """The last that is seen of a circuit."""
        circuit.notes = None
        del self.circuits[circuit.number]
        self._notes.mark(circuit.number, circuit.ended_by or "bind", name, text, details)
        self._notes.tell("part", circuit.number)
        self._over.append(circuit.number)

    def refused(self, circuit: Circuit, reason: str) -> None:
        """The target did not take it."""
        self.refusals += 1
        text = f"{self._target} did not accept: {reason}; the client was reset"
        details = {"reason": reason, "connect": _end(_peer(circuit.client), of_unix_peer(circuit.client))}
        self._notes.tell("open", circuit.number, self.number, monotonic_ns(), False)
        self._notes.mark(circuit.number, "bind", "REFUSED", text, details)
        self._notes.tell("part", circuit.number)


def _meeting(circuit: Circuit) -> Meeting:
    assert circuit.target is not None, "an open circuit has both legs"
    client, target = circuit.client, circuit.target
    return Meeting(
        _peer(client), _peer(target), _own(client), _own(target), (of_unix_peer(client), of_unix_peer(target))
    )


def _peer(leg: socket.socket) -> str:
    try:
        return name_of(leg.getpeername(), leg.family)
    except OSError:  # it left already
        return ""


def _own(leg: socket.socket) -> str:
    return name_of(leg.getsockname(), leg.family)


def _said(program: Program | None) -> str:
    return "" if program is None else f"{program.name} (pid {program.pid})"


def _end(address: str, program: Program | None) -> dict[str, object]:
    known: dict[str, object] = {"address": address} if address else {}
    return known if program is None else {**known, "process": program.name, "pid": program.pid}
