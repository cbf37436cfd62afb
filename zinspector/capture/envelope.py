"""What each frame of a message is: routing id, delimiter, topic, payload, stamp.

Rules, from RFC 28 and libzmq's req.cpp, rep.cpp, router.cpp: a message that a ROUTER reads or writes begins with a
routing id for every ROUTER hop, up to the empty delimiter that REQ adds; without a delimiter only the first frame is
one. REQ and REP hand over no envelope. DEALER sees the ids of the hops behind it. A REQ with REQ_CORRELATE puts a
4-byte id before the delimiter. The first frame of publish-subscribe traffic is the topic. STREAM puts a routing id
before its data. On the wire (a tap's rows) the id of that hop is never seen: what comes before a delimiter was put
there by REQ and by the hops behind. In `topic | payload | seconds since 1970 as text`, which PlotJuggler's ZeroMQ
streamer reads (its datastream_zmq.cpp), the third frame is the time of the payload.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from zinspector.capture.message import TOPIC_TYPES, Message

Role = Literal["routing id", "request id", "delimiter", "topic", "payload", "stamp", "time", "command", "event"]

STAMP_MAGIC = b"ZINSTAMP"
STAMP_SIZE = 16
MOST_HOPS = 16
SECONDS = re.compile(rb"\d{9,10}(\.\d{1,9})?")  # from 1973 on
REPLIES = frozenset({"REQ", "REP", "ROUTER", "DEALER"})


@dataclass(frozen=True)
class Envelope:
    """`count` frames of envelope, then the payload; `roles` has one entry for every frame."""

    count: int
    roles: tuple[Role, ...]


def envelope(message: Message) -> Envelope:
    """Name every frame of a message."""
    if message.kind != "message":
        role: Role = "event" if message.kind == "event" else "command"
        return Envelope(0, (role,) * len(message.frames))
    head = _wire_head(message) if "->" in message.direction else _socket_head(message)
    rest: list[Role] = ["payload"] * (len(message.frames) - len(head))
    if rest and not head and TOPIC_TYPES & {message.from_type, message.to_type}:
        rest[0] = "topic"
    if rest and is_stamp(message.frames[-1]):
        rest[-1] = "stamp"
    elif payload_time(message) is not None:
        rest[-1] = "time"
    return Envelope(len(head), (*head, *rest))


def payload_time(message: Message) -> float | None:
    """The time of the payload that a publisher sent as its third and last frame, in seconds since 1970."""
    published = message.kind == "message" and TOPIC_TYPES & {message.from_type, message.to_type}
    if not published or len(message.frames) != 3 or not SECONDS.fullmatch(message.frames[2]):
        return None
    return float(message.frames[2])


def _socket_head(message: Message) -> list[Role]:
    frames = message.frames
    owner = message.from_type if message.direction == "out" else message.to_type
    if owner == "STREAM":
        return ["routing id"] if frames else []
    if owner not in ("ROUTER", "DEALER"):
        return []
    return _head(frames, 1 if owner == "ROUTER" else 0)


def _wire_head(message: Message) -> list[Role]:
    return _head(message.frames, 0) if REPLIES & {message.from_type, message.to_type} else []


def _head(frames: tuple[bytes, ...], least: int) -> list[Role]:
    end = next((i for i, frame in enumerate(frames[:MOST_HOPS]) if i >= least and not frame), None)
    if end is None or end == len(frames) - 1:
        return ["routing id"] if least and frames else []
    head: list[Role] = ["routing id"] * end
    if end > least and len(frames[end - 1]) == 4:
        head[-1] = "request id"
    return [*head, "delimiter"]


def is_stamp(frame: bytes) -> bool:
    """Whether a frame is the stamp that zinspector puts behind a message."""
    return len(frame) == STAMP_SIZE and frame.startswith(STAMP_MAGIC)
