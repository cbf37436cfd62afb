"""Where addresses are: what a wildcard became is known to who connects, and nothing is left of what was given back."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

from zinspector.runtime.commands import Address
from zinspector.runtime.places import Places

ANY = Address("tcp://127.0.0.1:*", "a")


def test_a_wildcard_is_known_when_its_binder_has_bound_it() -> None:
    places = Places()
    assert places.resolved(ANY) is None
    places.take(ANY, "tcp://127.0.0.1:4711")
    assert places.resolved(ANY) == places.bound(ANY) == "tcp://127.0.0.1:4711"
    assert places.of(["a", "b"]) == ("tcp://127.0.0.1:4711",)
    places.forget(ANY)
    assert (places.bound(ANY), places.gave_back(ANY.text)) == (None, False)


def test_an_address_that_only_others_bind_is_what_it_says() -> None:
    assert Places().resolved(Address("tcp://host:5555")) == "tcp://host:5555"
    assert Places().resolved(Address("tcp://host:5555", "a")) == "tcp://host:5555"


def test_what_a_socket_gave_back_is_known_by_both_names() -> None:
    places = Places()
    places.take(ANY, "tcp://127.0.0.1:4711")
    places.take(Address("tcp://127.0.0.1:*", "b"), "tcp://127.0.0.1:4712")
    places.give_back_all("a")
    assert list(places) == ["tcp://127.0.0.1:4712"]
    assert places.gave_back("tcp://127.0.0.1:*")
    assert places.gave_back("tcp://127.0.0.1:4711")
    assert not places.gave_back("tcp://127.0.0.1:4712")


def test_files_of_ipc_addresses_go_when_nobody_serves_them() -> None:
    places = Places()
    text = places.private_ipc("a")
    file = Path(text.removeprefix("ipc://"))
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(file))
        places.take(Address("ipc://*", "a"), text)
        asyncio.run(places.sweep())
        assert file.exists()
    places.give_back(Address("ipc://*", "a"))
    asyncio.run(places.sweep())
    assert not file.exists()
    places.close()
    assert not file.parent.exists()
