"""`generate`: messages from a template, at a rate or as fast as they go.

Rules:
- A rate is kept by sending what is due in short bursts, at least every few milliseconds; what could not be sent in
  time (a full queue) is made up for at most 0.1 s. Rate null sends in every turn of the pump. `{{n}}` counts from 1.
- A message is made anew when the queue refused it, so nothing is lost and a stamp is never old.
- REQ asks, waits for the reply, and asks again when the rate allows. A reply that does not come within RCVTIMEO
  (2.5 s where that is not set) is counted in `lost_replies`; then a REQ with REQ_RELAXED asks anew, a plain one
  keeps waiting, as it would in the user's program: the stuck REQ is what there is to see. REP sends a message for
  each request.
- ROUTER and STREAM send to the peers that they have heard of, in turn, inside the envelope that each one used; STREAM
  joins the frames, because a byte stream has none.
- DEALER whose drawn far end is a REP, also through proxies and relays, begins with the empty delimiter that a REP
  needs, unless the template begins with an empty frame.
"""

from __future__ import annotations

import asyncio
from time import monotonic_ns

import zmq

from zinspector.doctor.finding import Finding
from zinspector.errors import SocketError, TemplateError
from zinspector.measure.latency import stamp
from zinspector.runtime.behaviours import Make, Quiet, Scene, split_envelope
from zinspector.runtime.reading import Run
from zinspector.runtime.sockets import LiveSocket
from zinspector.topology.document import Behaviour

BURST_S = 0.002
ARREARS_S = 0.1
REPLY_WAIT_S = 2.5
MANY = 1 << 30
PEERS_KEPT = 100_000


