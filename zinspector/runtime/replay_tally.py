"""How a replay goes, in numbers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Tally:
    """How it goes. `late_ns`: how much later than planned the latest message left; `full`: how often queues were full.

    `same`, `different`: replies compared; `unanswered`: requests whose reply did not come; `unlike`: requests answered
    that differ from the recorded ones; `refused`: messages that libzmq did not take, `refusal` why not. `all_left`:
    whether all that was sent left in the end.
    """

    sent: int = 0
    bytes_sent: int = 0
    received: int = 0
    bytes_received: int = 0
    refused: int = 0
    refusal: str = ""
    full: int = 0
    late_ns: int = 0
    same: int = 0
    different: int = 0
    unanswered: int = 0
    unlike: int = 0
    rounds: int = 0
    all_left: bool = True
    duration_s: float = 0.0

    @property
    def failed(self) -> bool:
        """Whether something was not as it was recorded, or did not go out."""
        return bool(self.refused or self.different or self.unanswered or not self.all_left)

    @property
    def took(self) -> str:
        """How long it took, in words: `0.3 ms`, `12 ms`, `3.4 s`."""
        ms = self.duration_s * 1000
        return f"{self.duration_s:.1f} s" if ms >= 999.5 else f"{ms:.0f} ms" if ms >= 9.95 else f"{ms:.1f} ms"

    def went(self, messages: int, size: int) -> None:
        """Messages of together `size` bytes were sent."""
        self.sent += messages
        self.bytes_sent += size

    def refuse(self, why: str) -> None:
        """A message was refused; the first reason is kept."""
        self.refused += 1
        self.refusal = self.refusal or why
