"""Versions, mechanisms, metadata and subscriptions: what each end tells, and what is wrong with it."""

from __future__ import annotations

import pytest

from tests.helpers import zmtp
from zinspector.zmtp.anomalies import KINDS, libzmq
from zinspector.zmtp.connection import Connection
from zinspector.zmtp.events import Command, Event, Greeting, Handshake, Message, Side
from zinspector.zmtp.peer import MOST_TOPICS

SIG = zmtp.SIGNATURE
VERSIONS: list[tuple[bytes, bytes, tuple[int, int]]] = [
    (zmtp.greeting(), zmtp.greeting(), (3, 1)),
    (zmtp.greeting(minor=0), zmtp.greeting(), (3, 0)),
    (zmtp.greeting(major=4, minor=7), zmtp.greeting(), (3, 1)),
    (zmtp.greeting(major=2), zmtp.greeting(), (3, 1)),
    (SIG + b"\1\5\0\0", SIG + b"\1\6\0\0", (2, 0)),
    (SIG + b"\3\5\0\0", SIG + b"\1\6\0\0", (2, 0)),
    (SIG + b"\1\5\0\2me", SIG + b"\3\6\0\0", (2, 0)),
    (SIG + b"\0\5\1\0", SIG + b"\3\6\1\0", (1, 0)),
    (SIG + b"\1\5\1\0", SIG + b"\0\6\1\0", (1, 0)),
    (b"\1\0", SIG, (1, 0)),
    (SIG, b"\4\0abc", (1, 0)),
    (b"\xff" + (300).to_bytes(8, "big") + b"\0" + b"i" * 299, b"\1\0", (1, 0)),
]


ORDERS = [
    (*case, first)
    for case in VERSIONS
    for first in ("connect", "bind", "in turns")
    if first == "in turns" or case[2] > (1, 0)  # an end that came first can't have known that the other speaks 1.0
]


@pytest.mark.parametrize(("connect", "bind", "version", "first"), ORDERS)
def test_the_lower_version_is_spoken(connect: bytes, bind: bytes, version: tuple[int, int], first: str) -> None:
    steps: list[tuple[Side, bytes]] = [("connect", connect), ("bind", bind)]
    if first == "bind":
        steps.reverse()
    elif first == "in turns":
        sides: tuple[tuple[Side, bytes], ...] = (("connect", connect), ("bind", bind))
        steps = [(side, data[at : at + 1]) for at in range(310) for side, data in sides]
    connection = Connection()
    found = zmtp.told(connection, steps)
    assert connection.version == version
    assert all(isinstance(events[0], Greeting) for events in found.values())
    identities = [event.data for events in found.values() for event in events if isinstance(event, Handshake)]
    if version < (3, 0):
        assert len(identities) == 2
        assert connection.peers["connect"].identity == identities[0]


def test_the_socket_type_of_2_0_is_in_the_greeting() -> None:
    connection = Connection()
    (greeting, _) = connection.feed("connect", SIG + b"\1\x0a\0\0")
    assert isinstance(greeting, Greeting)
    assert (greeting.socket_type, greeting.data) == ("XSUB", SIG + b"\1\x0a")
    assert zmtp.codes(Connection().feed("connect", SIG + b"\1\x0b\0\0")) == ["unknown-socket-type"]


def test_a_2_0_peer_may_send_before_the_type_of_the_other_is_beyond_doubt() -> None:
    connection = Connection()
    connection.feed("bind", SIG + b"\3")
    connection.feed("connect", SIG + b"\1\3")
    assert connection.feed("bind", b"\4") == []  # it may still go on in 3.4
    assert connection.peers["bind"].socket_type == "REP"
    connection.feed("connect", b"\0\0\1\0\0\5hello")
    connection.feed("bind", b"\0\0")
    assert (connection.peers["bind"].socket_type, connection.version) == ("REP", (2, 0))


def test_who_goes_on_in_3_has_no_type_before_its_ready() -> None:
    connection = Connection()
    connection.feed("bind", zmtp.greeting()[:12])
    connection.feed("connect", SIG + b"\1\2")
    assert connection.peers["bind"].socket_type == "PUB"
    connection.feed("bind", zmtp.greeting()[12:])
    assert connection.peers["bind"].socket_type is None
    connection.feed("bind", zmtp.ready(b"XPUB"))
    assert connection.peers["bind"].socket_type == "XPUB"


