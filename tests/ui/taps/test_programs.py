"""Which programs stand beside a relay."""

from __future__ import annotations

import os
import time
from dataclasses import replace

from tests.helpers.wired import Wire
from tests.ui.taps.conftest import TAPPED
from zinspector.capture.connections import ConnectionBook
from zinspector.capture.store import Store
from zinspector.topology.document import Document, ExternalNode, Link, SocketNode
from zinspector.ui.taps.programs import LINGER_S, MOST, UNKNOWN_S, Program, draw, programs

DRAWING = Document(nodes=(TAPPED,))
PUBLISHER = {"address": "127.0.0.1:5556", "process": "station", "pid": 7}


def connect(store: Store, number: int, process: str, types: tuple[str, str] = ("SUB", "PUB"), pid: int = 1) -> Wire:
    wire = Wire(store, number, types=types)
    wire.opened({"address": f"127.0.0.1:{40000 + number}", "process": process, "pid": pid}, PUBLISHER)
    wire.shaken()
    return wire


def seen(store: Store, document: Document = DRAWING, later_s: float | None = 0.0) -> list[Program]:
    book = ConnectionBook()
    for batch in store.since(1):
        book.consume(batch)
    return programs(book, document, None if later_s is None else time.time_ns() + int(later_s * 1e9))


def places(found: list[Program]) -> dict[str, str]:
    return {program.title: program.key[1] for program in found}


def test_who_sends_is_left_and_who_receives_is_right() -> None:
    store = Store()
    connect(store, 1, "display")
    connect(store, 2, "alerts", pid=2)
    connect(store, 3, "display")
    found = seen(store)
    assert places(found) == {"display 1": "right", "station 7": "left", "alerts 2": "right"}
    by_title = {program.title: program for program in found}
    assert by_title["display 1"].live == 2
    assert by_title["display 1"].subtitle == "2 connections · ZMTP 3.1 · NULL"
    assert (by_title["station 7"].mark, by_title["station 7"].listens) == ("PUB", True)


def test_where_both_send_who_connects_is_left() -> None:
    store = Store()
    connect(store, 1, "client", ("REQ", "ROUTER"))
    assert places(seen(store)) == {"client 1": "left", "station 7": "right"}


def test_they_go_some_seconds_after_their_last_connection() -> None:
    store = Store()
    connect(store, 1, "display").event("CLOSED", "")
    gone = next(program for program in seen(store) if program.title == "display 1")
    assert (gone.health, gone.subtitle) == ("idle", "disconnected")
    assert seen(store, later_s=LINGER_S + 1) == []


def test_of_a_capture_all_are_there_and_none_is_live() -> None:
    store = Store()
    connect(store, 1, "display").event("CLOSED", "")
    connect(store, 2, "display")
    connect(store, 3, "alerts", pid=2).event("RESET", "")
    by_title = {program.title: program for program in seen(store, later_s=None)}
    assert {title: program.subtitle for title, program in by_title.items()} == {
        "station 7": "3 connections · ZMTP 3.1 · NULL",
        "display 1": "2 connections · ZMTP 3.1 · NULL",
        "alerts 2": "ZMTP 3.1 · NULL",
    }
    assert {(program.health, program.live) for program in by_title.values()} == {("idle", 0)}


def test_a_client_that_speaks_http_does_not_speak_for_the_server() -> None:
    store = Store()
    connect(store, 1, "client", ("REQ", "REP"))
    browser = Wire(store, 2)
    browser.opened({"address": "127.0.0.1:40002", "process": "curl", "pid": 2}, PUBLISHER)
    browser.event("NOT_ZMTP", "HTTP")
    by_title = {program.title: program for program in seen(store)}
    assert (by_title["station 7"].health, by_title["station 7"].subtitle) == ("ok", "2 connections · ZMTP 3.1 · NULL")
    assert by_title["curl 2"].health == "error"


def test_what_is_drawn_is_not_seen_again() -> None:
    store = Store()
    connect(store, 1, "python3", pid=os.getpid())
    connect(store, 2, "display")
    mine = SocketNode(id="sub", type="SUB")
    station = ExternalNode(id="station", type="PUB", bind=("tcp://127.0.0.1:5556",))
    drawn = replace(
        DRAWING,
        nodes=(TAPPED, mine, station),
        links=(Link(id="l1", source="t1", target="sub"), Link(id="l2", source="station", target="t1")),
    )
    assert set(places(seen(store, drawn))) == {"display 1"}


def test_very_many_are_one() -> None:
    store = Store()
    for number in range(1, MOST + 4):
        connect(store, number, f"client-{number}", pid=number)
    found = [program for program in seen(store) if program.key[1] == "right"]
    assert len(found) == MOST + 1
    assert (found[-1].title, found[-1].live) == ("3 more programs", 3)


def test_without_processes_hosts_are_told_apart() -> None:
    store = Store()
    for number in (1, 2, 3):
        wire = Wire(store, number)
        wire.opened({"address": f"10.0.0.{number // 3}:{number}"}, {"address": "127.0.0.1:5556"})
    assert seen(store, later_s=UNKNOWN_S * 0.6) == []  # the process may still be found
    assert [program.title for program in seen(store, later_s=UNKNOWN_S)] == ["10.0.0.0", "10.0.0.1", "127.0.0.1"]


def test_trouble_shows() -> None:
    store = Store()
    wire = Wire(store)
    wire.opened({"address": "127.0.0.1:1", "process": "curl", "pid": 9})
    wire.event("NOT_ZMTP", "looks like HTTP", {"protocol": "HTTP"})
    curl = seen(store)[0]
    assert (curl.health, curl.subtitle) == ("error", "✖ not ZeroMQ: HTTP")


def test_drawing_one_for_good() -> None:
    store = Store()
    connect(store, 1, "display")
    document = DRAWING
    for program in seen(store):
        document, _ = draw(document, program, (0, 0))
    first, second = document.nodes[1:]
    assert isinstance(first, ExternalNode)
    assert isinstance(second, ExternalNode)
    assert (first.label, first.type, first.connect) == ("display 1", "SUB", ("tcp://127.0.0.1:6556",))
    assert (second.label, second.type, second.bind) == ("station 7", "PUB", ("tcp://127.0.0.1:5556",))
    assert [(link.source, link.target) for link in document.links] == [("t1", first.id), (second.id, "t1")]
    assert seen(store, document) == []


def test_refused_attempts_are_no_programs() -> None:
    store = Store()
    Wire(store).event("REFUSED", "nobody listens")
    opened = Wire(store, 2)
    opened.opened({"address": "127.0.0.1:2", "process": "display", "pid": 2})
    opened.event("REFUSED", "nobody listens")
    assert seen(store) == []
    assert seen(store, later_s=2) == []
