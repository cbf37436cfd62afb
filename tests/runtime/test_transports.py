"""Addresses before and after a bind: what is refused, what is resolved, what is cleaned up."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from tests.helpers.drawn import generate, link, running, sock
from tests.helpers.waiting import wait_until
from zinspector.errors import SocketError
from zinspector.runtime.transports import AddressInUseError, TransportMissingError, available, prepare_bind, require
from zinspector.runtime.versions import capabilities, versions


def test_what_this_libzmq_has() -> None:
    assert available()["tcp"]
    assert available()["inproc"]
    assert {"libzmq", "pyzmq", "Python"} <= versions().keys()
    assert available().items() <= capabilities().items()


@pytest.mark.parametrize("scheme", ["pgm", "epgm", "norm", "ws", "wss", "vmci", "udp"])
def test_a_transport_that_is_missing_says_which_build_has_it(scheme: str) -> None:
    if available()[scheme]:
        pytest.skip(f"this libzmq has {scheme}")
    with pytest.raises(TransportMissingError, match=r"no .* transport"):
        require(f"{scheme}://somewhere:5555")


def test_a_live_ipc_path_is_refused_and_goes_on_living(tmp_path: Path) -> None:
    path = tmp_path / "live"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        with pytest.raises(AddressInUseError, match="steal"):
            prepare_bind(f"ipc://{path}")
        assert path.exists()
    prepare_bind(f"ipc://{path}")
    assert not path.exists()


def test_a_plain_file_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("dear diary")
    with pytest.raises(SocketError, match="no socket"):
        prepare_bind(f"ipc://{path}")
    assert path.read_text() == "dear diary"


@pytest.mark.parametrize(
    ("address", "code", "words"),
    [
        ("ipc://" + "x" * 120, "Z000", "at most 107"),
        ("epgm://eth0;239.1.1.1:5555", "Z111", "has no epgm"),
        ("nonsense", "Z000", "not an address"),
        ("tcp://no-such-interface9:5555", "Z104", "can't bind"),
        ("TAKEN", "Z104", "in use"),
        ("SERVED", "Z104", "steal"),
    ],
)
def test_a_bad_bind_is_a_finding_and_the_rest_runs(tmp_path: Path, address: str, code: str, words: str) -> None:
    async def main() -> None:
        with socket.socket() as taken, socket.socket(socket.AF_UNIX) as served:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            served.bind(str(tmp_path / "served"))
            served.listen()
            places = {"TAKEN": f"tcp://127.0.0.1:{taken.getsockname()[1]}", "SERVED": f"ipc://{tmp_path}/served"}
            bad = sock("bad", "PULL", bind=(places.get(address, address),))
            rest = (sock("a", "PUSH", generate(count=3)), sock("b", "PULL"), link("a", "b"))
            async with running(bad, *rest) as session:
                await wait_until(lambda: session.counters().nodes["b"].received == 3)
                (finding,) = session.findings()
                assert (finding.code, finding.node) == (code, "bad")
                assert words in finding.text
                assert session.states()["bad"].health == "error"

    asyncio.run(main())


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:*", "tcp://[::1]:*", "tcp://*:*", "ipc://*", "ipc://@zin-{}"])
def test_wildcards_are_resolved_and_reached(address: str, tmp_path: Path) -> None:
    async def main() -> None:
        place = address.format(tmp_path.name)
        sink = sock("b", "PULL", bind=(place,))
        wire = link("a", "b", place.partition("://")[0])
        async with running(sock("a", "PUSH", generate(count=3)), sink, wire) as session:
            await wait_until(lambda: session.counters().nodes["b"].received == 3)
            assert session.counters().links["a-b"].messages == 3
            (shown,) = session.states()["b"].addresses
            assert "*" not in shown
            await wait_until(lambda: session.states()["b"].peers == 1)
            assert session.findings() == []

    asyncio.run(main())
