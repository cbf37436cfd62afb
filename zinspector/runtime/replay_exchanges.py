"""The exchanges of a replay: waits for replies, and compares what comes with what was recorded.

- REQ and DEALER: each reply is compared with the recorded one, and is given up after a time (`replay_patience`). A
  socket whose reply never came is replaced by a new one.
- A request of a DEALER without a recorded reply is not waited for. Its reply may come with those to later requests, so
  one of these that differs is only told of when no other follows.
- REP: the request that is answered is compared with the one that the recorded reply was sent to.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic_ns

from zinspector.capture.compare import Comparison, Difference
from zinspector.capture.exchanges import Exchanges
from zinspector.runtime.replay_clock import ReplayClock
from zinspector.runtime.replay_patience import Patience
from zinspector.runtime.replay_socket import ReplaySocket
from zinspector.runtime.replay_tally import Tally


class ReplayExchanges:
    """What answers what on one socket; counted in `tally`, and each difference told as it is found."""

    def __init__(
        self,
        socket: ReplaySocket,
        clock: ReplayClock,
        tally: Tally,
        recorded: Exchanges | None,
        comparison: Comparison,
        told: Callable[[Difference], None],
        most_s: float,
    ) -> None:
        """`recorded` None: nothing is compared. A reply is waited for `most_s` seconds at most."""
        self._socket = socket
        self._clock = clock
        self._tally = tally
        self._recorded = recorded
        self._comparison = comparison
        self._told = told
        self._patience = Patience(most_s)
        self._strays = 0  # replies that may come to requests without a recorded one

    def forget(self) -> None:
        """Forget what came and nobody waits for: the next request leaves."""
        self._strays = max(0, self._strays - len(self._socket.inbox))
        self._socket.inbox.clear()

    async def take_reply(self, number: int) -> None:
        """Wait for the reply to the request of this row, and compare it. Raises SocketError from a new socket."""
        recorded = self._recorded.reply(number) if self._recorded is not None else None
        if recorded is None and self._socket.type != "REQ":
            self._strays += 1
            return
        took_ns = self._recorded.took_ns(number) if self._recorded is not None else 0
        patience_ns = self._patience.for_reply_ns(took_ns)
        reply = await self._reply_like(recorded, patience_ns)
        if not self._clock.stopped:
            self._judge(number, recorded, reply, patience_ns)

    def take_request(self, number: int) -> None:
        """Tell when another request is answered than the reply of this row was sent to."""
        request = self._socket.inbox[-1]
        self._socket.inbox.clear()
        if self._recorded is None or (recorded := self._recorded.reply(number)) is None:
            return
        if text := self._comparison.differs(recorded, request):
            self._tally.unlike += 1
            self._told(Difference(self._recorded.reply_number(number) or 0, number, text))

    # Inside

    def _judge(self, number: int, recorded: list[bytes] | None, reply: list[bytes] | None, patience_ns: int) -> None:
        row = self._recorded.reply_number(number) if self._recorded is not None else None
        if reply is None:
            self._tally.unanswered += 1
            self._patience.missed()
            self._told(Difference(number, row or 0, f"no reply within {patience_ns / 1e9:.2g} s", received=False))
            self._socket.reopen()
            self._strays = 0
        elif recorded is not None and (text := self._comparison.differs(recorded, reply)):
            self._tally.different += 1
            self._told(Difference(number, row or 0, text))
        elif recorded is not None:
            self._tally.same += 1

    async def _reply_like(self, recorded: list[bytes] | None, patience_ns: int) -> list[bytes] | None:
        """The reply; one that differs may be that to an earlier request, which nobody waited for."""
        first = reply = await self._reply(patience_ns)
        while self._strays and recorded is not None and reply is not None:
            if not self._comparison.differs(recorded, reply):
                return reply
            self._strays -= 1
            reply = await self._reply(patience_ns)
        return reply or first

    async def _reply(self, patience_ns: int) -> list[bytes] | None:
        inbox, began = self._socket.inbox, monotonic_ns()
        until = began + patience_ns
        while not inbox and not self._clock.stopped and (left := until - monotonic_ns()) > 0:
            await self._socket.change(left / 1e9)
        if not inbox:
            return None
        self._patience.came(monotonic_ns() - began)
        return inbox.popleft()
