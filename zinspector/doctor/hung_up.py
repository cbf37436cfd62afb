"""Z216 and Z208: who hangs up the moment it hears what the other end is; most likely the two don't fit.

libzmq checks the type when READY comes in (mechanism.cpp, check_socket_type), and closes at once. Its own READY is then
often still unsent: so the one type that was seen is all that there is to tell it by. It never tries again. A probe that
has heard enough looks the same.

It checks the mechanism when the greeting comes in (zmtp_engine.cpp). Where that overtakes its own, no more than 11 of
its own 64 bytes are ever sent, and its own mechanism is never seen. It tries again for ever.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from zinspector.capture.connection import Side
from zinspector.capture.message import Message
from zinspector.capture.readable import printable
from zinspector.doctor.finding import Finding
from zinspector.doctor.handshakes import REMEDIES
from zinspector.doctor.remedies import fits
from zinspector.doctor.sessions import OTHER, Place, Session
from zinspector.topology.socket_types import SOCKET_TYPES


class _Heard(NamedTuple):
    """Who hung up, on hearing what of the other end, and what most likely doesn't fit."""

    place: Place
    by: Side
    code: str
    what: str
    likely: str
    remedy: str


@dataclass
class _Times:
    """How often it happened, and the first rows of what was heard."""

    count: int = 0
    rows: list[int] = field(default_factory=list)


class HungUp:
    """Handshakes that one end broke off on the READY or the greeting of the other."""

    def __init__(self, most: int, most_evidence: int) -> None:
        """Of at most so many places, and with so many rows of each."""
        self._most = most
        self._most_evidence = most_evidence
        self._times: dict[_Heard, _Times] = {}

    def shook(self, session: Session, _time_ns: int) -> None:
        """A handshake that goes on tells nothing."""

    def closed(self, session: Session, _row: Message) -> None:
        """Count a handshake that ended on a READY or a greeting without an answer."""
        by = session.ended_by
        if by is None or not session.whole or session.said(by, "READY") or not session.said(by, "GREETING"):
            return
        key = _of_type(session, by) or _of_mechanism(session, by)
        heard = session.steps[OTHER[by]].get("READY" if key is not None and key.code == "Z216" else "GREETING")
        if key is None or heard is None:
            return
        if key not in self._times and len(self._times) == self._most:
            return
        times = self._times.setdefault(key, _Times())
        times.count += 1
        if len(times.rows) < self._most_evidence:
            times.rows.append(heard)

    def findings(self, _now_ns: int) -> list[Finding]:
        """One for each place, end, and type of socket or mechanism."""
        return [_finding(key, times) for key, times in self._times.items()]


def _of_type(session: Session, by: Side) -> _Heard | None:
    kind = next((one for one in SOCKET_TYPES if one == session.seen.end(OTHER[by]).socket_type), None)
    mechanisms = {session.seen.connecting.mechanism, session.seen.listening.mechanism}
    if kind is None or mechanisms != {"NULL"}:
        return None
    likely = "its socket most likely doesn't fit, or it was a probe"
    return _Heard(session.place, by, "Z216", f"is a {kind}", likely, fits(kind))


def _of_mechanism(session: Session, by: Side) -> _Heard | None:
    mechanism = session.seen.end(OTHER[by]).mechanism
    if mechanism is None or session.seen.end(by).version is not None:
        return None
    likely = "it most likely wants another mechanism"
    remedy = REMEDIES["HANDSHAKE_FAILED_PROTOCOL"]
    return _Heard(session.place, by, "Z208", f"wants {printable(mechanism)}", likely, remedy)


def _finding(key: _Heard, times: _Times) -> Finding:
    place = key.place
    who, other = (place.client, place.listener) if key.by == "connect" else (place.listener, place.client)
    often = f", {times.count:,} times" if times.count > 1 else ""
    return Finding(
        key.code,
        "warning",
        f"{who or 'one end'} hung up on hearing that {other or 'the other'} {key.what}: {key.likely}{often}",
        place.node,
        place.link,
        key.remedy,
        tuple(times.rows),
        confidence="likely",
        cause=f"{key}",
    )
