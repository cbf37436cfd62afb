"""Attempts that find nobody are thinned out; none is forgotten, and all that happens besides is told in its place."""

from __future__ import annotations

import asyncio
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.drawn import rows, running, sock
from tests.helpers.places import free_port
from tests.helpers.waiting import wait_until
from zinspector.runtime.attempts import BEFORE, LONGEST_NS, TRIED, Attempts, Told, also, attempts_of

HERE, THERE = "tcp://127.0.0.1:5556", "ipc:///tmp/there"
MS = 1_000_000
ONE = ("CONNECT_DELAYED", "CLOSED", TRIED)
OTHERS = ("CONNECTED", "DISCONNECTED", "HANDSHAKE_SUCCEEDED", "HANDSHAKE_FAILED_AUTH", "LISTENING", "ACCEPTED")


def events(count: int, *, step: int = 150 * MS, start: int = 0, address: str = HERE) -> list[Told]:
    """Of so many attempts that find nobody."""
    return [Told(name, address, 7, start + number * step) for number in range(count) for name in ONE]


def told(attempts: Attempts, happened: list[Told]) -> list[Told]:
    return [each for event in happened for each in attempts.take(event)]


def test_hours_of_attempts_are_few_rows() -> None:
    attempts, hour = Attempts(), 24_000
    found = told(attempts, events(hour))
    assert [each.name for each in found[:3]] == [*ONE]
    assert {each.name for each in found[3:]} == {TRIED}
    assert len(found) < 75
    assert max(after.time - before.time for before, after in pairwise(found)) <= LONGEST_NS + 150 * MS
    rest = list(attempts.left())
    assert sum(each.attempts for each in (*found[2:], *rest)) == hour
    assert list(attempts.left()) == []


def test_what_was_left_out_is_told_before_what_ends_it() -> None:
    attempts = Attempts()
    tried = events(4)
    came = Told("CONNECTED", HERE, 9, 600 * MS)
    assert told(attempts, [*tried, Told("CONNECT_DELAYED", HERE, 7, 600 * MS), came]) == [
        *tried[:3], tried[5], tried[8], tried[11], came
    ]  # fmt: skip
    gone = Told("DISCONNECTED", HERE, 9, 700 * MS)
    again = events(6, start=700 * MS)
    two = again[14]._replace(attempts=2)
    assert told(attempts, [gone, *again, came]) == [gone, *again[:3], again[5], again[8], two, again[17], came]


def test_each_address_has_a_series_of_its_own() -> None:
    attempts = Attempts()
    mixed = [each for pair in zip(events(9), events(9, address=THERE), strict=True) for each in pair]
    found = told(attempts, mixed)
    for address in (HERE, THERE):
        assert [each for each in found if each.address == address] == told(Attempts(), events(9, address=address))


@given(
    st.lists(
        st.tuples(
            st.sampled_from((*ONE, TRIED, TRIED, *OTHERS)), st.sampled_from((HERE, THERE)), st.integers(0, 2 * 10**10)
        ),
        max_size=60,
    )
)
def test_whatever_happens_no_attempt_is_lost_and_nothing_else_is_left_out(
    happened: list[tuple[str, str, int]],
) -> None:
    attempts, time, all_of_them = Attempts(), 0, []
    for name, address, pause in happened:
        time += pause
        all_of_them.append(Told(name, address, 1, time))
    found = [*told(attempts, all_of_them), *attempts.left()]
    assert sum(each.attempts for each in found if each.name == TRIED) == sum(each.name == TRIED for each in all_of_them)
    others = [each for each in all_of_them if each.name in OTHERS]
    assert [each for each in found if each.name in OTHERS] == others
    assert {each._replace(attempts=1) for each in found} <= set(all_of_them)
    for address in (HERE, THERE):
        times = [each.time for each in found if each.address == address]
        assert times == sorted(times)
    assert not BEFORE & {*OTHERS, TRIED}


@given(st.integers(1, 10**7))
def test_the_number_can_be_read_from_the_text(attempts: int) -> None:
    assert attempts_of("tcp://127.0.0.1:5556 again in 183 ms" + also(attempts)) == attempts


def test_a_socket_whose_peer_never_comes() -> None:
    async def main() -> None:
        port = free_port()
        spy = sock("a", "SUB", connect=(f"tcp://127.0.0.1:{port}",), options={"RECONNECT_IVL": 1})
        async with running(spy) as session:
            await wait_until(
                lambda: any("the last of" in row.frames[0].decode() for row in rows(session, "a", "event"))
            )
            names = [row.name for row in rows(session, "a", "event")]
            assert names[:3] == [*ONE]
            assert set(names[3:]) == {TRIED}

    asyncio.run(main())
