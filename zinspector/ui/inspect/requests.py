"""Which request a socket has received last, whether it waits for a reply, and with which frames a reply begins."""

from __future__ import annotations

from dataclasses import dataclass

from zinspector.capture.envelope import envelope
from zinspector.capture.message import Message
from zinspector.capture.store import Store
from zinspector.ui.inspect.rows import Newest, Scope

ANSWERING = ("REP", "ROUTER", "STREAM")
ENVELOPE = ("routing id", "request id", "delimiter")
MESSAGES = frozenset({"message"})


@dataclass(frozen=True)
class Request:
    """The newest message that a socket received; `waits` if nothing has been sent since."""

    message: Message
    waits: bool


class Requests:
    """Watches one socket's traffic in the store; asks only about what is new."""

    def __init__(self, store: Store, node: str) -> None:
        self._store = store
        self._received = Newest(store, Scope(MESSAGES, frozenset({node}), direction="in"))
        self._sent = Newest(store, Scope(MESSAGES, frozenset({node}), direction="out"))

    def newest(self) -> Request | None:
        """The newest request, if there is one."""
        n = self._received.n()
        message = self._store.row(n) if n is not None else None
        if message is None:
            return None
        return Request(message, (self._sent.n() or 0) < message.n)


def reply_head(message: Message) -> list[bytes]:
    """The frames that a reply to `message` begins with: its envelope."""
    roles = envelope(message).roles
    return [frame for frame, role in zip(message.frames, roles, strict=True) if role in ENVELOPE]


def content(message: Message) -> list[bytes]:
    """The frames of a message without envelope, and without the time that it was stamped with."""
    roles = envelope(message).roles
    dropped = (*ENVELOPE, "stamp")
    return [frame for frame, role in zip(message.frames, roles, strict=True) if role not in dropped]
