"""What a capture says that went wrong, as findings; and that a healthy one says nothing."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.arbitrary import batch_of, numbered, rows
from tests.helpers.captured import Feed
from tests.helpers.messages import message
from tests.helpers.wired import Wire
from zinspector.capture import arrow_piece
from zinspector.capture.message import Message
from zinspector.capture.store import Store
from zinspector.doctor import oddities
from zinspector.doctor.traffic import MOST, MOST_EVIDENCE, check


def test_a_healthy_connection_has_no_findings() -> None:
    wire = Wire(Store())
    wire.opened()
    wire.shaken()
    wire.messages([b"a", b"1"])
    wire.event("CLOSED", "the connection ended by the connecting side")
    assert check(wire.store.batches()) == []


def test_what_libzmq_closes_on_is_an_error_and_comes_first() -> None:
    store = Store()
    wire, other = Wire(store, 1), Wire(store, 2)
    refused = wire.event("REFUSED", "the target did not accept")
    reserved = wire.row("command", "PING", [b""], "bind", ["reserved-flags: flags 09 use reserved bits"])
    mismatch = other.row("handshake", "READY", [b""], "connect", ["socket-type-mismatch: SUB and PULL can't talk"])
    found = check(store.batches())
    assert [(one.code, one.severity, one.evidence) for one in found] == [
        ("Z216", "error", (mismatch,)),
        ("Z209", "warning", (refused,)),
        ("Z000", "info", (reserved,)),
    ]
    assert found[0].text == "socket-type-mismatch: SUB and PULL can't talk (connection 2)"
    assert found[0].where == "node t1"


def test_the_same_again_is_one_finding() -> None:
    store = Store()
    rows = [Wire(store, number).event("NOT_ZMTP", "HTTP on a ZeroMQ port") for number in range(1, 31)]
    (found,) = check(store.batches())
    assert found.text == "HTTP on a ZeroMQ port, 30 times (connection 1, connection 2, connection 3 and 27 more)"
    assert found.evidence == tuple(rows[:MOST_EVIDENCE])


def test_what_else_an_interface_carries_is_one_finding_for_each_protocol() -> None:
    store = Store()
    wire = Wire(store)
    known = [wire.event("NOT_ZMTP", f"HTTP on port {port}: 1 connection") for port in (8080, 80, 443, 8081, 80)]
    unknown = wire.event("NOT_ZMTP", "unknown protocol on port 17102: 3 connections, 40 B")
    found = check(store.batches())
    assert [(one.code, one.severity, one.text, one.evidence) for one in found] == [
        ("Z210", "warning", "HTTP on port 80, port 443, port 8080 and 1 more", tuple(known)),
        ("Z210", "info", "unknown protocol on port 17102", (unknown,)),
    ]


def test_what_is_said_is_bounded_and_harmless() -> None:
    store = Store()
    wire = Wire(store)
    for number in range(MOST + 5):
        wire.row("command", "X", [b""], "bind", [f"from-the-future: {number}\n\x1b[31m"])
    found = check(store.batches())
    assert len(found) == MOST + 1
    assert found[-1].text == "5 more rows are odd"
    assert all(one.text.isprintable() for one in found)


def test_what_many_rows_say_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    store, read = Store(), list[bytes]()
    happening = oddities.happening

    def counted(text: bytes) -> str:
        read.append(text)
        return happening(text)

    monkeypatch.setattr(oddities, "happening", counted)
    Feed(store).many(50_000, b"t", b"x")
    damaged = Store()
    damaged.append(arrow_piece._damaged(store.batches()[0], "damaged: gone"))
    (found,) = check(damaged.batches())
    assert (found.text, len(found.evidence)) == ("damaged: gone, 50,000 times", MOST_EVIDENCE)
    assert read == [b"damaged: gone"]


@pytest.mark.parametrize("text", ["a refused " * 20_000, "x" * (1 << 20), "a refused " + "1:" * 500_000])
def test_long_sentences_take_no_longer_than_their_length(text: str) -> None:
    store = Store()
    Wire(store).event("DAMAGED", text)
    (found,) = check(store.batches())
    assert found.text.startswith(text[:9])
    assert len(found.text) > len(text) - 1000


def test_attempts_that_are_refused_are_one_finding_whatever_port_they_come_from() -> None:
    store = Store()
    for number in range(1, 4):
        Wire(store, number).event("REFUSED", f"127.0.0.1:5557 refused 127.0.0.1:{45000 + number}: nobody listens")
    (found,) = check(store.batches())
    assert found.text.startswith("127.0.0.1:5557 refused a connection: nobody listens, 3 times")


VALUES = st.none() | st.integers() | st.text(max_size=3) | st.lists(st.integers(), max_size=1)
ENDS = st.fixed_dictionaries({}, optional={"address": VALUES, "process": VALUES, "pid": VALUES})
DETAILS = st.fixed_dictionaries({"by": VALUES}, optional={"connect": VALUES | ENDS, "bind": ENDS, "protocol": VALUES})
NAMES = ("CLOSED", "OPENED", "PEER", "RESET", "REFUSED", "NOT_ZMTP", "STALLED", "GAP", "READY", "HANDSHAKE_FAILED_AUTH")


@st.composite
def told(draw: st.DrawFn) -> Message:
    """What a file may say of a connection, true or not."""
    name, data = draw(st.sampled_from(NAMES)), draw(DETAILS | VALUES)
    frames = (draw(st.binary(max_size=20)), json.dumps(data).encode())
    kind = "handshake" if name == "READY" else "event"
    return message(*frames, name=name, kind=kind, node="t1", connection=1, direction="connect->bind")


@settings(max_examples=100, deadline=None)
@given(found=st.lists(told() | rows(), min_size=1, max_size=12))
def test_whatever_a_file_says_is_judged(found: list[Message]) -> None:
    opened = message(name="OPENED", kind="event", node="t1", connection=1, direction="connect->bind")
    for finding in check([batch_of(numbered([opened, *found]))]):
        assert finding.text.isprintable()
        assert finding.severity in ("error", "warning", "info")