def test_who_speaks_3_only_to_an_old_peer_is_told() -> None:
    connection = Connection()
    connection.feed("bind", SIG + b"\1\6\0\0")
    assert zmtp.codes(connection.feed("connect", zmtp.greeting())) == ["no-downgrade"]


def test_the_padding_is_a_hint_only() -> None:
    data = b"\xff" + (4).to_bytes(8, "big") + zmtp.greeting()[9:]
    (greeting,) = Connection().feed("connect", data)
    assert isinstance(greeting, Greeting)
    assert (greeting.identity_hint, greeting.anomalies) == (3, ())


def handshake(data: bytes, mechanism: bytes = b"NULL") -> list[Event]:
    return Connection().feed("connect", zmtp.greeting(mechanism) + data)[1:]


READIES: list[tuple[bytes, list[str]]] = [
    (zmtp.ready(), []),
    (zmtp.ready(b"REQ", Identity=b"", X_App=b"mine"), []),
    (zmtp.ready(b"NONSENSE"), ["unknown-socket-type"]),
    (zmtp.command(b"READY"), ["no-socket-type"]),
    (zmtp.command(b"READY", zmtp.metadata(socket_type=b"REQ")), ["property-case"]),
    (zmtp.command(b"READY", zmtp.metadata(Socket_Type=b"REQ")[:-1]), ["malformed-metadata"]),
    (zmtp.command(b"READY", zmtp.metadata(Socket_Type=b"REQ") * 2), ["repeated-property"]),
    (zmtp.command(b"READY", b"\1A\xff\xff\xff\xff"), ["malformed-metadata"]),
    (zmtp.ready(Identity=b"i" * 256), ["long-identity"]),
    (zmtp.ready(Identity=b"\0abc"), ["nul-identity"]),
    (zmtp.frame(b"\5READY" + zmtp.metadata(Socket_Type=b"REQ")), ["missing-command-flag"]),
    (zmtp.frame(b"\5READY" + zmtp.metadata(Socket_Type=b"REQ"), 5), ["more-on-command"]),
    (zmtp.command(b"HELLO"), ["unexpected-command"]),
    (zmtp.frame(b"", 4), ["empty-command"]),
    (zmtp.frame(b"\x09AB", 4), ["malformed-command"]),
    (zmtp.message(b"hello"), ["message-before-ready"]),
    (zmtp.command(b"ERROR", b"\x03400"), ["error"]),
    (zmtp.command(b"ERROR", b"\x09400"), ["malformed-handshake"]),
]


@pytest.mark.parametrize(("data", "expected"), READIES)
def test_a_handshake_of_null(data: bytes, expected: list[str]) -> None:
    found = handshake(data)
    assert len(found) == 1
    assert zmtp.codes(found) == expected
    assert all(each.offset == 64 for each in zmtp.anomalies(found))


def test_what_a_ready_tells() -> None:
    connection = Connection()
    connection.feed("bind", zmtp.greeting() + zmtp.ready(b"DEALER", Identity=b"d-1", X_App=b"mine"))
    peer = connection.peers["bind"]
    assert (peer.socket_type, peer.identity, peer.mechanism, peer.version) == ("DEALER", b"d-1", "NULL", (3, 1))
    assert peer.properties["X-App"] == b"mine"


@pytest.mark.parametrize(("one", "two", "wrong"), [(b"PUB", b"SUB", []), (b"PUB", b"PULL", ["socket-type-mismatch"])])
def test_who_may_talk_to_whom(one: bytes, two: bytes, wrong: list[str]) -> None:
    connection = Connection()
    connection.feed("connect", zmtp.greeting() + zmtp.ready(one))
    assert zmtp.codes(connection.feed("bind", zmtp.greeting() + zmtp.ready(two))) == wrong


def test_mechanisms_that_differ() -> None:
    connection = Connection()
    connection.feed("connect", zmtp.greeting(b"PLAIN"))
    (wrong,) = zmtp.anomalies(connection.feed("bind", zmtp.greeting(b"NULL")))
    assert (wrong.code, wrong.text) == (
        "mechanism-mismatch",
        "this end speaks NULL, the other PLAIN: no handshake can succeed",
    )


