"""Handshakes that fail at own sockets: one finding for each socket and address, with the most telling reason."""

from __future__ import annotations

from tests.helpers.wired import Wire
from zinspector.capture.store import Store
from zinspector.doctor.finding import Finding
from zinspector.doctor.traffic import check

HERE, THERE = "tcp://127.0.0.1:5556", "tcp://127.0.0.1:5557"
FAILED = "HANDSHAKE_FAILED_"


def told(*events: tuple[str, str], node: str = "sub") -> list[Finding]:
    """What is found where the monitor of a socket told these."""
    wire = Wire(Store(), node=node)
    for name, text in events:
        wire.event(name, text)
    return check(wire.store.batches())


def test_the_reason_that_tells_most_counts() -> None:
    broken = FAILED + "NO_DETAIL", f"{HERE} Broken pipe"
    why = FAILED + "PROTOCOL", f"{HERE} the mechanisms differ"
    (found,) = told(broken, why, broken)
    assert (found.code, found.severity, found.where) == ("Z208", "error", "node sub")
    assert found.text == f"a handshake at {HERE} failed: the mechanisms differ, 3 times"
    assert found.remedy.startswith("give both ends the same mechanism")
    assert found.evidence == (1, 2, 3)
    (vague,) = told(broken)
    assert vague.text == f"a handshake at {HERE} failed: Broken pipe"
    assert vague.remedy.startswith("the other end hung up")


def test_each_address_is_a_fault_of_its_own() -> None:
    found = told((FAILED + "NO_DETAIL", f"{HERE} Broken pipe"), (FAILED + "AUTH", f"{THERE} the ZAP handler said 400"))
    assert [finding.cause for finding in found] == [HERE, THERE]


def test_it_is_over_when_a_connection_from_here_gets_through() -> None:
    failed, fine = (FAILED + "PROTOCOL", f"{HERE} the mechanisms differ"), ("HANDSHAKE_SUCCEEDED", HERE)
    connected = "CONNECTED", HERE
    assert [finding.ended for finding in told(connected, failed, connected, fine)] == [True]
    assert [finding.ended for finding in told(connected, failed, connected, fine, failed)] == [False]
    assert [finding.ended for finding in told(failed, ("HANDSHAKE_SUCCEEDED", THERE))] == [False]
    assert told(connected, fine) == []


def test_who_listens_can_not_tell_which_client_got_through() -> None:
    failed = FAILED + "PROTOCOL", f"{HERE} the mechanisms differ"
    assert [finding.ended for finding in told(failed, ("ACCEPTED", HERE), ("HANDSHAKE_SUCCEEDED", HERE))] == [False]
