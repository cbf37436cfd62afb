"""After the handshake: frames become messages and commands.

| frame                                            | becomes                                                         |
|---|---|
| COMMAND flag (3.x)                               | a Command at once, also between the frames of a message         |
| `01 topic`, `00 topic` from a SUB or XSUB        | Command SUBSCRIBE, CANCEL (2.0, 3.0; XSUB.send in 3.1)          |
| MORE                                             | the next frame of a message                                     |
| otherwise                                        | the last frame of a message: a Message                          |
| CURVE                                            | a Message of one frame: MORE is inside the box                  |

A message keeps at most `MOST_BYTES` of its frames, and the first `MOST_WRONG` of its anomalies; a message that doesn't
end is told in pieces of `MOST_FRAMES` frames. So nothing that a peer sends makes us hold more than that.

A verdict needs the bytes for it: who spoke first isn't judged when any are missing (`ordered`), and a frame after a gap
may be the rest of a message, and is told so (`headless`).
"""

from __future__ import annotations

from typing import Final

from zinspector.zmtp.anomalies import anomaly
from zinspector.zmtp.commands import (
    CURVE_MESSAGE,
    CURVE_OVERHEAD,
    KNOWN,
    PUBLISHERS,
    SUBSCRIBERS,
    check_ping,
    is_hello,
    mask_body,
    mask_hello,
    split_command,
)
from zinspector.zmtp.events import Anomaly, Command, Message
from zinspector.zmtp.frames import COMMAND, MORE, Frame
from zinspector.zmtp.peer import Peer

MOST_BYTES: Final = 24 << 20  # such a message still fits into half a ring: see runtime/handing.py
MOST_FRAMES: Final = 1 << 20
MOST_WRONG: Final = 100