def test_the_order_of_plain() -> None:
    assert zmtp.codes(handshake(zmtp.command(b"INITIATE", zmtp.metadata(Socket_Type=b"REQ")), b"PLAIN")) == [
        "unexpected-command"
    ]
    assert zmtp.codes(handshake(zmtp.hello(b"a", b"b") * 2, b"PLAIN")) == ["unexpected-command"]
    assert zmtp.codes(handshake(zmtp.command(b"HELLO", b"\5abc"), b"PLAIN")) == ["malformed-handshake"]


@pytest.mark.parametrize("mechanism", [b"NULL", b"PLAIN", b"GSSAPI"])
def test_a_command_at_the_wrong_place_teaches_nothing(mechanism: bytes) -> None:
    connection = Connection()
    connection.feed("connect", zmtp.greeting(mechanism))
    for number in range(3):
        told = zmtp.metadata(**{"Socket_Type": b"PUB", f"X_{number}": b"x"})
        connection.feed("connect", zmtp.command(b"INITIATE", told))
    peer = connection.peers["connect"]
    assert (peer.socket_type, peer.properties) == (None, {})


def test_of_a_socket_type_that_was_made_up_little_is_kept() -> None:
    connection = Connection()
    connection.feed("connect", zmtp.greeting() + zmtp.command(b"READY", zmtp.metadata(Socket_Type=b"x" * 100_000)))
    assert connection.peers["connect"].socket_type == "x" * 32


MASKED = b"\x08********"  # however long the password is
HELLOS = [
    (zmtp.hello(b"admin", b"secret"), b"PLAIN", b"\5admin" + MASKED),
    (zmtp.hello(b"", b"secret"), b"PLAIN", b"\0" + MASKED),
    (zmtp.command(b"HELLO", b"\5admin\7secret"), b"PLAIN", b"*" * 8),
    (zmtp.hello(b"admin", b"a very long secret"), b"PLAIN", b"\5admin" + MASKED),
    (zmtp.hello(b"admin", b"secret").replace(b"HELLO", b"hello"), b"PLAIN", b"\5admin" + MASKED),
    (zmtp.frame(zmtp.hello(b"admin", b"secret")[2:].replace(b"HELLO", b"Hello")), b"PLAIN", b"\5admin" + MASKED),
    (zmtp.hello(b"admin", b"secret"), b"NULL", b"\5admin" + MASKED),
    (zmtp.hello(b"admin", b"secret"), b"MINE", b"\5admin" + MASKED),
]


@pytest.mark.parametrize(("data", "mechanism", "shown"), HELLOS)
def test_passwords_are_stars(data: bytes, mechanism: bytes, shown: bytes) -> None:
    """P17: also of a HELLO that is wrong or at the wrong place."""
    (hello,) = handshake(data, mechanism)
    assert isinstance(hello, Handshake)
    assert hello.data == shown
    revealed = Connection(reveal_secrets=True).feed("connect", zmtp.greeting(mechanism) + data)[1]
    assert isinstance(revealed, Handshake)
    assert revealed.data == data[8:]


@pytest.mark.parametrize("name", [b"HELLO", b"hello"])
@pytest.mark.parametrize("before", [b"", b"\0\0"])
@pytest.mark.parametrize("kept", [100, 20])
def test_passwords_are_stars_where_there_are_no_commands(name: bytes, before: bytes, kept: int) -> None:
    """A HELLO of who greeted as 2.0: as its identity, as a message, and cut; nor does its size tell."""
    connection = Connection()
    data = SIG + b"\1\5" + before + zmtp.hello(b"admin", b"secret").replace(b"HELLO", name)[:kept]
    found = zmtp.told(connection, [("connect", data)])["connect"]
    assert b"secr" not in repr((found, connection.peers["connect"])).encode()
    last = found[-1]
    shown = last.frames[0] if isinstance(last, Message) else last.data
    assert b"*" * 8 in shown
    if isinstance(last, Message):
        assert last.true_sizes == (len(shown),)


