"""What the relay of one node tells the inspection: openings, chunks, ends, refusals; and what it counts."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from time import monotonic_ns

from zinspector.runtime.addresses import name_of
from zinspector.runtime.circuit import Circuit
from zinspector.runtime.flow import Side
from zinspector.runtime.inspection import Inspection
from zinspector.runtime.processes import Meeting, Program, of_unix_peer
from zinspector.runtime.subject import Count, Mark, Subject

Meet = Callable[[Subject, Meeting, Callable[[Subject, Meeting], None]], None]
WHO: dict[Side, str] = {"connect": "the connecting side", "bind": "the listening side"}


class RelayTap:
    """Watches the circuits of one relay node. `count` adds up all its connections; nothing here looks at each."""

    def __init__(self, node: str, link: str | None, target: str, inspection: Inspection, meet: Meet) -> None:
        """`target` is the address that it leads to.

        `meet` is asked to find out whose sockets a new connection has, and then to call its last argument.
        """
        self.node = node
        self.link = link
        self._target = target
        self.refusals = 0
        self.cuts = 0
        self.count = Count()
        self.subjects: dict[int, Subject] = {}
        self.room = inspection.arena.room
        self.chunk = inspection.chunk
        self._inspection = inspection
        self._meet = meet
        self._lately: set[Subject] = set()
        self._over: list[int] = []
        self._paused = False

    def pause(self, paused: bool) -> None:
        """Record no messages for a while; traffic goes on."""
        self._paused = paused
        self._inspection.look()
        for subject in self.subjects.values():
            subject.paused = paused

    def relink(self, link: str | None) -> None:
        """Its rows belong to another link from now on."""
        if link != self.link:
            self.link = link
            self._inspection.look()
            for subject in self.subjects.values():
                subject.link = link
                subject.name_types()

    def delays(self) -> dict[int, float | None]:
        """The delay that we add, us, by connection: of those with traffic since the last call; None for closed ones."""
        found: dict[int, float | None] = {}
        for subject in self._lately:
            known = [flow.delay_ns for flow in subject.circuit.flows or () if flow.delay_ns]
            if known and not subject.circuit.closed:  # its last bytes may be looked at after that was told
                found[subject.circuit.number] = round(sum(known) / len(known) / 1000, 1)
        found.update(dict.fromkeys(self._over))
        self._lately.clear()
        self._over.clear()
        return found

    def leave(self, circuits: Iterable[Circuit], grace_s: float) -> None:
        """Look away from `circuits`, which go on for `grace_s` at most; one without a target yet is closed."""
        text = f"the tap ended; the connection goes on through the relay, unseen, for {grace_s:g} s at most"
        for circuit in tuple(circuits):
            if circuit.flows is None:
                circuit.close()
            else:
                self._part(circuit, Mark("CLOSED", text, {"by": None, "reset": False}))

    # A watcher of circuits

    def opened(self, circuit: Circuit) -> None:
        """Both ends are there."""
        subject = circuit.notes = self.subjects[circuit.number] = self._subject(circuit)
        meeting = _meeting(circuit)
        who = meeting.client or _said(meeting.programs[0]) or "a client"
        text = f"{who} connected, and was joined to {meeting.target or _said(meeting.programs[1]) or 'the target'}"
        details = {
            "connect": _end(meeting.client, meeting.programs[0]),
            "bind": _end(meeting.target, meeting.programs[1]),
        }
        self._inspection.mark(subject, "connect", Mark("OPENED", text, details))
        self._inspection.stalled.watch(subject)
        if None in meeting.programs:
            self._meet(subject, meeting, self.introduce)

    def introduce(self, subject: Subject, meeting: Meeting) -> None:
        """The programs of a connection were found."""
        client, target = meeting.programs
        known = [
            f"{way} {_said(program)}" for way, program in (("from", client), ("to", target)) if program is not None
        ]
        details = {"connect": _end(meeting.client, client), "bind": _end(meeting.target, target)}
        self._inspection.mark(subject, "connect", Mark("PEER", " ".join(known), details))

    def ended(self, circuit: Circuit, side: Side, reset: bool) -> None:
        """A direction ended."""
        if circuit.number in self.subjects:
            self._inspection.mark(self.subjects[circuit.number], side, Mark(end=side))

    def closed(self, circuit: Circuit) -> None:
        """The connection is over."""
        if circuit.number not in self.subjects:  # one that we left
            return
        by, reset = circuit.ended_by, circuit.reset_by is not None
        how = "was reset" if reset else "ended"
        text = f"the connection {how} by {WHO[by]}" if by else "the relay closed the connection"
        self.cuts += by is None
        for flow in circuit.flows or ():
            if not flow.ended:
                self._inspection.mark(self.subjects[circuit.number], flow.side, Mark(end=flow.side))
        self._part(circuit, Mark("RESET" if reset else "CLOSED", text, {"by": by, "reset": reset}))

    def _part(self, circuit: Circuit, mark: Mark) -> None:
        """The last that is seen of a circuit."""
        circuit.notes = None
        self._inspection.mark(self.subjects.pop(circuit.number), circuit.ended_by or "bind", mark)
        self._over.append(circuit.number)

    def refused(self, circuit: Circuit, reason: str) -> None:
        """The target did not take it."""
        self.refusals += 1
        text = f"{self._target} did not accept: {reason}; the client was reset"
        details = {"reason": reason, "connect": _end(_peer(circuit.client), of_unix_peer(circuit.client))}
        self._inspection.mark(self._subject(circuit), "bind", Mark("REFUSED", text, details))

    def _subject(self, circuit: Circuit) -> Subject:
        return Subject(self.node, self.link, circuit, monotonic_ns(), self.count, self._lately, paused=self._paused)


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
