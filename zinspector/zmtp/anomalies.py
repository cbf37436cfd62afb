"""The deviations that the parser names: code, sentence, and what libzmq 4.3.5 does when it reads the same bytes.

What libzmq does is one of

- `goes on`: it ignores the deviation, and so do we;
- `closes`: it ends the connection (its monitor says HANDSHAKE_FAILED_PROTOCOL during a handshake, else DISCONNECTED);
- `out of step`: it goes on, but reads what follows differently from what the sender meant;
- `refused`: its monitor says HANDSHAKE_FAILED_AUTH, and it waits for the other end to close;
- `delivers`: it hands the bytes to the application as a message;
- `-`: nothing of libzmq is concerned.

Sentences are templates; `anomaly()` fills them in. Facts: RFC 13, 15, 23, 24, 25, 26, 37 of rfc.zeromq.org; libzmq
v1_decoder.cpp, v2_decoder.cpp, zmtp_engine.cpp, stream_engine_base.cpp, mechanism.cpp, null_mechanism.cpp.
"""

from __future__ import annotations

from typing import Final

from zinspector.zmtp.events import Anomaly

KINDS: Final[dict[str, tuple[str, str]]] = {
    # greeting
    "bad-signature": ("goes on", "byte 10 of the greeting is {value:02x}, not 7f"),
    "unknown-version": ("goes on", "announces ZMTP {major}.{minor}, which isn't known; read as 3.1"),
    "unknown-mechanism": ("closes", "security mechanism {name!r} isn't known: its handshake can't be checked"),
    "mechanism-padding": ("closes", "bytes follow the NUL that ends the name of the mechanism"),
    "mechanism-mismatch": ("closes", "this end speaks {mine}, the other {other}: no handshake can succeed"),
    "bad-as-server": ("goes on", "as-server is {value}, not 0 or 1"),
    "filler-not-zero": ("goes on", "the last 31 bytes of the greeting aren't zero"),
    "no-downgrade": ("out of step", "speaks ZMTP 3 to an end that speaks {other} only"),
    "incomplete-greeting": ("-", "the stream ended after {size} bytes of the greeting"),
    # frames
    "reserved-flags": ("goes on", "flags {value:02x} use reserved bits"),
    "long-form": ("goes on", "8-byte length for a frame of {size} bytes, where 1 byte does"),
    "more-on-command": ("goes on", "a command with the MORE flag"),
    "zero-length": ("closes", "a ZMTP 1.0 frame of length 0: not even room for its flags"),
    "impossible-size": ("closes", "a frame declares {size} bytes, more than 2^63-1"),
    "oversize-frame": ("closes", "a frame declares {size} bytes: libzmq tries to allocate them at once"),
    "corrupt-long-topic": (
        "out of step",
        "the sender encoded a corrupt frame: a topic of 255 bytes with a long length but no LONG flag (libzmq); "
        "the receiver is out of step from here",
    ),
    "endless-message": ("goes on", "a message of more than {frames} frames, shown in pieces"),
    "incomplete-message": ("-", "the stream ended inside a message"),
    "incomplete-command": ("-", "the stream ended inside a command"),
    "gap-in-message": ("-", "bytes of this message were not seen"),
    "gap-before-message": ("-", "the first after bytes that were not seen: its beginning may be missing"),
    "gap-in-command": ("-", "bytes of this command were not seen"),
    # commands
    "empty-command": ("goes on", "an empty command"),
    "malformed-command": ("goes on", "the name of the command is longer than its body"),
    "unknown-command": ("goes on", "a command that isn't known: {name}"),
    "misspelt-error": ("goes on", "ERROR written ^RROR, as libzmq's PLAIN server does"),
    "late-command": ("goes on", "{name} after the handshake: dropped silently"),
    "long-command": ("goes on", "a command of {size} bytes"),
    "command-inside-message": ("goes on", "a command between the frames of a message"),
    "subscribe-to-non-publisher": ("delivers", "{name} to a {type}, which gets it as a message"),
    "short-ping": ("out of step", "a PING without TTL: libzmq answers it with 16 bytes of stale memory"),
    "long-ping-context": ("goes on", "PING context of {size} bytes: only 16 come back"),
    "ping-ttl-overflow": ("out of step", "PING TTL of {ttl} s becomes {wrapped} ms at libzmq, which then disconnects"),
    # handshake
    "missing-command-flag": ("goes on", "{name} without the COMMAND flag"),
    "unexpected-command": ("closes", "{name} at this place of a {mechanism} handshake"),
    "message-before-ready": ("closes", "a message before this end finished its handshake"),
    "message-before-peer-ready": ("closes", "sent before the other end finished its handshake: libzmq closes on it"),
    "malformed-metadata": ("closes", "the properties of {name} don't fit its body"),
    "malformed-handshake": ("closes", "{name} of {size} bytes can't be right"),
    "repeated-property": ("goes on", "property {name} twice"),
    "property-case": ("goes on", "{name} isn't written {right}: libzmq doesn't know it"),
    "no-socket-type": ("goes on", "no Socket-Type told"),
    "unknown-socket-type": ("closes", "socket type {name!r} isn't known"),
    "socket-type-mismatch": ("closes", "{mine} and {other} can't talk: one disconnect, no event, no retry"),
    "long-identity": ("goes on", "an identity of {size} bytes, more than 255"),
    "nul-identity": ("goes on", "an identity that begins with a NUL, as generated ones do"),
    "error": ("refused", "refused by the other end: {reason}"),
    # CURVE
    "not-encrypted": ("closes", "a frame in clear inside a CURVE connection"),
    "curve-nonce": ("closes", "the nonce does not grow: a replay"),
}


def anomaly(code: str, offset: int, **facts: object) -> Anomaly:
    """An anomaly at a place of a stream. Raises KeyError when the code isn't one of `KINDS`."""
    return Anomaly(code, offset, KINDS[code][1].format(**facts))


def libzmq(code: str) -> str:
    """What libzmq does on it, in one of the words above."""
    return KINDS[code][0]