def test_passwords_are_stars_after_the_handshake_too() -> None:
    (late,) = zmtp.opened().feed("connect", zmtp.hello(b"admin", b"secret"))
    (small,) = zmtp.opened().feed("connect", zmtp.hello(b"admin", b"secret").replace(b"HELLO", b"hello"))
    assert isinstance(small, Command)
    assert small.data == b"\5admin" + MASKED
    assert isinstance(late, Command)
    assert (late.data, zmtp.codes([late])) == (b"\5admin" + MASKED, ["late-command"])


CURVES = [(b"HELLO", 194, []), (b"HELLO", 192, ["malformed-handshake"]), (b"WELCOME", 160, [])]
CURVES += [(b"WELCOME", 161, ["malformed-handshake"])]


@pytest.mark.parametrize(("name", "size", "wrong"), CURVES)
def test_curve_commands_have_their_sizes(name: bytes, size: int, wrong: list[str]) -> None:
    assert zmtp.codes(handshake(zmtp.command(name, bytes(size)), b"CURVE")) == wrong


def test_what_is_wrong_inside_curve() -> None:
    connection = zmtp.curved()
    found = connection.feed("connect", zmtp.curve_message(b"abc", 5) + zmtp.curve_message(b"abc", 5))
    found += connection.feed("connect", zmtp.message(b"clear") + zmtp.curve_message(b"", 6))
    assert [event.true_sizes for event in found if isinstance(event, Message)] == [(3,), (3,), (5,), (0,)]
    assert zmtp.codes(found) == ["curve-nonce", "not-encrypted"]


def test_an_unknown_mechanism_is_shown_and_not_judged() -> None:
    found = handshake(zmtp.command(b"FOO", b"x") + zmtp.command(b"INITIATE") + zmtp.message(b"abc"), b"GSSAPI")
    assert [type(event) for event in found] == [Handshake, Handshake, Message]
    assert zmtp.codes(found) == []


@pytest.mark.parametrize("minor", [0, 1])
def test_both_encodings_of_a_subscription_are_one_event(minor: int) -> None:
    connection = zmtp.opened(b"XSUB", b"XPUB", minor=minor)
    found = connection.feed("connect", zmtp.message(b"\1abc") + zmtp.command(b"SUBSCRIBE", b"abc"))
    found += connection.feed("connect", zmtp.message(b"\0abc") + zmtp.message(b"\2abc") + zmtp.message(b"\1", b"x"))
    assert [(event.name, event.data) for event in found if isinstance(event, Command)] == [
        ("SUBSCRIBE", b"abc"),
        ("SUBSCRIBE", b"abc"),
        ("CANCEL", b"abc"),
    ]
    assert [event.frames for event in found if isinstance(event, Message)] == [(b"\2abc",), (b"\1", b"x")]
    assert connection.peers["connect"].subscriptions == {b"abc": 1}


def test_topics_are_capped_and_counted() -> None:
    """P14, the parser's part."""
    connection = zmtp.opened(b"SUB", b"PUB")
    for first in range(0, 10_000, 1000):
        connection.feed("connect", b"".join(zmtp.command(b"SUBSCRIBE", b"%d" % n) for n in range(first, first + 1000)))
    peer = connection.peers["connect"]
    assert (peer.subscription_count, len(peer.subscriptions)) == (10_000, MOST_TOPICS)


def test_groups() -> None:
    connection = zmtp.opened(b"DISH", b"RADIO")
    found = connection.feed("connect", zmtp.command(b"JOIN", b"group") + zmtp.command(b"LEAVE", b"group"))
    assert [(event.name, event.data) for event in found if isinstance(event, Command)] == [
        ("JOIN", b"group"),
        ("LEAVE", b"group"),
    ]
    assert zmtp.codes(found) == []


def test_a_command_between_the_frames_of_a_message() -> None:
    connection = zmtp.opened()
    found = connection.feed("connect", zmtp.frame(b"one", 1) + zmtp.command(b"PING", b"\0\1") + zmtp.frame(b"two"))
    assert [type(event) for event in found] == [Command, Message]
    assert found[1].frames == (b"one", b"two")
    assert zmtp.codes(found) == ["command-inside-message"]


def test_every_kind_of_anomaly_says_what_libzmq_does() -> None:
    words = {"goes on", "closes", "out of step", "refused", "delivers", "-"}
    assert {libzmq(code) for code in KINDS} == words
    assert all(code == code.lower().replace("_", "-") for code in KINDS)
