"""Who hangs up on the READY of the other end: told once for a place, and only where nothing else explains it."""

from __future__ import annotations

import pytest

from tests.helpers.wired import WAYS, Side, Wire, greeting, properties
from zinspector.capture.store import Store
from zinspector.doctor.finding import Finding
from zinspector.doctor.traffic import check


def session(
    store: Store, number: int, *ready: Side, by: Side | None = "connect", mechanism: bytes = b"NULL", gap: bool = False
) -> int | None:
    """A PUSH that connects to a REP, and the READYs that were seen of it; the row of the last one."""
    wire = Wire(store, number, types=("PUSH", "REP"))
    wire.opened({"address": f"127.0.0.1:{41000 + number}"})
    for side in WAYS:
        wire.handshake("GREETING", greeting(mechanism), side)
    if gap:
        wire.event("GAP", "9 bytes were not seen")
    heard = None
    for side in ready:
        heard = wire.handshake("READY", properties(Socket_Type=wire.types[side].encode()), side)
    wire.event("CLOSED", "ended", {"by": by, "reset": False})
    return heard


def told(store: Store) -> list[Finding]:
    return [finding for finding in check(store.batches()) if finding.code == "Z216"]


def test_a_client_that_hangs_up_on_the_type_of_the_listener() -> None:
    store = Store()
    rows = tuple(session(store, number, "bind") for number in (1, 2))
    (found,) = told(store)
    assert found.text.startswith("127.0.0.1 hung up on hearing that 127.0.0.1:5556 is a REP: ")
    assert found.text.endswith(", 2 times")
    assert found.remedy == "a REP talks with DEALER or REQ"
    assert (found.severity, found.confidence, found.node, found.evidence) == ("warning", "likely", "t1", rows)


def test_a_listener_that_hangs_up_on_the_type_of_a_client() -> None:
    store = Store()
    session(store, 1, "connect", by="bind")
    (found,) = told(store)
    assert found.text.startswith("127.0.0.1:5556 hung up on hearing that 127.0.0.1 is a PUSH: ")


@pytest.mark.parametrize("ready", [(), ("connect",), ("bind", "connect")])
def test_without_hearing_of_the_other_or_after_an_answer_it_is_not_told(ready: tuple[Side, ...]) -> None:
    store = Store()
    session(store, 1, *ready)
    assert told(store) == []


def test_what_was_not_seen_whole_or_ended_by_nobody_known_is_not_told() -> None:
    store = Store()
    session(store, 1, "bind", by=None)
    session(store, 2, "bind", gap=True)
    session(store, 3, "bind", mechanism=b"PLAIN")
    assert told(store) == []


@pytest.mark.parametrize(("by", "who"), [("connect", "127.0.0.1 "), ("bind", "127.0.0.1:5556 ")])
def test_who_hangs_up_on_a_greeting_with_its_own_half_said_wants_another_mechanism(by: Side, who: str) -> None:
    store = Store()
    rows = []
    for number in (1, 2):
        wire = Wire(store, number)
        wire.opened({"address": f"127.0.0.1:{41000 + number}"})
        rows.append(wire.handshake("GREETING", greeting(b"CURVE"), "bind" if by == "connect" else "connect"))
        wire.handshake("GREETING", greeting()[:11], by)
        wire.event("CLOSED", "ended", {"by": by, "reset": False})
    (found,) = [one for one in check(store.batches()) if one.code == "Z208"]
    assert found.text.startswith(f"{who}hung up on hearing that ")
    assert found.text.endswith(" wants CURVE: it most likely wants another mechanism, 2 times")
    assert (found.severity, found.confidence, found.evidence) == ("warning", "likely", tuple(rows))


@pytest.mark.parametrize("own", [greeting(b"NULL"), None], ids=["greeted", "said nothing"])
def test_whole_greetings_and_silence_tell_of_no_mechanism(own: bytes | None) -> None:
    store = Store()
    wire = Wire(store)
    wire.opened()
    wire.handshake("GREETING", greeting(b"NULL"), "bind")
    if own is not None:
        wire.handshake("GREETING", own, "connect")
    wire.event("CLOSED", "ended", {"by": "connect", "reset": False})
    assert not [one for one in check(store.batches()) if one.code == "Z208"]
