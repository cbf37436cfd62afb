"""Messages to REP and REQ without the empty frame: one row tells it, and nothing else does."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import pairwise

import pytest
import zmq
import zmq.asyncio
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.tapped import tapped
from tests.helpers.waiting import wait_until
from tests.helpers.wired import Side, Wire
from zinspector.capture.store import Store
from zinspector.doctor.finding import Finding
from zinspector.doctor.traffic import MOST_EVIDENCE, Examination, check
from zinspector.zmtp.traffic import MOST_FRAMES

DEALER_REP = ("DEALER", "REP")
REQ_ROUTER = ("REQ", "ROUTER")


def told(store: Store) -> list[Finding]:
    return [finding for finding in check(store.batches()) if finding.code == "Z206"]


def seen(types: tuple[str, str], *messages: Sequence[bytes], side: Side = "connect", **more: Sequence[str]) -> Store:
    store = Store()
    Wire(store, types=types).messages(*messages, side=side, **more)
    return store


@pytest.mark.parametrize("frames", [[b"x"], [b"a", b"b"], [b"x", b""], [b""]])
def test_a_rep_needs_an_empty_frame_with_something_behind_it(frames: list[bytes]) -> None:
    (found,) = told(seen(DEALER_REP, frames))
    assert (found.severity, found.node, found.evidence, found.ended) == ("error", "t1", (1,), False)
    assert found.text == (
        "a DEALER sent a message to a REP without the empty frame before the payload: "
        "REP drops such messages silently and never answers (connection 1)"
    )
    assert 'send_multipart([b"", payload])' in found.remedy


@pytest.mark.parametrize("frames", [[b"", b"x"], [b"id", b"", b"x"], [b"a", b"bcde", b"", b"x", b"y"], [b"", b""]])
def test_with_one_all_is_well(frames: list[bytes]) -> None:
    assert told(seen(DEALER_REP, frames)) == []


@pytest.mark.parametrize("frames", [[b"x"], [b"id", b"", b"x"], [b"abcd", b"x"], [b""], [b"abcd", b""]])
def test_a_req_needs_it_first(frames: list[bytes]) -> None:
    (found,) = told(seen(REQ_ROUTER, frames, side="bind"))
    assert found.text.startswith("a ROUTER sent a message to a REQ without the empty frame before the payload: ")
    assert "libzmq ends the connection" in found.text
    assert "in the ROUTER: " in found.remedy


@pytest.mark.parametrize("frames", [[b"", b"x"], [b"abcd", b"", b"x"], [b"", b"", b"x"]])
def test_or_behind_the_id_of_a_correlating_one(frames: list[bytes]) -> None:
    assert told(seen(REQ_ROUTER, frames, side="bind")) == []


@pytest.mark.parametrize(
    "types", [("DEALER", "ROUTER"), ("DEALER", "DEALER"), ("REQ", "ROUTER"), ("PUSH", "PULL"), ("PUB", "SUB")]
)
def test_other_sockets_take_anything(types: tuple[str, str]) -> None:
    assert told(seen(types, [b"x"])) == []


def test_a_row_that_may_lack_its_beginning_tells_nothing() -> None:
    assert told(seen(DEALER_REP, [b"x"], anomalies=["gap-before-message: its beginning may be missing"])) == []


def test_the_last_piece_of_an_endless_message_tells_nothing() -> None:
    store = seen(DEALER_REP, [b"", b"x"], anomalies=[f"endless-message: of more than {MOST_FRAMES} frames"])
    Wire(store, types=DEALER_REP).messages([b"x"], side="connect")
    assert told(store) == []


def test_the_same_again_is_one_finding() -> None:
    store = Store()
    Wire(store, types=DEALER_REP).messages([b"x"])
    assert told(store) == []  # from the REP: a DEALER takes anything
    rows = [
        n
        for number in range(1, 9)
        for n in Wire(store, number, types=DEALER_REP).messages(*[[b"x"]] * 5, side="connect")
    ]
    (found,) = told(store)
    assert "sent 40 messages to a REP" in found.text
    assert found.text.endswith("(connections 1, 2, 3, 4, 5 ...)")
    assert found.evidence == tuple(rows[:MOST_EVIDENCE])


def test_it_is_over_when_the_same_connection_has_it() -> None:
    store = seen(DEALER_REP, [b"x"], [b"", b"x"])
    assert [found.ended for found in told(store)] == [True]
    Wire(store, types=DEALER_REP).messages([b"x"], side="connect")
    assert [found.ended for found in told(store)] == [False]


def test_it_is_over_when_another_connection_has_it_after_the_end_of_the_first() -> None:
    store = Store()
    first, second = (Wire(store, number, types=DEALER_REP) for number in (1, 2))
    first.opened()
    first.messages([b"x"], side="connect")
    second.messages([b"", b"x"], side="connect")
    assert [found.ended for found in told(store)] == [False]
    first.event("CLOSED", "ended", {"by": "connect", "reset": False})
    assert [found.ended for found in told(store)] == [False]
    second.messages([b"", b"x"], side="connect")
    assert [found.ended for found in told(store)] == [True]


MESSAGE = st.lists(st.sampled_from([b"", b"x", b"abcd"]), min_size=1, max_size=4)
SOCKETS = st.sampled_from([(DEALER_REP, "connect"), (REQ_ROUTER, "bind")])


def dropped(frames: list[bytes], receiver: str) -> bool:
    """As rep.cpp and req_session.cpp say it, frame by frame."""
    if receiver == "REP":
        return all(frames[:-1])
    skipped = 1 if len(frames[0]) == 4 and len(frames) > 1 else 0
    return not (frames[skipped] == b"" and len(frames) > skipped + 1)


@given(st.lists(MESSAGE, min_size=1, max_size=8), SOCKETS, st.sets(st.integers(1, 7)))
def test_each_row_is_judged_as_libzmq_does_however_rows_are_cut(
    messages: list[list[bytes]], sockets: tuple[tuple[str, str], Side], cuts: set[int]
) -> None:
    types, side = sockets
    store = seen(types, *messages, side=side)
    wanted = tuple(
        n for n, frames in enumerate(messages, 1) if dropped(frames, "REP" if types == DEALER_REP else "REQ")
    )
    (batch,) = store.batches()
    examination = Examination()
    for begin, end in pairwise(sorted({0, *(cut for cut in cuts if cut < len(messages)), len(messages)})):
        examination.consume(batch.slice(begin, end - begin))
    found = examination.findings()
    assert [finding.evidence for finding in found] == ([wanted] if wanted else [])
    assert [finding.ended for finding in found] == ([len(messages) not in wanted] if wanted else [])


@pytest.mark.parametrize(("envelope", "codes"), [([], ["Z206"]), ([b""], [])])
def test_a_dealer_and_a_rep_through_a_relay(envelope: list[bytes], codes: list[str]) -> None:
    async def work() -> None:
        with zmq.asyncio.Context() as context, context.socket(zmq.REP) as rep, context.socket(zmq.DEALER) as dealer:
            port = rep.bind_to_random_port("tcp://127.0.0.1")
            async with tapped() as taps:
                dealer.connect(await taps.relay("t", f"tcp://127.0.0.1:{port}"))
                await dealer.send_multipart([*envelope, b"hello"])
                await wait_until(lambda: len(taps.rows("t")) == 1)
                assert [found.code for found in check(taps.session.store.batches())] == codes

    asyncio.run(work())


@pytest.mark.parametrize("correlate", [False, True])
@pytest.mark.parametrize("right", [False, True])
def test_a_req_and_a_router_through_a_relay(correlate: bool, right: bool) -> None:
    async def work() -> None:
        with zmq.asyncio.Context() as context, context.socket(zmq.ROUTER) as router, context.socket(zmq.REQ) as req:
            port = router.bind_to_random_port("tcp://127.0.0.1")
            async with tapped() as taps:
                req.linger = 0
                if correlate:
                    req.setsockopt(zmq.REQ_CORRELATE, 1)
                    req.setsockopt(zmq.REQ_RELAXED, 1)
                req.connect(await taps.relay("t", f"tcp://127.0.0.1:{port}"))
                await req.send(b"hello")
                asked = await router.recv_multipart()
                await router.send_multipart([*asked[:-1], b"world"] if right else [asked[0], b"world"])
                await wait_until(lambda: len(taps.rows("t")) == 2)
                assert [found.code for found in check(taps.session.store.batches())] == ([] if right else ["Z206"])

    asyncio.run(work())
