"""Where the messages of a replay were seen, and the words for those that are mixed."""

from __future__ import annotations

from tests.helpers.wired import Wire
from zinspector.capture.filter.display import Filter
from zinspector.capture.replay import choose
from zinspector.capture.store import Store
from zinspector.capture.ways import Wanted

TYPES = "DEALER", "ROUTER"


def asked(*places: tuple[str, int, int]) -> Store:
    """A capture of taps: at each node and connection so many requests."""
    store = Store()
    for node, connection, count in places:
        wire = Wire(store, connection, node, TYPES)
        wire.messages(*([b"ask"] for _ in range(count)), side="connect")
        wire.messages([b"answer"])
    return store


def mixed(store: Store, kind: str = "DEALER", text: str = "") -> str:
    return choose(store.batches(), Wanted(kind), Filter(text).masks if text else None).mixed


def test_one_connection_is_not_mixed() -> None:
    assert mixed(asked(("t1", 1, 3))) == ""


def test_nodes_are_named_with_the_filter_that_takes_the_first() -> None:
    store = asked(("t1", 1, 2), ("t5", 2, 1), ("t1", 3, 5))
    told = mixed(store)
    assert told == 'messages of 2 nodes are mixed: t1 (7), t5 (1); for one of them, filter by node == "t1"'
    told = mixed(store, text=told.rpartition("filter by ")[2])
    assert told == "messages of 2 connections are mixed: 3 (5), 1 (2); for one of them, filter by connection == 3"
    assert mixed(store, text=told.rpartition("filter by ")[2]) == ""


def test_who_keeps_connections_apart_does_not_mix_them() -> None:
    assert mixed(asked(("t1", 1, 1), ("t1", 2, 1)), "ROUTER") == ""


def test_many_are_counted() -> None:
    told = mixed(asked(*((f"t{number}", number, number) for number in range(1, 8))))
    assert told.startswith("messages of 7 nodes are mixed: t7 (7), t6 (6), t5 (5), t4 (4) and 3 more; ")
