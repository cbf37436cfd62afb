"""The handshake of one side, between its greeting and its first message.

| mechanism | state     | command   | next      |
|---|---|---|---|
| NULL      | -         | READY     | done      |
| PLAIN     | -         | HELLO     | client    |   who sends HELLO is the client; the as-server byte says nothing
| and       | -         | WELCOME   | server    |   (libzmq leaves it 0)
| CURVE     | client    | INITIATE  | done      |
|           | server    | READY     | done      |
| another   | -         | READY     | done      |   everything else is shown and not judged
| all       | any       | ERROR     | the same  |

A command that isn't in the table is shown, is an anomaly (libzmq closes on it), and changes nothing. A frame that has
no COMMAND flag is a command all the same when its name says so; otherwise it is a message that came too early.

After a gap in a handshake (`holed`) nobody knows its state: no command is misplaced then, until READY ends it.
"""

from __future__ import annotations

from typing import Final

from zinspector.zmtp.anomalies import anomaly
from zinspector.zmtp.commands import (
    IDENTITY,
    MASK,
    PARTNERS,
    SOCKET_TYPE,
    curve_size_fits,
    is_hello,
    mask_hello,
    properties,
    split_command,
    split_hello,
)
from zinspector.zmtp.events import Anomaly, Handshake
from zinspector.zmtp.frames import COMMAND, Frame
from zinspector.zmtp.peer import Peer

DONE: Final = "done"
TWO_WAYS: Final = {
    "": {"HELLO": "client", "WELCOME": "server"},
    "client": {"INITIATE": DONE},
    "server": {"READY": DONE},
}
STEPS: Final = {"NULL": {"": {"READY": DONE}}, "PLAIN": TWO_WAYS, "CURVE": TWO_WAYS}
MISSPELT: Final = b"^RROR"  # libzmq's plain_common.hpp: the escape in "\x05ERROR" takes the E for a digit
LONGEST_TYPE: Final = 32  # bytes; each made-up one stays a word of the capture for good
NAMES: Final = frozenset({"READY", "HELLO", "WELCOME", "INITIATE", "ERROR"})


