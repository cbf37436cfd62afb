"""The exchanges of a replay: which reply is whose, and what is said of those that differ or are missing."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

import pytest

from zinspector.capture.compare import Comparison, Difference
from zinspector.runtime import replay_exchanges
from zinspector.runtime.replay_clock import ReplayClock
from zinspector.runtime.replay_exchanges import ReplayExchanges
from zinspector.runtime.replay_tally import Tally


class Service:
    """The socket of a replay, and who answers there: each wait brings one of `coming`, or takes its time."""

    now_ns = 0

    def __init__(self, socket_type: str, *coming: bytes) -> None:
        self.type = socket_type
        self.inbox: deque[list[bytes]] = deque()
        self.coming = deque(coming)
        self.reopened = 0

    async def change(self, most_s: float) -> None:
        if self.coming:
            self.inbox.append([self.coming.popleft()])
        else:
            Service.now_ns += int(most_s * 1e9) + 1

    def reopen(self) -> None:
        self.reopened += 1
        self.inbox.clear()


@pytest.fixture(autouse=True)
def no_time_passes_but_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay_exchanges, "monotonic_ns", lambda: Service.now_ns)


class Recorded:
    """Replies by the numbers of their requests; each is the row after it."""

    def __init__(self, replies: dict[int, bytes]) -> None:
        self.replies = replies

    def reply(self, number: int) -> list[bytes] | None:
        return [self.replies[number]] if number in self.replies else None

    def reply_number(self, number: int) -> int | None:
        return number + 1 if number in self.replies else None

    def took_ns(self, _number: int) -> int:
        return 0


class Replayed:
    """The exchanges with a service, and what was told."""

    def __init__(self, service: Service, recorded: dict[int, bytes] | None) -> None:
        self.tally = Tally()
        self.clock = ReplayClock()
        self.told: list[Difference] = []
        known: Any = Recorded(recorded) if recorded is not None else None
        socket: Any = service
        self.exchanges = ReplayExchanges(socket, self.clock, self.tally, known, Comparison(), self.told.append, 5.0)

    def ask(self, *numbers: int) -> None:
        async def main() -> None:
            for number in numbers:
                self.exchanges.forget()
                await self.exchanges.take_reply(number)

        asyncio.run(main())

    @property
    def counts(self) -> tuple[int, int, int]:
        return self.tally.same, self.tally.different, self.tally.unanswered


def test_replies_are_compared_each_with_its_own() -> None:
    replayed = Replayed(Service("REQ", b"one", b"2"), {1: b"one", 3: b"two"})
    replayed.ask(1, 3)
    assert replayed.counts == (1, 1, 0)
    assert [(one.request, one.reply, one.received) for one in replayed.told] == [(3, 4, True)]


def test_a_missing_reply_is_told_and_costs_the_socket() -> None:
    service = Service("REQ")
    replayed = Replayed(service, {1: b"one"})
    replayed.ask(1)
    assert (replayed.counts, service.reopened) == ((0, 0, 1), 1)
    assert [(one.request, one.reply, one.received) for one in replayed.told] == [(1, 2, False)]


def test_a_req_waits_for_a_reply_that_nothing_is_known_of() -> None:
    service = Service("REQ", b"anything")
    replayed = Replayed(service, None)
    replayed.ask(1)
    assert (replayed.counts, replayed.told, len(service.coming)) == ((0, 0, 0), [], 0)


def test_a_dealer_does_not_wait_for_a_reply_that_was_not_recorded_and_takes_none_for_anothers() -> None:
    service = Service("DEALER", b"late", b"two")
    replayed = Replayed(service, {3: b"two"})
    replayed.ask(1, 3)
    assert (replayed.counts, replayed.told) == ((1, 0, 0), [])


def test_a_reply_that_differs_is_told_when_no_other_follows() -> None:
    replayed = Replayed(Service("DEALER", b"2"), {3: b"two"})
    replayed.ask(1, 3)
    assert replayed.counts == (0, 1, 0)
    assert [(one.request, one.reply, one.received) for one in replayed.told] == [(3, 4, True)]


def test_nothing_is_said_of_a_reply_when_the_replay_is_stopped() -> None:
    service = Service("REQ")
    replayed = Replayed(service, {1: b"one"})
    replayed.clock.stop()
    replayed.ask(1)
    assert (replayed.counts, replayed.told, service.reopened) == ((0, 0, 0), [], 0)


def test_a_rep_tells_of_requests_that_are_not_those_recorded() -> None:
    service = Service("REP")
    replayed = Replayed(service, {2: b"as it was"})
    for request in (b"as it was", b"another"):
        service.inbox.append([request])
        replayed.exchanges.take_request(2)
        assert not service.inbox
    assert replayed.tally.unlike == 1
    assert [(one.request, one.reply) for one in replayed.told] == [(3, 2)]
