"""The greeting, and with it the version: decided byte by byte, by the lower of both sides (RFC 15, 23, 37).

    10 signature  FF | 8 padding | 7F      the padding is never checked; libzmq puts (identity length + 1) into it
     1 revision   0: 1.0 framing   1: ZMTP 2.0   3: ZMTP 3.x   others: read as 3.1, as libzmq does
     then         revision 0, 1: 1 socket type           12 bytes in all, then frames: the identity first
                  else: 1 minor, 20 mechanism, 1 as-server, 31 filler   64 bytes in all

| what is known                                        | this side speaks                                            |
|---|---|
| its first byte isn't FF                              | unversioned 1.0 (or another protocol: foreign.py)           |
| bit 0 of its byte 10 is 0                            | unversioned 1.0: a long identity frame                      |
| the other side is unversioned                        | 1.0 from its first byte on: its signature is then the       |
|                                                      | header of its identity frame                                |
| its revision or the other's is 0                     | 1.0 framing                                                 |
| its revision is 1                                    | 2.0                                                         |
| the other isn't known to speak 3.x, and its byte 13  |                                                             |
| could be the flags of a frame (0-3)                  | 2.0                                                         |
| otherwise                                            | 3.x                                                         |

libzmq announces revision 3 to an old peer, too, and then goes on with its socket type and the frame of its identity:
so a revision alone doesn't tell the version. Byte 13 does: flags of a frame, or the first letter of the mechanism.
"""

from __future__ import annotations

from typing import Final

from zinspector.zmtp.anomalies import anomaly
from zinspector.zmtp.events import Anomaly, Greeting
from zinspector.zmtp.foreign import UNKNOWN, opening

SIGNATURE: Final = 10
OLD: Final = 12
FULL: Final = 64
UNVERSIONED: Final = -1
MECHANISMS: Final = ("NULL", "PLAIN", "CURVE", "GSSAPI")
NUMBERED_TYPES: Final = ("PAIR", "PUB", "SUB", "REQ", "REP", "DEALER", "ROUTER", "PULL", "PUSH", "XPUB", "XSUB")


class Judge:
    """Takes the first bytes of one side until they say what it speaks.

    The verdict is in `length` (None: not yet): how many of the `held` bytes are the greeting, of which `revision` is
    what it speaks. Length 0 means unversioned: the held bytes are frames already. Or it is in `protocol`: not ZMTP.
    """

    def __init__(self) -> None:
        self.held = bytearray()
        self.length: int | None = None
        self.revision: int | None = None
        self.protocol: str | None = None
        self._needed = 1  # bytes for the next judgement

    def take(self, data: bytes, other: int | None) -> bytes | None:
        """The next bytes; `other` is what is known of the other side. With a verdict, the bytes that are frames."""
        at = 0
        while self.length is None and self.protocol is None:
            taken = data[at : at + self._needed - len(self.held)]
            self.held += taken
            at += len(taken)
            if len(self.held) < self._needed:
                return None
            if not self._foreign():
                self.judge(other)
        return self.left() + data[at:]

    def left(self) -> bytes:
        """The held bytes that are frames."""
        return bytes(self.held[self.length or 0 :])

    def skip(self, size: int) -> bool:
        """Leave out bytes that nobody saw; False unless they end the greeting, and version and mechanism came."""
        held = self.held
        if self._needed != FULL or len(held) + size != FULL or b"\0" not in held[OLD:]:
            return False
        self._decide(FULL, held[SIGNATURE])
        return True

    def finish(self, other: int | None) -> bool:
        """Nothing more comes; returns whether there is a verdict now."""
        if other == UNVERSIONED and len(self.held) >= SIGNATURE:
            self._decide(0, UNVERSIONED)
        elif len(self.held) == OLD and other in (0, 1):
            self._decide(OLD, other)
        return self.length is not None

    @property
    def known(self) -> int | None:
        """What the other side may know of this one: the revision, UNVERSIONED, or None.

        Another protocol is unversioned to it: libzmq answers in 1.0, and so must it be read.
        """
        held = self.held
        if self.protocol is not None:
            return UNVERSIONED
        if self.revision is not None or not held:
            return self.revision
        if held[0] != 0xFF or (len(held) >= SIGNATURE and not held[SIGNATURE - 1] & 1):
            return UNVERSIONED
        return held[SIGNATURE] if len(held) > SIGNATURE else None

    def _foreign(self) -> bool:
        """Look whether it is another protocol; True while more bytes are needed to say so, or when it is."""
        held = self.held
        if held[0] == 0xFF:
            if len(held) >= SIGNATURE and not held[SIGNATURE - 1] & 1 and held[SIGNATURE - 1]:
                self.protocol = UNKNOWN
            return self.protocol is not None
        found = opening(bytes(held))
        if found == "" or (found is None and len(held) < 2):
            self._needed = len(held) + 1
            return True
        if found is None and (not held[0] or held[1] > 1):
            found = UNKNOWN
        self.protocol = found
        return found is not None

    def judge(self, other: int | None) -> None:
        """Look at the held bytes; `other` is the revision of the other side, None where nobody knows it yet."""
        held = self.held
        size = len(held)
        if held[0] != 0xFF or other == UNVERSIONED or (size >= SIGNATURE and not held[SIGNATURE - 1] & 1):
            self._decide(0, UNVERSIONED)
        elif size < SIGNATURE:
            self._needed = SIGNATURE
        elif size == SIGNATURE:
            self._needed = SIGNATURE + 1
        elif size == FULL:
            self._decide(FULL, held[SIGNATURE])
        elif size < OLD:
            self._needed = OLD
        elif held[SIGNATURE] <= 1 or other == 0:
            self._decide(OLD, min(held[SIGNATURE], 1 if other is None else other))
        elif other is not None and other > 1:
            self._needed = FULL
        elif size == OLD:
            self._needed = OLD + 1
        elif held[OLD] <= 3:
            self._decide(OLD, 1)
        else:
            self._needed = FULL

    def _decide(self, length: int, revision: int) -> None:
        self.length = length
        self.revision = revision


