"""Nothing that rows tell is without a remedy."""

from __future__ import annotations

import pytest

from tests.helpers.wired import Wire
from zinspector.capture.store import Store
from zinspector.doctor import oddities, remedies
from zinspector.doctor.traffic import check
from zinspector.zmtp.anomalies import KINDS


@pytest.mark.parametrize("kind", [*KINDS, "of-a-later-version"])
def test_every_anomaly_has_one(kind: str) -> None:
    store = Store()
    Wire(store).row("command", "X", [b""], "bind", [f"{kind}: as it is"])
    assert [bool(found.remedy) for found in check(store.batches())] == [True]


@pytest.mark.parametrize("name", oddities.EVENTS)
def test_every_event_has_one(name: str) -> None:
    store = Store()
    Wire(store).event(name, "as it is")
    assert [found.remedy for found in check(store.batches())] == [remedies.EVENTS[name]]


def test_of_types_that_do_not_fit_it_names_those_that_do() -> None:
    assert remedies.of_anomaly("socket-type-mismatch", "socket-type-mismatch: PULL and SUB can't talk") == (
        "a SUB talks with PUB or XPUB; a PULL talks with PUSH"
    )
    told = remedies.of_anomaly("socket-type-mismatch", "socket-type-mismatch: CLIENT and DISH can't talk")
    assert told == "change the type of one of the sockets"