class Traffic:
    """The messages and commands of one side."""

    def __init__(self, own: Peer, other: Peer, max_frame: int, masks: bool) -> None:
        """`max_frame`: bytes to keep of a frame. `masks`: stars for passwords."""
        self.own = own
        self.other = other
        self.commands = True
        self.curve = False
        self.ordered = True  # all bytes of both sides came, in the order in which they were seen
        self.headless = False  # what comes next may be the rest of a message
        self.last_nonce = -1
        self._max_frame = max_frame
        self._masks = masks
        self._frames: list[bytes] = []
        self._sizes: list[int] = []
        self._kept = 0
        self._wrong: list[Anomaly] = []
        self._noted: tuple[Anomaly, ...] = ()
        self._offset = 0

    @property
    def inside(self) -> bool:
        """Whether a message has begun."""
        return bool(self._frames)

    @property
    def plain(self) -> bool:
        """Whether messages need no look at what is in them, nor at the other side."""
        return not (self.headless or self._subscribes() or self._early())

    @property
    def room(self) -> int:
        """How much of the next frame to keep, in bytes."""
        if self.curve:
            return self._max_frame + CURVE_OVERHEAD
        return min(self._max_frame, MOST_BYTES - self._kept)

    def frame(self, frame: Frame, wrong: tuple[Anomaly, ...] = ()) -> Message | Command | None:
        """Take a frame in; returns what it completes."""
        if self._noted:
            wrong, self._noted = (*self._noted, *wrong), ()
        if not (self.other.ready or self._frames) and self._early():
            wrong += (anomaly("message-before-peer-ready", frame.offset),)
        if self.curve:
            if frame.size >= CURVE_OVERHEAD and CURVE_MESSAGE.startswith(frame.body[: len(CURVE_MESSAGE)]):
                return self._opaque(frame, wrong)
            wrong += (anomaly("not-encrypted", frame.offset),)
        if frame.flags & COMMAND and self.commands:
            return self.command(frame, wrong)
        if frame.flags & COMMAND:
            frame = self.masked(frame)
        if not self._frames:
            if self.headless:
                self.headless = False
                wrong += (anomaly("gap-before-message", frame.offset),)
            if not frame.flags & MORE:
                return self._single(frame, wrong)
            self._offset = frame.offset
        if len(self._wrong) < MOST_WRONG:
            self._wrong += wrong
        self._frames.append(frame.body)
        self._sizes.append(frame.size)
        self._kept += len(frame.body)
        if not frame.flags & MORE:
            return self._finish(complete=True)
        if len(self._frames) < MOST_FRAMES:
            return None
        self._wrong.append(anomaly("endless-message", frame.offset, frames=MOST_FRAMES))
        return self._finish(complete=False)

    def masked(self, frame: Frame) -> Frame:
        """A frame with stars for a password: 2.0 has no commands, but a HELLO may come all the same."""
        body = mask_body(frame.body) if self._masks else frame.body
        return frame._replace(body=body, size=frame.size - len(frame.body) + len(body))

    def note(self, wrong: Anomaly) -> None:
        """Something is wrong with the frame that is on its way."""
        self._noted += (wrong,)

    def cut(self, rest: Frame | None, wrong: tuple[Anomaly, ...]) -> Message:
        """What there is of a message that won't be finished; `rest` is its last, unfinished frame."""
        if not self._frames and rest is not None:
            self._offset = rest.offset
        if rest is not None:
            drop = CURVE_OVERHEAD if self.curve else 0
            rest = self.masked(rest) if rest.flags & COMMAND else rest
            self._frames.append(rest.body[drop:])
            self._sizes.append(max(0, rest.size - drop))
        self._wrong += (*self._noted, *wrong)
        self._noted = ()
        return self._finish(complete=False)

    def command(self, frame: Frame, wrong: tuple[Anomaly, ...]) -> Command:
        """A command after the handshake."""
        offset = frame.offset
        if self._frames:
            wrong += (anomaly("command-inside-message", offset),)
        parts = split_command(frame.body)
        if parts is None:
            wrong += (anomaly("malformed-command" if frame.size else "empty-command", offset),)
            return Command("", frame.body, frame.size, offset, wrong)
        name, data = parts
        if len(frame.body) < frame.size:
            wrong += (anomaly("long-command", offset, size=frame.size),)
        wrong += self._known(name, data, offset)
        if is_hello(name) and self._masks:
            data = mask_hello(data)
        return Command(name, data, frame.size - len(frame.body) + len(data), offset, wrong)

    def _known(self, name: str, data: bytes, offset: int) -> tuple[Anomaly, ...]:
        """Note what a command does; returns what is wrong with it."""
        if name == "PING":
            return check_ping(data, offset)
        if name in ("SUBSCRIBE", "CANCEL"):
            (self.own.subscribe if name == "SUBSCRIBE" else self.own.cancel)(data)
            kind = self.other.socket_type
            if kind is not None and kind not in PUBLISHERS:
                return (anomaly("subscribe-to-non-publisher", offset, name=name, type=kind),)
            return ()
        late = name in ("READY", "ERROR", "HELLO", "WELCOME", "INITIATE")
        return () if name in KNOWN else (anomaly("late-command" if late else "unknown-command", offset, name=name),)

    def _single(self, frame: Frame, wrong: tuple[Anomaly, ...]) -> Message | Command:
        body = frame.body
        whole = all(each.code != "gap-in-message" for each in wrong)
        if body and body[0] <= 1 and whole and self._subscribes():
            name, topic = ("SUBSCRIBE" if body[0] else "CANCEL"), body[1:]
            (self.own.subscribe if body[0] else self.own.cancel)(topic)
            return Command(name, topic, frame.size - 1, frame.offset, wrong)
        return Message((body,), (frame.size,), True, frame.offset, wrong)

    def _early(self) -> bool:
        """Whether the other side hasn't finished its handshake; nobody knows once something is missing."""
        return self.commands and self.ordered and self.other.seen and not self.other.ready

    def _subscribes(self) -> bool:
        kind = self.own.socket_type
        return kind in SUBSCRIBERS or (kind is None and self.other.socket_type in PUBLISHERS)

    def _opaque(self, frame: Frame, wrong: tuple[Anomaly, ...]) -> Message:
        nonce = int.from_bytes(frame.body[8:16], "big") if len(frame.body) >= 16 else self.last_nonce + 1
        if nonce <= self.last_nonce:
            wrong += (anomaly("curve-nonce", frame.offset),)
        self.last_nonce = max(nonce, self.last_nonce)
        return Message((frame.body[CURVE_OVERHEAD:],), (frame.size - CURVE_OVERHEAD,), True, frame.offset, wrong)

    def _finish(self, complete: bool) -> Message:
        made = Message(tuple(self._frames), tuple(self._sizes), complete, self._offset, tuple(self._wrong))
        self._frames, self._sizes, self._wrong, self._kept = [], [], [], 0
        return made
