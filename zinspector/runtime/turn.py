"""Whose turn it is: REQ and REP send and receive one after the other, and libzmq refuses all else without a reason."""

from __future__ import annotations

from time import monotonic_ns
from typing import Final, Literal

from zinspector.runtime.reading import Run
from zinspector.topology.document import SocketType

FIRST: Final[dict[str, Literal["send", "receive"]]] = {"REQ": "send", "REP": "receive"}


class Turn:
    """The turn of one socket."""

    def __init__(self, socket_type: SocketType, *, relaxed: bool) -> None:
        """`relaxed`: whether a REQ may ask again before its reply is there (REQ_RELAXED)."""
        self.state = FIRST.get(socket_type)
        """What comes next; None for all other types, which send and receive as they like."""
        self.asked_at: int | None = None
        """Since when a request waits for its reply, monotonic ns."""
        self.unanswered: Run | None = None
        """The request that a REP owes its reply."""
        self.relaxed = relaxed
        self._type = socket_type

    @property
    def may_send(self) -> bool:
        """Whether libzmq would take a message now, as far as turns go."""
        return self.state != "receive" or (self._type == "REQ" and self.relaxed)

    def why_not(self) -> str:
        """Why it may not send."""
        if self._type == "REQ":
            return "is waiting for a reply to its last request; it can't send until the reply arrives"
        return "has no request to answer; it can't send until the next request arrives"

    def sent(self) -> None:
        """A message was sent."""
        if self.state is not None:
            self.state = "receive"
            self.asked_at = monotonic_ns() if self._type == "REQ" else None
            self.unanswered = None

    def received(self, run: Run) -> None:
        """Messages were read."""
        if self.state is not None:
            self.state = "send"
            self.asked_at = monotonic_ns() if self._type == "REP" else None
            self.unanswered = run if self._type == "REP" else None
