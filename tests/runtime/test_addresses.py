"""Endpoints as socket addresses, and socket addresses as words."""

from __future__ import annotations

import asyncio
import socket

import pytest

from tests.helpers.places import nobody_known
from zinspector.errors import EndpointError
from zinspector.runtime.addresses import Place, immediate, is_open_to_others, name_of, places, relayed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tcp://127.0.0.1:5556", Place(socket.AF_INET, ("127.0.0.1", 5556))),
        ("tcp://*:5556", Place(socket.AF_INET, ("", 5556))),
        ("tcp://[::1]:*", Place(socket.AF_INET6, ("::1", 0))),
        ("tcp://lo:1", Place(socket.AF_INET, ("127.0.0.1", 1))),
        ("tcp://127.0.0.2:0;127.0.0.1:7", Place(socket.AF_INET, ("127.0.0.1", 7), ("127.0.0.2", 0))),
        ("ipc:///tmp/a", Place(socket.AF_UNIX, "/tmp/a")),
        ("ipc://@a", Place(socket.AF_UNIX, b"\0a")),
    ],
)
def test_what_needs_no_look_up(text: str, expected: Place) -> None:
    assert immediate(relayed(text)) == [expected]


def test_names_are_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    assert immediate(relayed("tcp://localhost:5")) is None
    found = asyncio.run(places(relayed("tcp://localhost:5")))
    assert found[0] == Place(socket.AF_INET, ("127.0.0.1", 5))
    monkeypatch.setattr(socket, "getaddrinfo", nobody_known)
    for name in ("no-such-host.invalid", "no..name", "a" * 64 + ".invalid"):
        with pytest.raises(EndpointError, match="is not known"):
            asyncio.run(places(relayed(f"tcp://{name}:5")))


def test_who_can_reach_it() -> None:
    closed = ("tcp://127.0.0.1:1", "tcp://[::1]:1", "tcp://localhost:1", "tcp://lo:1", "ipc:///tmp/x")
    opened = ("tcp://*:1", "tcp://0.0.0.0:1", "tcp://10.0.0.1:1", "tcp://[::]:1", "tcp://somewhere:1")
    assert not any(is_open_to_others(relayed(text)) for text in closed)
    assert all(is_open_to_others(relayed(text)) for text in opened)


def test_addresses_as_words() -> None:
    assert name_of(("127.0.0.1", 5), socket.AF_INET) == "127.0.0.1:5"
    assert name_of(("::1", 5, 0, 0), socket.AF_INET6) == "[::1]:5"
    assert name_of(("::ffff:127.0.0.1", 5, 0, 0), socket.AF_INET6) == "127.0.0.1:5"
    assert name_of("/tmp/a", socket.AF_UNIX) == "/tmp/a"
    assert name_of(b"\0a\xff", socket.AF_UNIX) == "@a\\xff"
    assert name_of("", socket.AF_UNIX) == ""