def read_greeting(data: bytes, offset: int = 0) -> Greeting:
    """A greeting from its bytes, whole or as far as they came: also from the frame of a GREETING row."""
    size = len(data)
    if size < SIGNATURE + 1:
        return Greeting(data, (1, 0), identity_hint=_hint(data), offset=offset)
    wrong = [*_signature(data, offset)]
    if size <= OLD:
        number = data[OLD - 1] if size == OLD else -1
        kind = NUMBERED_TYPES[number] if 0 <= number < len(NUMBERED_TYPES) else None
        version = {0: (1, 0), 1: (2, 0)}.get(data[SIGNATURE], (2, 0) if size == OLD else (3, 0))
        first = (data[SIGNATURE], 0)
        if size == OLD and kind is None:
            wrong.append(anomaly("unknown-socket-type", offset + OLD - 1, name=number))
        return Greeting(data, version, None, False, first, kind, _hint(data), offset, tuple(wrong))
    major, minor = data[SIGNATURE], data[OLD - 1]
    name, _, padding = data[OLD : OLD + 20].partition(b"\0")
    mechanism = name.decode("ascii", "backslashreplace")
    version = (3, 0) if (major, minor) == (3, 0) else (3, 1)
    wrong += _strict(data, offset, mechanism, padding) if size == FULL else []
    as_server = size > 32 and data[32] == 1
    return Greeting(data, version, mechanism, as_server, (major, minor), None, _hint(data), offset, tuple(wrong))


def _hint(data: bytes) -> int | None:
    """The length of the identity, from the padding as libzmq fills it (zmtp_engine.cpp); others leave it zero."""
    padding = int.from_bytes(data[1:9], "big") if len(data) >= SIGNATURE else 0
    return padding - 1 if padding else None


def _signature(data: bytes, offset: int) -> list[Anomaly]:
    value = data[SIGNATURE - 1]
    return [] if value == 0x7F else [anomaly("bad-signature", offset + SIGNATURE - 1, value=value)]


def _strict(data: bytes, offset: int, mechanism: str, padding: bytes) -> list[Anomaly]:
    wrong = []
    major, minor = data[SIGNATURE], data[OLD - 1]
    if major != 3 or minor > 1:
        wrong.append(anomaly("unknown-version", offset + SIGNATURE, major=major, minor=minor))
    if mechanism not in MECHANISMS:
        wrong.append(anomaly("unknown-mechanism", offset + OLD, name=mechanism))
    if any(padding):
        wrong.append(anomaly("mechanism-padding", offset + OLD))
    if data[32] > 1:
        wrong.append(anomaly("bad-as-server", offset + 32, value=data[32]))
    if any(data[33:]):
        wrong.append(anomaly("filler-not-zero", offset + 33))
    return wrong
