"""What the bytes of one side of a ZMTP connection mean, as plain values.

- Every event has `offset`, the place of its first byte in the stream of its side (bytes, from 0), and `anomalies`.
- Sizes are in bytes and true, also where only the head of a frame was kept.
- A `Block` is many ordinary `Message` events as columns; `Block.messages()` gives them one by one. An ordinary message
  has no anomaly, and all its frames are whole and within the limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Side = Literal["connect", "bind"]
"""Whose bytes: of the end that connected, or of the one that listened."""

Bytes = bytes | memoryview
"""Memoryviews are of bytes that nobody changes while they are used."""

Offsets = npt.NDArray[np.int64]
Counts = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Anomaly:
    """A deviation from the protocol: its kind in kebab-case, where, and one sentence."""

    code: str
    offset: int
    text: str

    def __str__(self) -> str:
        return f"{self.code}: {self.text}"


@dataclass(frozen=True, slots=True)
class Greeting:
    """The first bytes of a side, as far as they came: 64 of ZMTP 3.x, 12 of 2.0, none of 1.0.

    `version` is the one that its bytes then follow (after a downgrade lower than `announced`); `socket_type` is told
    here by 2.0 only; `identity_hint` is the length that libzmq puts into the padding, None where it says nothing.
    """

    data: bytes
    version: tuple[int, int]
    mechanism: str | None = None
    as_server: bool = False
    announced: tuple[int, int] | None = None
    socket_type: str | None = None
    identity_hint: int | None = None
    offset: int = 0
    anomalies: tuple[Anomaly, ...] = ()


@dataclass(frozen=True, slots=True)
class Handshake:
    """One step of a handshake: READY, HELLO, WELCOME, INITIATE, ERROR ..., or IDENTITY (first frame of 1.0, 2.0).

    `data` is the body without the name; the password of a PLAIN HELLO is stars unless it was asked for.
    """

    name: str
    data: bytes
    offset: int = 0
    anomalies: tuple[Anomaly, ...] = ()


@dataclass(frozen=True, slots=True)
class Command:
    """A command after the handshake. `data` is the body without the name: of SUBSCRIBE and CANCEL the topic.

    A command without a readable name has the name "" and its whole body as data. `size` is the true length of `data`.
    """

    name: str
    data: bytes
    size: int = 0
    offset: int = 0
    anomalies: tuple[Anomaly, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """A message of one or more frames. With CURVE a frame is the ciphertext of the payload, as long as the payload.

    `complete` is False where the end of the stream, a gap or a limit cut it.
    """

    frames: tuple[bytes, ...]
    true_sizes: tuple[int, ...]
    complete: bool = True
    offset: int = 0
    anomalies: tuple[Anomaly, ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """Bytes that nobody saw; `size` is None where their number isn't known."""

    size: int | None
    offset: int = 0
    anomalies: tuple[Anomaly, ...] = ()


@dataclass(frozen=True, slots=True)
class NotZmtp:
    """This side speaks something else: "HTTP", "TLS", "SSH" ... or "unknown". Nothing more comes of this side."""

    protocol: str
    text: str
    offset: int = 0
    anomalies: tuple[Anomaly, ...] = ()


@dataclass(frozen=True, slots=True)
class Stopped:
    """From here on the bytes of this side are not looked at, and why."""

    reason: str
    offset: int = 0
    anomalies: tuple[Anomaly, ...] = ()


Event = Greeting | Handshake | Command | Message | Gap | NotZmtp | Stopped


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A run of ordinary messages of one side, over the chunk in which they all lie.

    `starts` and `lengths` hold the place in `data` and the length of each frame's payload, `heads` the place of each
    frame's header; `counts` the frames of each message. `offset` belongs to the first header.
    """

    data: Bytes
    heads: Offsets
    starts: Offsets
    lengths: Offsets
    counts: Counts
    offset: int = 0
    anomalies: tuple[Anomaly, ...] = ()

    def messages(self) -> list[Message]:
        """The same messages, one by one."""
        base = self.offset - int(self.heads[0])
        frames = [
            bytes(self.data[start : start + length])
            for start, length in zip(self.starts.tolist(), self.lengths.tolist(), strict=True)
        ]
        heads, sizes = self.heads.tolist(), self.lengths.tolist()
        made, first = [], 0
        for count in self.counts.tolist():
            end = first + count
            parts = tuple(frames[first:end]), tuple(sizes[first:end])
            made.append(Message(*parts, offset=base + heads[first]))
            first = end
        return made


def expand(items: list[Event | Block]) -> list[Event]:
    """What the fast path found, as the readable path would have told it."""
    made: list[Event] = []
    for item in items:
        made += item.messages() if isinstance(item, Block) else [item]
    return made
