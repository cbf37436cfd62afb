"""What a socket node does by itself with what it receives: nothing, echo, reply, forward. (`generate` and `script`
have modules of their own.)

Rules:
- An answer keeps the envelope: ROUTER and STREAM answer the peer that asked; what stands up to the first empty frame
  of a ROUTER's or DEALER's message goes back as it came. REP keeps its envelope by itself.
- `forward` sends each message as it came through another node's socket. While that one's queue is full, the source
  reads nothing, so that nothing piles up in between.
- What can't be delivered is counted on the node and reported once as a finding.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from zinspector.doctor.finding import Finding
from zinspector.errors import SocketError
from zinspector.runtime.pump import Pump
from zinspector.runtime.reading import Run
from zinspector.runtime.sockets import LiveSocket

Make = Callable[[int], list[bytes]]


@dataclass(frozen=True)
class Scene:
    """What is around a node that behaves: its folder, other nodes, and whom to tell.

    `report(key, finding)` shows a finding until `clear(key)`; a second report with the same key replaces the first.
    """

    base: Path
    pump: Pump
    find: Callable[[str], LiveSocket | None]
    report: Callable[[str, Finding], None]
    clear: Callable[[str], None]


def split_envelope(socket_type: str, frames: list[bytes]) -> tuple[list[bytes], list[bytes]]:
    """The envelope (with its empty delimiter) and the payload of a received message."""
    if socket_type == "STREAM":
        return frames[:1], frames[1:]
    if socket_type not in ("ROUTER", "DEALER"):
        return [], frames
    least = 1 if socket_type == "ROUTER" else 0
    try:
        end = frames.index(b"", least) + 1
    except ValueError:
        end = least
    return frames[:end], frames[end:]


class Quiet:
    """manual and sink: messages are counted and recorded, that is all."""

    answers = False
    generates = False

    def received(self, run: Run) -> None:
        """Nothing to do."""

    def writable(self) -> None:
        """Nothing waits."""

    def stop(self) -> None:
        """Nothing runs."""


class Answering(Quiet, ABC):
    """Sends one message for each that comes."""

    answers = True

    def __init__(self, live: LiveSocket, scene: Scene) -> None:
        self.live = live
        self.scene = scene

    def received(self, run: Run) -> None:
        """Answer each message."""
        for frames in run.messages():
            if self.live.type == "STREAM" and frames[1:] == [b""]:
                continue  # a connection came or went
            if self.live.type == "XPUB" and frames[0][:1] in (b"\0", b"\1"):
                continue  # a subscription
            try:
                self.answer(frames)
            except SocketError as error:
                self.scene.report(
                    f"{self.live.key} delivery",
                    Finding("Z203", "warning", error.text, node=self.live.trace.node, remedy=error.remedy),
                )

    @abstractmethod
    def answer(self, frames: list[bytes]) -> None:
        """Answer one message. Raises SocketError."""


class Echo(Answering):
    """Sends back what came."""

    def answer(self, frames: list[bytes]) -> None:
        """Send it back."""
        self.live.post(frames)


class Reply(Answering):
    """Answers with frames of a template; `{{n}}` counts the answers from 1."""

    def __init__(self, live: LiveSocket, scene: Scene, make: Make) -> None:
        super().__init__(live, scene)
        self._make = make
        self._n = 0

    def answer(self, frames: list[bytes]) -> None:
        """Put the template into the envelope that came."""
        self._n += 1
        envelope, _payload = split_envelope(self.live.type, frames)
        made = self._make(self._n) or [b""]
        self.live.post([*envelope, b"".join(made)] if self.live.type == "STREAM" else [*envelope, *made])


class Forward(Answering):
    """Sends what came through another node."""

    def __init__(self, live: LiveSocket, scene: Scene, to: str) -> None:
        super().__init__(live, scene)
        self._to = to
        self._missed = False

    def answer(self, frames: list[bytes]) -> None:
        """Send it through the other node; read on when that one has room."""
        target = self.scene.find(self._to)
        key = f"{self.live.key} delivery"
        if target is None:
            self.live.count.errors += 1
            text = f"it forwards to '{self._to}', which does not run"
            remedy = "choose a node that runs in its behaviour, or mend that one"
            self.scene.report(key, Finding("Z000", "error", text, node=self.live.trace.node, remedy=remedy))
            self._missed = True
            return
        if self._missed:
            self._missed = False
            self.scene.clear(key)
        target.post(frames)
        target.flush()
        self.scene.pump.later(target)
        if target.outbox:
            self.live.paused = True
            target.when_sent(self.live.resume)
