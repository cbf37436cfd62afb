"""What rows that are no messages say, in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.captured import Feed
from tests.helpers.wired import Wire, greeting, properties
from zinspector.capture.happenings import PHRASES, group_of, phrase
from zinspector.capture.message import Message
from zinspector.capture.store import Store


def said(store: Store, n: int) -> str:
    message = store.row(n)
    assert message is not None
    return phrase(message)


@pytest.mark.parametrize(
    ("name", "data", "text"),
    [
        ("GREETING", greeting(b"CURVE"), "greets: ZMTP 3.1, CURVE"),
        ("GREETING", b"\xff" + bytes(8) + b"\x7f", "begins to greet, 10 bytes"),
        ("READY", properties(Socket_Type=b"SUB", Identity=b""), "is ready: SUB"),
        ("READY", properties(Socket_Type=b"DEALER", Identity=b"client-7"), 'is ready: DEALER, Identity "client-7"'),
        ("READY", b"\xff\xff\xff", "is ready (3 bytes, encrypted or not to be read)"),
        ("INITIATE", properties(Socket_Type=b"REQ"), "initiates: REQ"),
        ("HELLO", b"\x05admin\x06******", 'says hello as "admin"'),
        ("HELLO", bytes(194), "says hello (CURVE)"),
        ("WELCOME", b"", "says welcome"),
        ("ERROR", b"\x03400", 'refuses: "400"'),
        ("IDENTITY", b"", "has no identity"),
        ("IDENTITY", b"me", 'calls itself "me"'),
        ("SUBSCRIBE", b"weather.", 'subscribes to "weather."'),
        ("SUBSCRIBE", b"", "subscribes to everything"),
        ("CANCEL", b"\xff\xfe", "no longer subscribes to 0xfffe"),
        ("JOIN", b"group", 'joins "group"'),
        ("PING", b"\x00\x1e", "pings, TTL 3 s"),
        ("PING", b"\x00\x00", "pings"),
        ("PONG", b"", "answers the ping"),
        ("FOO", b"abc", "sends FOO, 3 bytes"),
        ("", b"abc", "sends a command without a name, 3 bytes"),
    ],
)
def test_phrases(name: str, data: bytes, text: str) -> None:
    store = Store()
    assert said(store, Wire(store).command(name, data)) == text


def test_a_socket_of_ours_keeps_one_byte_before_the_topic() -> None:
    store = Store()
    assert said(store, Feed(store).command("station", "SUBSCRIBE", b"\x01weather.")) == 'subscribes to "weather."'


def test_an_event_says_its_sentence() -> None:
    store = Store()
    assert said(store, Wire(store).event("CLOSED", "python3 closed it\x1b[2J")) == "python3 closed it\\x1b[2J"


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("OPENED", "connections"), ("DISCONNECTED", "connections"), ("HANDSHAKE_FAILED_AUTH", "handshakes"),
        ("READY", "handshakes"), ("CANCEL", "subscriptions"), ("PONG", "heartbeats"), ("GAP", "others"), ("", "others"),
    ],
)  # fmt: skip
def test_groups(name: str, group: str) -> None:
    assert group_of(name) == group


@given(st.sampled_from(sorted(PHRASES)), st.binary(max_size=200))
def test_whatever_came_is_one_harmless_line(name: str, data: bytes) -> None:
    row = Message(1, 0, "t", None, 1, "connect->bind", "command", name, None, None, len(data), (data,), (len(data),))
    assert phrase(row).isprintable()