class Handshaking:
    """Follows one side; `done` when messages may come."""

    def __init__(self, own: Peer, other: Peer, masks: bool) -> None:
        self.state = ""
        self.holed = False
        self._own = own
        self._other = other
        self._masks = masks

    @property
    def done(self) -> bool:
        """Whether what comes next are messages."""
        return self.state == DONE

    def late(self, frame: Frame, wrong: tuple[Anomaly, ...]) -> Handshake | None:
        """Take in what a gap left of the handshake; None when the frame isn't of it."""
        if not self.holed or self.done or len(frame.body) < frame.size:
            return None
        parts = split_command(_spelt(frame.body))
        return None if parts is None or parts[0] not in NAMES else self.frame(frame, wrong)

    def glimpsed(self, frame: Frame, wrong: tuple[Anomaly, ...]) -> Handshake:
        """Take in a command whose end nobody saw: the whole properties of a READY, if they tell who it is."""
        parts = split_command(frame.body)
        if parts is not None and parts[0] == "READY" and self._own.mechanism in ("NULL", "PLAIN"):
            found = properties(parts[1])[0]
            if any(each.name == SOCKET_TYPE for each in found):
                end = len(frame.body) - len(parts[1]) + found[-1].end
                told = self.frame(frame._replace(body=frame.body[:end]), wrong)
                if told is not None:
                    return told
        return Handshake("", b"", frame.offset, wrong)

    def frame(self, frame: Frame, wrong: tuple[Anomaly, ...]) -> Handshake | None:
        """Take a frame in; None when it is a message."""
        body = frame.body
        if self._own.mechanism in ("PLAIN", None) and body.startswith(MISSPELT):  # None: a gap took the greeting
            wrong += (anomaly("misspelt-error", frame.offset),)
            body = _spelt(body)
        parts = split_command(body)
        flagged = bool(frame.flags & COMMAND)
        if not flagged and (parts is None or parts[0].upper() not in NAMES):
            return None
        offset = frame.offset
        if parts is None:
            wrong += (anomaly("malformed-command" if frame.size else "empty-command", offset),)
            return Handshake("", MASK if body and self._masks else body, offset, wrong)
        name, data = parts
        if not flagged:
            wrong += (anomaly("missing-command-flag", offset, name=name),)
        misplaced = self._step(name, frame)
        wrong += misplaced
        learnt = () if misplaced else self._learn(name, data, offset)
        if name == "ERROR" or self._own.mechanism in STEPS:
            wrong += learnt
        if is_hello(name) and self._own.mechanism != "CURVE" and self._masks:
            data = mask_hello(data)
        return Handshake(name, data, offset, wrong)

    def _step(self, name: str, frame: Frame) -> tuple[Anomaly, ...]:
        mechanism = self._own.mechanism or "unknown"
        steps = STEPS.get(mechanism)
        if steps is None or self.holed:
            self.state = DONE if name == "READY" else self.state
            return ()
        following = steps[self.state].get(name)
        if following is None and name != "ERROR":
            return (anomaly("unexpected-command", frame.offset, name=name, mechanism=mechanism),)
        self.state = following or self.state
        if mechanism == "CURVE" and not curve_size_fits(name, frame.size):
            return (anomaly("malformed-handshake", frame.offset, name=name, size=frame.size),)
        return ()

    def _learn(self, name: str, data: bytes, offset: int) -> tuple[Anomaly, ...]:
        """Note what a command tells; returns what is wrong with it."""
        if name == "ERROR":
            return self._refused(data, offset)
        if self._own.mechanism == "CURVE":
            return ()
        if name == "HELLO" and self._own.mechanism == "PLAIN" and split_hello(data) is None:
            return (anomaly("malformed-handshake", offset, name=name, size=len(data)),)
        if name != "READY" and (name != "INITIATE" or self._own.mechanism not in STEPS):
            return ()
        found, fits = properties(data)
        wrong = [] if fits else [anomaly("malformed-metadata", offset, name=name)]
        for each in found:
            wrong += self._property(each.name, each.value, offset)
        if fits and self._own.socket_type is None:
            wrong.append(anomaly("no-socket-type", offset))
        return (*wrong, *self._partners(offset))

    def _refused(self, data: bytes, offset: int) -> tuple[Anomaly, ...]:
        if not data or 1 + data[0] > len(data):
            return (anomaly("malformed-handshake", offset, name="ERROR", size=len(data)),)
        reason = data[1 : 1 + data[0]].decode("utf-8", "backslashreplace") or "no reason given"
        return (anomaly("error", offset, reason=reason),)

    def _property(self, name: str, value: bytes, offset: int) -> list[Anomaly]:
        wrong = []
        if name in self._own.properties:
            wrong.append(anomaly("repeated-property", offset, name=name))
        self._own.properties[name] = value
        for right in (SOCKET_TYPE, IDENTITY):
            if name != right and name.lower() == right.lower():
                wrong.append(anomaly("property-case", offset, name=name, right=right))
                name = right
        if name == IDENTITY:
            self._own.identity = value
            wrong += check_identity(value, offset)
        elif name == SOCKET_TYPE:
            self._own.socket_type = value[:LONGEST_TYPE].decode("ascii", "backslashreplace")
            if self._own.socket_type not in PARTNERS:
                wrong.append(anomaly("unknown-socket-type", offset, name=self._own.socket_type))
        return wrong

    def _partners(self, offset: int) -> tuple[Anomaly, ...]:
        mine, other = self._own.socket_type, self._other.socket_type
        if mine is None or other is None or mine not in PARTNERS or other not in PARTNERS or other in PARTNERS[mine]:
            return ()
        return (anomaly("socket-type-mismatch", offset, mine=mine, other=other),)


def _spelt(body: bytes) -> bytes:
    """A command as it was meant."""
    return b"\x05ERROR" + body[len(MISSPELT) :] if body.startswith(MISSPELT) else body


def check_identity(value: bytes, offset: int) -> list[Anomaly]:
    """What is wrong with an identity (RFC 23; libzmq takes all of them)."""
    wrong = []
    if len(value) > 255:
        wrong.append(anomaly("long-identity", offset, size=len(value)))
    if value[:1] == b"\0":
        wrong.append(anomaly("nul-identity", offset))
    return wrong
