"""Reconnect storms: sessions one after another, each ended by the listener; and what is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from tests.helpers.wired import Side, Wire
from zinspector.capture.schema import SCHEMA
from zinspector.capture.store import Store
from zinspector.doctor.finding import Finding
from zinspector.doctor.storms import ROUNDS
from zinspector.doctor.traffic import Examination

MS = 1_000_000
TIME = SCHEMA.get_field_index("time_ns")


@dataclass
class Film:
    """Rows at times that the test chooses, in milliseconds."""

    number: int = 0

    def __post_init__(self) -> None:
        self.store = Store()
        self.examination = Examination()
        self._taken = 1

    def session(
        self,
        opened: int,
        closed: int,
        by: Side | None = "bind",
        how: Literal["shaken", "greeted", "silent"] = "greeted",
    ) -> None:
        self.number += 1
        wire = Wire(self.store, self.number)
        wire.opened({"address": f"127.0.0.1:{40000 + self.number}"})
        if how == "shaken":
            wire.shaken()
        elif how == "greeted":
            wire.handshake("GREETING", bytes(10))
        self.at(opened)
        wire.event("CLOSED", "ended", {"by": by, "reset": False})
        self.at(closed)

    def at(self, ms: int) -> None:
        """All new rows are of this time."""
        for batch in self.store.since(self._taken):
            times = pa.array([ms * MS] * batch.num_rows, pa.int64())
            self.examination.consume(batch.set_column(TIME, SCHEMA.field(TIME), times))
        self._taken = self.store.next_n

    def storms(self) -> list[Finding]:
        return [one for one in self.examination.findings() if one.text.startswith("reconnect storm")]


def test_a_client_that_is_turned_out_again_and_again() -> None:
    film = Film()
    for round_ in range(ROUNDS - 1):
        film.session(150 * round_, 150 * round_ + 10)
    assert film.storms() == []
    film.session(1350, 1360)
    (found,) = film.storms()
    assert found.text == (
        "reconnect storm: 127.0.0.1:5556 ended 10 sessions of 127.0.0.1 one after another, 10 of them within 1.4 s, "
        "all before the handshake was over"
    )
    assert (found.code, found.severity, len(found.evidence), found.ended) == ("Z209", "warning", ROUNDS, False)
    film.session(1500, 1510, how="shaken")
    (again,) = film.storms()
    assert "ended 11 sessions" in again.text
    assert again.text.endswith("1 of them after the handshake")
    assert again.cause == found.cause
    Wire(film.store, 999).opened()
    film.at(12_000)
    assert film.storms()[0].ended


def test_a_socket_for_each_request_is_none() -> None:
    film = Film()
    for round_ in range(100):
        film.session(10 * round_, 10 * round_ + 5, by="connect", how="shaken")
    assert film.storms() == []


def test_a_tap_that_ends_them_is_none() -> None:
    film = Film()
    for round_ in range(100):
        film.session(10 * round_, 10 * round_ + 5, by=None)
    assert film.storms() == []


def test_many_sockets_that_lose_one_listener_are_one_round() -> None:
    film = Film()
    for round_ in range(ROUNDS - 1):
        for place in range(20):
            film.session(500 * round_, 500 * round_ + 400 + place, how="shaken")
    assert film.storms() == []


def test_who_waits_longer_each_time_is_none() -> None:
    film = Film()
    now = 0
    for round_ in range(ROUNDS + 2):
        film.session(now, now + 10)
        now += 100 * 2**round_
    assert film.storms() == []


def test_what_does_not_even_greet_is_no_client() -> None:
    film = Film()
    for round_ in range(2 * ROUNDS):
        film.session(150 * round_, 150 * round_ + 10, how="silent")
    assert film.storms() == []
