"""Doubled routing ids: told on proof that both peers were there, and of ROUTER and REP only."""

from __future__ import annotations

import pyarrow as pa
import pytest

from tests.helpers.wired import Side, Wire, greeting, properties
from zinspector.capture.schema import SCHEMA
from zinspector.capture.standing import Standing, as_text, from_text
from zinspector.capture.store import Store
from zinspector.doctor.finding import Finding
from zinspector.doctor.traffic import check

MS = 1_000_000
TIME = SCHEMA.get_field_index("time_ns")


class Film:
    """Rows at times that the test chooses, in milliseconds; `cut` says whether they come in one batch or one by one."""

    def __init__(self, router: str = "ROUTER") -> None:
        self.store = Store()
        self.router = router
        self._times: list[int] = []

    def peer(self, number: int, at: int, identity: bytes = b"worker-1", listener: str = "127.0.0.1:5556") -> Wire:
        wire = Wire(self.store, number, types=("DEALER", self.router))
        wire.opened({"address": f"127.0.0.1:{41000 + number}"}, {"address": listener})
        for side in ("connect", "bind"):
            wire.handshake("GREETING", greeting(), side)
        wire.handshake("READY", properties(Socket_Type=self.router.encode()), "bind")
        wire.handshake("READY", properties(Socket_Type=b"DEALER", Identity=identity), "connect")
        self.at(at)
        return wire

    def says(self, wire: Wire, at: int, side: Side = "connect") -> None:
        wire.messages([b"x"], side=side)
        self.at(at)

    def ends(self, wire: Wire, at: int, by: Side | None = "connect") -> None:
        wire.event("CLOSED", "ended", {"by": by, "reset": False})
        self.at(at)

    def at(self, ms: int) -> None:
        """All new rows are of this time."""
        self._times += [ms * MS] * (self.store.next_n - 1 - len(self._times))

    def told(self) -> list[Finding]:
        """Whatever batches the rows come in."""
        batches = list(self.store.batches())
        whole = pa.Table.from_batches(batches).combine_chunks().to_batches()
        one_by_one = [batch.slice(row, 1) for batch in batches for row in range(batch.num_rows)]
        found = [self._examine(each) for each in (batches, one_by_one, whole)]
        assert found[0] == found[1] == found[2]
        return found[0]

    def batches(self) -> list[pa.RecordBatch]:
        """The rows so far."""
        return self._timed(list(self.store.batches()))

    def _examine(self, batches: list[pa.RecordBatch]) -> list[Finding]:
        return [finding for finding in check(self._timed(batches)) if finding.code == "Z204"]

    def _timed(self, batches: list[pa.RecordBatch]) -> list[pa.RecordBatch]:
        made, done = [], 0
        for batch in batches:
            times = pa.array(self._times[done : done + batch.num_rows], pa.int64())
            made.append(batch.set_column(TIME, SCHEMA.field(TIME), times))
            done += batch.num_rows
        return made


@pytest.mark.parametrize("router", ["ROUTER", "REP"])
def test_the_older_one_speaks_while_the_younger_is_there(router: str) -> None:
    film = Film(router)
    first = film.peer(1, at=0)
    film.peer(2, at=500)
    film.says(first, at=1400)
    assert film.told() == []
    film.says(first, at=1600)
    (found,) = film.told()
    assert found.text == (
        f'2 peers of the {router} at 127.0.0.1:5556 have the routing id "worker-1" at one time: '
        "it hears one of them, drops what the others send and never answers them (connections 1, 2)"
    )
    assert (found.severity, found.confidence, found.ended, found.node) == ("error", "certain", False, "t1")
    assert found.evidence == (5, 10)
    film.ends(first, at=2000)
    assert film.told()[0].ended


def test_both_were_there_until_one_ended() -> None:
    film = Film()
    first = film.peer(1, at=0)
    film.peer(2, at=500)
    film.ends(first, at=1600, by=None)
    (found,) = film.told()
    assert found.confidence == "likely"  # its client may have been gone


@pytest.mark.parametrize("which", [0, 1])
def test_one_that_ends_soon_was_on_its_way_out(which: int) -> None:
    film = Film()
    both = film.peer(1, at=0), film.peer(2, at=500)
    film.ends(both[which], at=1400)
    film.says(both[1 - which], at=5000)
    assert film.told() == []


def test_silence_proves_nothing() -> None:
    film = Film()
    film.peer(1, at=0)
    second = film.peer(2, at=500)
    film.says(second, at=9000)
    assert film.told() == []  # the end of the first may not have been captured


def test_a_listener_that_answers_both_tells_them_apart() -> None:
    film = Film()
    first, second = film.peer(1, at=0), film.peer(2, at=500)
    for wire in (first, second):
        film.says(wire, at=2000)
        film.says(wire, at=2000, side="bind")
    assert film.told() == []


@pytest.mark.parametrize(
    ("identity", "listener", "router"),
    [
        (b"worker-2", "127.0.0.1:5556", "ROUTER"),
        (b"worker-1", "127.0.0.1:5557", "ROUTER"),
        (b"worker-1", "127.0.0.1:5556", "DEALER"),
    ],
)
def test_other_names_and_other_listeners_are_fine(identity: bytes, listener: str, router: str) -> None:
    film = Film(router)
    first = film.peer(1, at=0)
    film.peer(2, at=500, identity=identity, listener=listener)
    film.says(first, at=5000)
    assert film.told() == []


def test_peers_without_a_name_are_fine() -> None:
    film = Film()
    first = film.peer(1, at=0, identity=b"")
    film.peer(2, at=500, identity=b"")
    film.says(first, at=5000)
    assert film.told() == []


def test_many_of_one_name_are_one_finding() -> None:
    film = Film()
    first = film.peer(1, at=0)
    for number in range(2, 9):
        film.peer(number, at=500)
    film.says(first, at=2000)
    (found,) = film.told()
    assert found.text.startswith("8 peers of the ROUTER")
    assert found.text.endswith("(connections 1, 2, 3, 4, 5 ...)")


def test_who_was_there_before_the_first_row_counts_but_is_no_evidence() -> None:
    film, holding = Film(), Standing()
    older = film.peer(1, at=0)
    holding.consume(film.batches())
    count = len(film.batches())
    first = film.store.next_n
    film.peer(2, at=500)
    film.says(older, at=1600)
    rows = holding.rows()
    assert rows is not None
    before = from_text(as_text(rows).encode())
    (found,) = check(film.batches()[count:], before)
    assert (found.code, found.evidence) == ("Z204", (first + 4,))
    assert check(film.batches()[count:]) == []