class Generator(Quiet):
    """Sends by itself. A worker of the pump, and the actor of its socket."""

    generates = True

    def __init__(self, live: LiveSocket, scene: Scene, behaviour: Behaviour, make: Make) -> None:
        self._live = live
        self._scene = scene
        self._rate = behaviour.rate
        self._count = MANY if behaviour.count is None else behaviour.count
        self._stamp = behaviour.stamp
        self._template = make
        self._sent = 0
        self._done_by_rate = 0
        self._since = monotonic_ns()
        self._peers: dict[bytes, list[bytes]] = {}
        self._turn: list[bytes] = []
        self._timer: asyncio.TimerHandle | None = None
        self._watch: asyncio.TimerHandle | None = None
        self._lost_at: int | None = None
        self._may_ask_again = False
        self._stopped = False
        self._routed = live.type in ("ROUTER", "STREAM")
        timeout = int(live.socket.getsockopt(zmq.RCVTIMEO))
        self._reply_wait_ns = timeout * 1_000_000 if timeout >= 0 else int(REPLY_WAIT_S * 1e9)
        if live.type == "REQ":
            self._watch_replies()
        scene.pump.later(self)

    @property
    def finished(self) -> bool:
        """Whether all that was asked for was sent."""
        return self._sent >= self._count

    def work(self, deadline: int) -> bool:
        """Send what is due."""
        due = min(self._due(), self._count - self._sent)
        if self._stopped or self.finished or not self._may_send():
            return False
        if self._live.turn.state is not None:
            due = min(due, 1)
        try:
            sent, refusal = self._live.transmit_many(self._make, self._sent + 1, due, deadline)
        except TemplateError as error:
            self._stopped = True
            self._scene.report(
                self._key, Finding("Z000", "error", error.sentence, node=self._node, remedy=error.remedy)
            )
            return False
        self._sent += sent
        self._done_by_rate += sent
        self._may_ask_again = self._may_ask_again and not sent
        if refusal is not None:
            return self._refused(refusal)
        if self._live.blocked_since is not None or self.finished:
            return False  # `writable` wakes us
        if self._rate is None or sent < due:
            # a REQ that sent goes on when its reply comes; one whose turn was over before it could has to come again
            return not sent or self._live.turn.state is None
        self._wake_later()
        return False

    def received(self, run: Run) -> None:
        """A reply lets a REQ ask again; a message tells a ROUTER of its peer."""
        if self._routed:
            self._learn(run)
        if self._lost_at is not None:
            self._lost_at = None
            self._scene.clear(self._key)
        if (self._routed or self._live.turn.state is not None) and self._timer is None:
            self._scene.pump.later(self)

    def writable(self) -> None:
        """The queue has room again."""
        self._scene.pump.later(self)

    def stop(self) -> None:
        """Send no more."""
        self._stopped = True
        self._scene.pump.forget(self)
        self._scene.clear(self._key)
        for timer in (self._timer, self._watch):
            if timer is not None:
                timer.cancel()

    @property
    def _node(self) -> str:
        return self._live.trace.node

    @property
    def _key(self) -> str:
        return f"generate {self._live.key}"

    def _due(self) -> int:
        if self._rate is None:
            return MANY
        if self._rate <= 0:
            return 0
        now = monotonic_ns()
        due = int((now - self._since) * self._rate / 1e9) + 1 - self._done_by_rate
        arrears = max(1, int(self._rate * ARREARS_S))
        if due > arrears:
            self._since, self._done_by_rate, due = now, 0, arrears
            self._since -= int((arrears - 1) / self._rate * 1e9)
        return due

    def _wake_later(self) -> None:
        assert self._rate is not None, "without a rate nothing waits"
        if self._timer is None and self._rate > 0:
            next_at = self._since + self._done_by_rate / self._rate * 1e9
            delay = max(BURST_S, (next_at - monotonic_ns()) / 1e9)
            self._timer = self._scene.pump.loop.call_later(delay, self._on_time)

    def _on_time(self) -> None:
        self._timer = None
        self._scene.pump.wake(self)

    def _may_send(self) -> bool:
        if self._routed and not self._peers:
            return False
        if self._timer is not None and self._live.turn.state is not None:
            return False
        if self._live.turn.state != "receive":
            return True
        return self._may_ask_again

    def _make(self, n: int) -> list[bytes]:
        frames = self._template(n) or [b""]
        if self._stamp:
            frames = [*frames, stamp(monotonic_ns())]
        if self._live.delimiter and frames[0] != b"":
            frames = [b"", *frames]
        if not self._routed:
            return frames
        envelope = self._peers[self._peer(n)]
        return [*envelope, b"".join(frames)] if self._live.type == "STREAM" else [*envelope, *frames]

    def _peer(self, n: int) -> bytes:
        if not self._turn:
            self._turn = list(self._peers)
        return self._turn[n % len(self._turn)]

    def _learn(self, run: Run) -> None:
        for frames in run.messages():
            peer = frames[0]
            if self._live.type == "STREAM" and frames[1:] == [b""] and peer in self._peers:
                del self._peers[peer]
            elif len(self._peers) < PEERS_KEPT:
                self._peers[peer] = split_envelope(self._live.type, frames)[0]
        self._turn = []

    def _refused(self, error: SocketError) -> bool:
        """A peer that is gone is forgotten; everything else is shown, and ends it."""
        if self._routed and self._peers:
            del self._peers[self._peer(self._sent + 1)]
            self._turn = []
            return bool(self._peers)
        self._stopped = True
        self._scene.report(self._key, Finding("Z000", "error", error.text, node=self._node, remedy=error.remedy))
        return False

    def _watch_replies(self) -> None:
        """Look for a lost reply from time to time; no timer for each request."""
        asked = self._live.turn.asked_at
        now = monotonic_ns()
        if asked is not None and now - asked >= self._reply_wait_ns and self._lost_at != asked:
            self._lost_at = asked
            self._live.count.lost_replies += 1
            if self._live.turn.relaxed:
                self._may_ask_again = True
                self._scene.pump.later(self)
            self._scene.report(self._key, self._lost())
        pause = self._reply_wait_ns if asked is None else max(0, asked + self._reply_wait_ns - now)
        delay = max(0.02, min(pause, self._reply_wait_ns) / 1e9)
        self._watch = self._scene.pump.loop.call_later(delay, self._watch_replies)

    def _lost(self) -> Finding:
        wait = self._reply_wait_ns / 1e9
        text = f"REQ '{self._live.title}' has had no reply to its last request for more than {wait:g} s"
        if self._live.turn.relaxed:
            remedy = "make sure that the other side replies"
            return Finding("Z205", "warning", f"{text}; it asks again (REQ_RELAXED)", node=self._node, remedy=remedy)
        return Finding(
            "Z205",
            "warning",
            f"{text}; it can't send until it comes",
            node=self._node,
            remedy="set REQ_RELAXED and REQ_CORRELATE to 1, or make sure that the other side replies",
        )
