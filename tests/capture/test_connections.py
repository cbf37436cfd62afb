"""The book of connections, from rows as taps write them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.captured import Feed
from tests.helpers.wired import Wire, greeting, properties
from zinspector.capture.connection import ANOMALIES, TOPICS, Connection
from zinspector.capture.connections import ConnectionBook
from zinspector.capture.follow import OfRefusals
from zinspector.capture.store import Store


def book(store: Store, **options: int) -> ConnectionBook:
    made = ConnectionBook(**options)
    for batch in store.since(1):
        made.consume(batch)
    return made


def only(store: Store) -> Connection:
    (one,) = book(store)
    return one


def test_a_whole_life() -> None:
    store = Store()
    wire = Wire(store, number=3)
    wire.opened()
    assert only(store).state == "handshake"
    wire.shaken(identity=b"display")
    wire.command("SUBSCRIBE", b"weather.")
    wire.messages([b"weather.london", b"12345"], [b"weather.paris", b""])
    one = only(store)
    assert (one.id, one.node, one.state, one.first_n) == (3, "t1", "open", 1)
    assert (one.connecting.name, one.listening.name) == ("python3 12345", "jupyter 77")
    assert (one.connecting.address, one.listening.address) == ("127.0.0.1:41000", "127.0.0.1:5556")
    assert (one.connecting.socket_type, one.listening.socket_type) == ("SUB", "PUB")
    assert (one.connecting.identity, one.listening.identity) == (b"display", None)
    assert (one.mechanism, one.version) == ("NULL", (3, 1))
    assert (one.connecting.topics, one.connecting.subscription_count) == ({b"weather.": 1}, 1)
    assert (one.messages, one.bytes) == (2, 14 + 5 + 13)
    assert (one.listening.sent, one.connecting.sent) == (2, 0)
    assert one.connecting.metadata == [("Socket-Type", b"SUB"), ("Identity", b"display")]
    wire.event("CLOSED", "python3 closed it", {"by": "connect", "reset": False})
    one = only(store)
    assert (one.state, one.note, one.live) == ("closed", "python3 closed it", False)
    assert one.closed_ns is not None
    assert one.closed_ns >= one.opened_ns


def test_counts_by_connection_and_side_whatever_the_batches() -> None:
    store = Store()
    wires = [Wire(store, number) for number in (1, 2)] + [Wire(store, 1, node="t2")]
    for times, wire in enumerate(wires, 1):
        for _ in range(3):
            wire.messages(*[[b"abc"]] * times, side="bind")
            wire.messages([b"x"], side="connect")
    counted = [
        (one.node, one.id, one.listening.sent, one.listening.sent_bytes, one.connecting.sent) for one in book(store)
    ]
    assert counted == [("t1", 1, 3, 9, 3), ("t1", 2, 6, 18, 3), ("t2", 1, 9, 27, 3)]
    whole = ConnectionBook()
    for batch in store.table().unify_dictionaries().combine_chunks().to_batches():
        whole.consume(batch)
    assert [(one.node, one.id, one.messages, one.bytes) for one in whole] == [
        (one.node, one.id, one.messages, one.bytes) for one in book(store)
    ]


def test_rows_of_our_own_sockets_are_none_of_its_business() -> None:
    store = Store()
    feed = Feed(store)
    feed.many(10, b"x")
    feed.event("display", "CONNECTED")
    assert len(book(store)) == 0


def test_what_is_not_zeromq_or_comes_to_nothing() -> None:
    store = Store()
    http, stalled, refused = (Wire(store, number) for number in (1, 2, 3))
    for wire in (http, stalled, refused):
        wire.opened()
    http.event("NOT_ZMTP", "this looks like HTTP", {"protocol": "HTTP"})
    stalled.event("STALLED", "no READY for 5 s")
    refused.event("REFUSED", "nobody listens on 127.0.0.1:5556")
    http.event("CLOSED", "closed", {"by": "connect", "reset": True})
    assert [(one.state, one.note) for one in book(store)] == [
        ("not ZeroMQ", "HTTP"),
        ("stalled", "no READY for 5 s"),
        ("refused", "nobody listens on 127.0.0.1:5556"),
    ]
    stalled.shaken()
    assert [one.state for one in book(store)] == ["not ZeroMQ", "open", "refused"]


def test_plain_is_open_when_the_server_is_ready() -> None:
    store = Store()
    wire = Wire(store)
    wire.opened()
    wire.handshake("GREETING", greeting(b"PLAIN"), "connect")
    wire.handshake("GREETING", greeting(b"PLAIN"), "bind")
    wire.handshake("INITIATE", properties(Socket_Type=b"REQ"), "connect")
    assert only(store).state == "handshake"
    wire.handshake("READY", properties(Socket_Type=b"REP"), "bind")
    one = only(store)
    assert (one.state, one.mechanism) == ("open", "PLAIN")
    assert (one.connecting.socket_type, one.listening.socket_type) == ("REQ", "REP")


def test_an_old_peer_lowers_the_version() -> None:
    store = Store()
    wire = Wire(store)
    wire.handshake("GREETING", greeting(), "connect")
    wire.handshake("GREETING", b"\xff" + bytes(8) + b"\x7f\x01\x06", "bind")
    wire.handshake("IDENTITY", b"", "bind")
    wire.handshake("IDENTITY", b"me", "connect")
    one = only(store)
    assert one.version == (2, 0)
    assert (one.state, one.connecting.identity) == ("open", b"me")


def test_a_number_that_is_used_again_is_another_connection() -> None:
    store = Store()
    wire = Wire(store)
    wire.opened()
    first = wire.messages([b"a"])[0]
    again = wire.opened()
    wire.messages([b"b"], [b"c"])
    made = book(store)
    old, new = made
    assert (old.messages, old.state, old.last_n) == (1, "closed", again - 1)
    assert (new.messages, new.first_n, new.state) == (2, again, "open")
    assert made.get("t1", 1) is new
    assert made.get("t1", 1, first) is old
    assert made.get("t1", 1, again) is new
    assert made.get("t1", 9) is None


def test_a_capture_that_began_in_the_middle() -> None:
    store = Store()
    Wire(store, 7, types=("REQ", "REP")).messages([b"", b"hello"], side="connect")
    one = only(store)
    assert (one.id, one.state, one.connecting.name, one.messages) == (7, "open", "", 1)


def test_processes_come_later() -> None:
    store = Store()
    wire = Wire(store)
    wire.opened(connect={"address": "127.0.0.1:9"}, bind={"address": "127.0.0.1:10"})
    assert only(store).connecting.name == "127.0.0.1:9"
    wire.event("PEER", "found", {"connect": {"address": "127.0.0.1:9", "process": "node", "pid": 5}})
    assert only(store).connecting.name == "node 5"
    assert only(store).listening.name == "127.0.0.1:10"


def test_hostile_details_are_no_details() -> None:
    store = Store()
    wire = Wire(store)
    for detail in (b"[" * 100_000, b"[1]", b"\xff", b'{"connect": 3, "bind": {"pid": "x", "process": 9}}'):
        wire.row("event", "OPENED", [b"hm", detail], "connect")
    assert all(one.connecting.name == one.listening.name == "" for one in book(store))


def test_topics_and_anomalies_are_capped_and_counted() -> None:
    store = Store()
    wire = Wire(store)
    for number in range(TOPICS + 50):
        wire.command("SUBSCRIBE", f"topic {number}".encode())
    wire.command("SUBSCRIBE", b"topic 0")
    for _ in range(ANOMALIES + 50):
        wire.messages([b"x"], anomalies=["reserved-flags: bits 3 to 7 are set"])
    one = only(store)
    assert (len(one.connecting.topics), one.connecting.subscription_count) == (TOPICS, TOPICS + 51)
    assert (len(one.anomalies), one.anomaly_count) == (ANOMALIES, ANOMALIES + 50)
    assert one.anomalies[0].text == "reserved-flags: bits 3 to 7 are set"
    wire.command("CANCEL", b"topic 0")
    assert only(store).connecting.topics[b"topic 0"] == 1
    wire.command("CANCEL", b"topic 0")
    assert b"topic 0" not in only(store).connecting.topics


def test_of_very_many_the_closed_ones_go_first() -> None:
    store = Store()
    for number in range(1, 31):
        wire = Wire(store, number)
        wire.opened()
        if number != 2:
            wire.event("CLOSED", "")
    made = book(store, most=10)
    assert len(made) == 10
    assert made.forgotten == 20
    assert next(iter(made)).id == 2


def test_what_stops_is_closed_and_can_be_forgotten() -> None:
    store = Store()
    for number in (1, 2):
        Wire(store, number).opened()
    Wire(store, 1, node="t2").opened()
    made = book(store)
    made.end_all("t1")
    assert [(one.node, one.state) for one in made] == [("t1", "closed"), ("t1", "closed"), ("t2", "handshake")]
    made.forget_closed()
    assert [one.node for one in made] == ["t2"]
    made.clear()
    assert len(made) == 0


@given(st.lists(st.tuples(st.sampled_from(["GREETING", "READY", "INITIATE", "IDENTITY"]), st.binary(max_size=80))))
def test_any_handshake_bytes(rows: list[tuple[str, bytes]]) -> None:
    store = Store()
    wire = Wire(store)
    wire.opened()
    for name, data in rows:
        wire.handshake(name, data)
    assert only(store).id == 1


def test_refused_attempts_are_none_that_are_open_and_one_entry() -> None:
    store = Store()
    for number in (1, 2, 3):
        Wire(store, number).event("REFUSED", f"attempt {number}", {"connect": {"address": f"127.0.0.1:{number}"}})
    found = book(store)
    one = only(store)
    assert (one.state, one.live, one.attempts, one.note) == ("refused", False, 3, "attempt 3")
    assert one.connecting.address == "127.0.0.1:3"
    assert [found.get("t1", number) for number in (1, 2, 3)] == [*found] * 3
    rows = store.since(1)
    assert sum(int(OfRefusals("t1", one.first_n).mask(batch).sum()) for batch in rows) == 3
    Wire(store, 4).opened()
    Wire(store, 5, node="t2").event("REFUSED", "another tap")
    Wire(store, 6).event("REFUSED", "down again")
    assert [(one.id, one.state, one.attempts) for one in book(store)] == [
        (1, "refused", 3),
        (4, "handshake", 1),
        (5, "refused", 1),
        (6, "refused", 1),
    ]
