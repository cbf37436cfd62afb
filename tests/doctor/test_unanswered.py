"""Handshakes that a server ends without a word: told when repeated, whole, and ended by the server."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.helpers.wired import Side, Wire, greeting
from zinspector.capture.store import Store
from zinspector.doctor.finding import Finding
from zinspector.doctor.traffic import check

HELLO = ("connect", "HELLO")
WELCOME = ("bind", "WELCOME")
INITIATE = ("connect", "INITIATE")
READY = ("bind", "READY")
ERROR = ("bind", "ERROR")
Steps = Sequence[tuple[Side, str]]


def shake(store: Store, number: int, *steps: tuple[Side, str], mechanism: bytes = b"CURVE") -> Wire:
    wire = Wire(store, number)
    wire.opened({"address": f"127.0.0.1:{41000 + number}"})
    for side in ("connect", "bind"):
        wire.handshake("GREETING", greeting(mechanism), side)
    for side, name in steps:
        wire.handshake(name, b"\0" * 40, side)
    return wire


def end(wire: Wire, by: Side | None = "bind") -> None:
    wire.event("CLOSED", "ended", {"by": by, "reset": False})


def told(store: Store) -> list[Finding]:
    return [finding for finding in check(store.batches()) if finding.code == "Z208"]


@pytest.mark.parametrize(
    ("mechanism", "steps", "says"),
    [
        (b"CURVE", [HELLO], "CURVE_SERVERKEY is not the server's public key: "),
        (b"CURVE", [HELLO, WELCOME, INITIATE], "refuses the client's key"),
        (b"PLAIN", [HELLO], "no ZAP handler"),
    ],
)
def test_where_it_stops_tells_why(mechanism: bytes, steps: Steps, says: str) -> None:
    store = Store()
    for number in (1, 2, 3):
        end(shake(store, number, *steps, mechanism=mechanism))
    (found,) = told(store)
    assert f": 127.0.0.1:5556 ended 3 handshakes on the {mechanism.decode()} {steps[-1][1]} " in found.text
    assert says in found.text
    assert (found.severity, found.confidence, found.node, found.ended) == ("error", "likely", "t1", False)
    rows = [row for batch in store.batches() for row in batch.slice(0).to_pylist()]
    assert [rows[n - 1]["name"] for n in found.evidence] == [steps[-1][1]] * 3


@pytest.mark.parametrize("steps", [[], [HELLO, WELCOME], [HELLO, ERROR], [HELLO, WELCOME, INITIATE, READY]])
def test_an_answer_or_no_question_is_not_told(steps: Steps) -> None:
    store = Store()
    for number in (1, 2, 3):
        end(shake(store, number, *steps))
    assert told(store) == []


@pytest.mark.parametrize("by", ["connect", None])
def test_only_the_server_can_refuse(by: Side | None) -> None:
    store = Store()
    for number in (1, 2, 3):
        end(shake(store, number, HELLO), by)
    assert told(store) == []


def test_once_may_be_a_server_that_died() -> None:
    store = Store()
    end(shake(store, 1, HELLO))
    shake(store, 2, HELLO)  # goes on
    assert told(store) == []


def test_the_answer_may_be_in_a_gap() -> None:
    store = Store()
    for number in (1, 2, 3):
        wire = shake(store, number, HELLO)
        wire.event("GAP", "176 bytes were not seen")
        end(wire)
    assert told(store) == []


def test_nothing_is_concluded_of_sessions_whose_beginning_was_not_seen() -> None:
    store = Store()
    for number in (1, 2, 3):
        wire = Wire(store, number)
        wire.handshake("HELLO", bytes(194))
        end(wire)
    assert told(store) == []


def test_it_is_over_when_the_client_gets_through() -> None:
    store = Store()
    for number in (1, 2):
        end(shake(store, number, HELLO))
    shake(store, 3, HELLO, WELCOME, INITIATE, READY)
    (found,) = told(store)
    assert found.ended


def test_a_server_that_connects_is_named_by_its_host() -> None:
    store = Store()
    for number in (1, 2):
        end(shake(store, number, ("bind", "HELLO")), "connect")
    (found,) = told(store)
    assert ": 127.0.0.1 ended 2 handshakes" in found.text
