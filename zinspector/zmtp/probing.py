"""Asking who listens without becoming its peer. Pure: bytes in, bytes to send out, and in the end what was found.

The rule of all rules: nobody may be able to hand us a message. A ZeroMQ socket hands messages to a connection when the
handshake is over (libzmq since 4.3.3), so each version is asked just so far as it doesn't end. Older sockets (jeromq
0.3, libzmq before 4.3.3, see its pull request 3913) give every connection a queue when they accept it, be it a port
scan: what a PUSH or DEALER of that age sends in the milliseconds of a probe may go there, and is lost to others. Nobody
who connects can avoid that; it is why all is over as soon as possible.

- Every ZeroMQ listener speaks first, so we begin with listening. Who is silent gets the ten bytes of the signature.
  Its padding, which nobody checks (RFC 23; libzmq puts a length there), is chosen twice over: as a ZMTP 1.0 frame it
  announces an identity of 3337 bytes that never comes, so a slow 1.0 peer goes on waiting; and it ends in a line feed,
  so that servers which read lines (HTTP, Redis, SMTP) answer something that tells who they are.
- 1.0 says its identity at once and never its type. It gets nothing from us.
- 2.0 says its type after our signature (RFC 15; libzmq 3.2). Its identity would come after our half of the greeting,
  and with it the first messages: not asked.
- 3.x says its mechanism after our version. With NULL we send the rest of our greeting, and the peer's READY comes
  without ours (libzmq: null_mechanism.cpp); it tells type, identity and properties, and we stop. With PLAIN and CURVE
  everything else is behind the client's HELLO, which we don't send: only the mechanism is known. Nor do we send our
  mechanism there: a listener that plays the client would answer it with its password.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Literal

from zinspector.zmtp.banners import who
from zinspector.zmtp.connection import Connection
from zinspector.zmtp.events import Command, Handshake
from zinspector.zmtp.greeting import FULL, OLD, read_greeting
from zinspector.zmtp.greeting import SIGNATURE as SIGNATURE_SIZE

Kind = Literal["zmtp", "other", "silent"]

SIGNATURE = b"\xff\0\0\0\0\0\0\x0d\x0a\x7f"
VERSION = b"\x03\x01"
REST = b"NULL".ljust(20, b"\0") + bytes(32)
MOST_BYTES = 1 << 16


@dataclass
class Found:
    """What a listener told. `protocol` names who is not ZeroMQ, `text` says in words what is unknown and why.

    `anomalies` are what it did against the protocol, as `code: sentence`.
    """

    kind: Kind = "silent"
    version: tuple[int, int] | None = None
    mechanism: str | None = None
    socket_type: str | None = None
    identity: bytes | None = None
    properties: dict[str, bytes] = field(default_factory=dict)
    protocol: str | None = None
    anomalies: tuple[str, ...] = ()
    text: str = ""


class Probing:
    """One conversation: tell it what came, or that nothing comes; send what it returns, until `done`."""

    def __init__(self) -> None:
        self.done = False
        self.found = Found()
        self._data = b""
        self._sent = 0

    def received(self, data: bytes) -> bytes:
        """Bytes came; returns what to send now."""
        self._data += data
        if len(self._data) > MOST_BYTES:
            self._end("it sends more than any handshake has")
            return b""
        if self._data[0] == 0xFF:
            return self._greeted()
        self._stranger(settled=False)
        return b""

    def quiet(self) -> bytes:
        """Nothing came for a while; returns what to send to make it talk."""
        if self._data:
            if self._data[0] != 0xFF:
                self._stranger(settled=True)
            return b""
        return self._send(SIGNATURE)

    def ended(self, *, closed: bool) -> None:
        """The listener closed the connection, or the time is over."""
        if self.done:
            return
        how = "closed the connection" if closed else "said no more"
        if not self._data and closed and self._sent:
            self.found = Found("other")
            self._end("it hung up at our greeting, as TLS does")
        elif not self._data:
            self._end("closed the connection without a word" if closed else "accepts connections and says nothing")
        elif self._data[0] != 0xFF:
            self._stranger(settled=True)
        elif self.found.version is None:
            self._end(f"began like ZeroMQ and {how}")
        else:
            self._end(f"{how} before it told its socket type")

    # Inside

    def _send(self, data: bytes) -> bytes:
        """What of `data`, a beginning of our greeting, was not sent yet."""
        rest = data[self._sent :]
        self._sent += len(rest)
        return rest

    def _end(self, text: str = "") -> None:
        self.done = True
        self.found.text = text

    def _greeted(self) -> bytes:
        data = self._data
        if len(data) < SIGNATURE_SIZE:
            return b""
        if not data[9] & 1:  # a long frame, not a signature (RFC 15)
            size = struct.unpack_from(">Q", data, 1)[0]
            self._version_1(data[10 : 9 + size] if size <= MOST_BYTES else None)
            return b""
        if len(data) == SIGNATURE_SIZE or data[10] in (0, 1):
            self._version_2(data)
            return b"" if self.done else self._send(SIGNATURE)
        self._version_3(data)
        return b"" if self.done else self._send(SIGNATURE + VERSION + (REST if self.found.mechanism else b""))

    def _version_3(self, data: bytes) -> None:
        self.found.kind = "zmtp"
        if len(data) >= OLD:
            self.found.version = data[SIGNATURE_SIZE], data[OLD - 1]
        if len(data) < FULL:
            return
        mechanism = read_greeting(data[:FULL]).mechanism
        self.found.mechanism = mechanism
        if mechanism == "NULL":
            self._handshake(data)
        else:
            self._end(f"{mechanism} tells socket type and identity only to clients that it lets in")

    def _handshake(self, data: bytes) -> None:
        connection = Connection()
        connection.feed("connect", SIGNATURE + VERSION + REST)
        greeting, *steps = connection.feed("bind", data)
        self.found.anomalies = tuple(map(str, greeting.anomalies))
        if not steps:
            return
        first = steps[0]
        self.found.anomalies += tuple(map(str, first.anomalies))
        if not isinstance(first, Handshake) or first.name not in ("READY", "ERROR"):
            what = f"the command {first.name}" if isinstance(first, Handshake | Command) else "a message"
            self._end(f"sent {what} where READY should be")
        elif first.name == "ERROR":
            self._end(f"refused us: {first.data[1:].decode('utf-8', 'backslashreplace')}")
        else:
            peer = connection.peers["bind"]
            self.found.properties = dict(peer.properties)
            self.found.socket_type, self.found.identity = peer.socket_type, peer.identity
            self._end("" if peer.socket_type is not None else "its READY names no socket type")

    def _version_1(self, identity: bytes | None) -> None:
        self.found = Found("zmtp", (1, 0), identity=identity)
        self._end("ZMTP 1.0 has no way to tell the socket type")

    def _version_2(self, data: bytes) -> None:
        """Revision 1, or 0: the same greeting over 1.0 framing (RFC 15)."""
        if len(data) < OLD:
            return
        greeting = read_greeting(data[:OLD])
        self.found = Found("zmtp", (data[SIGNATURE_SIZE] + 1, 0), socket_type=greeting.socket_type)
        self.found.anomalies = tuple(map(str, greeting.anomalies))
        self._end("a peer this old tells its identity only together with its messages: not asked")

    def _stranger(self, *, settled: bool) -> None:
        data = self._data
        banner = who(data)
        if banner is not None:
            self.found = Found("other", protocol=banner.protocol)
            self._end(banner.words)
        elif settled:
            size = data[0]
            if size and len(data) == size + 1 and data[1] & 0xFE == 0:  # one whole frame: its identity
                self._version_1(data[2:])
                return
            self.found = Found("other")
            self._end(f"began with {data[:16].hex(' ')}")
