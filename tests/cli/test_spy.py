"""spy: another program's publisher heard, printed, recorded; and kind words where nothing will be heard."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import zmq

from tests.helpers.command_line import started, zinspector
from tests.helpers.places import free_port
from zinspector.capture.files import notes_of
from zinspector.cli.spy import drawn
from zinspector.errors import EndpointError
from zinspector.topology import files
from zinspector.topology.document import SpyNode


@contextmanager
def bound(kind: int, **options: object) -> Iterator[tuple[zmq.Socket[bytes], str]]:
    with zmq.Context() as context, context.socket(kind) as socket:
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.RCVTIMEO, 60_000)
        for name, value in options.items():
            socket.setsockopt(getattr(zmq, name), value)
        yield socket, f"tcp://127.0.0.1:{socket.bind_to_random_port('tcp://127.0.0.1')}"


def lines(process: subprocess.Popen[str], word: str, count: int) -> list[str]:
    """The next `count` lines that hold a word."""
    assert process.stdout is not None
    found: list[str] = []
    while len(found) < count:
        line = process.stdout.readline()
        assert line, "it ended"
        found += [line] if word in line else []
    return found


def test_rows_as_json_and_in_a_recording(tmp_path: Path) -> None:
    file = tmp_path / "heard.arrow"
    arguments = ("--subscribe", "weather.", "--subscribe", "tide.", "-T", "jsonl", "--record", file)
    with bound(zmq.XPUB) as (socket, address), started("spy", address, *arguments) as process:
        assert {socket.recv(), socket.recv()} == {b"\1weather.", b"\1tide."}
        for topic in (b"weather.london", b"news", b"tide.dover"):
            socket.send_multipart([topic, b"{}"])
        heard = [json.loads(line) for line in lines(process, '"kind": "message"', 2)]
        assert [row["topic"] for row in heard] == ["weather.london", "tide.dover"]
        assert {(row["node"], row["direction"], row["to_type"]) for row in heard} == {("spy", "in", "SUB")}
        process.terminate()
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 130
        assert "2 received" in errors
    count = zinspector("read", file, "-T", "jsonl").stdout.count('"kind": "message"')
    assert count == 2
    (spy,) = files.loads(notes_of(file)["drawing"], "").document.nodes
    assert isinstance(spy, SpyNode)
    assert (spy.id, spy.connect, spy.subscriptions) == ("spy", (address,), ("weather.", "tide."))


def test_text_shows_the_time_that_plotjuggler_is_sent() -> None:
    with bound(zmq.XPUB) as (socket, address), started("spy", address) as process:
        assert socket.recv() == b"\1"
        socket.send_multipart([b"imu", b'{"x": 1}', b"1763880131.5"])
        (line,) = lines(process, "imu", 1)
        assert '"imu" | {"x": 1} | "1763880131.5" = 2025-11-2' in line
        assert ":11.500000" in line


def test_two_publishers_have_a_node_each() -> None:
    with (
        bound(zmq.XPUB) as (one, first),
        bound(zmq.XPUB) as (two, second),
        started("spy", first, second, "-T", "csv") as process,
    ):
        assert (one.recv(), two.recv()) == (b"\1", b"\1")
        one.send(b"from the first")
        assert "spy1" in lines(process, "from the first", 1)[0]
        two.send(b"from the second")
        assert "spy2" in lines(process, "from the second", 1)[0]


def test_it_waits_for_a_publisher_that_comes_later() -> None:
    address = f"tcp://127.0.0.1:{free_port()}"
    with started("spy", address, "-T", "jsonl") as process, zmq.Context() as context:
        assert process.stderr is not None
        line = process.stderr.readline()
        assert line == f"Z209 info node spy: {address}: nobody listens there; the spy goes on trying\n"
        with context.socket(zmq.XPUB) as socket:
            socket.setsockopt(zmq.RCVTIMEO, 60_000)
            socket.bind(address)
            assert socket.recv() == b"\1"
            socket.send(b"late")
            assert json.loads(lines(process, '"message"', 1)[0])["topic"] == "late"


@pytest.mark.parametrize(
    ("kind", "options", "words"),
    [
        (zmq.ROUTER, {}, "a ROUTER listens there, no PUB or XPUB"),
        (zmq.PUB, {"PLAIN_SERVER": 1}, "PLAIN lets nobody in without a password"),
    ],
)
def test_kind_words_where_nothing_will_be_heard(kind: int, options: dict[str, object], words: str) -> None:
    with bound(kind, **options) as (_, address), started("spy", address) as process:
        assert process.stderr is not None
        told = next(line for line in process.stderr if "node spy:" in line)
        process.terminate()
        assert "node spy:" not in process.communicate(timeout=60)[1]
    assert words in told
    assert f"zinspector tap LISTEN={address}" in told


def test_no_words_where_a_publisher_listens() -> None:
    with bound(zmq.PUB) as (_, address):
        done = zinspector("spy", address, "--for", "0.5")
    assert (done.returncode, "node spy:" in done.stderr) == (0, False)


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("5556", "is not an address"),
        ("inproc://x", "can't be spied on"),
        ("tcp://127.0.0.1:*", "a wildcard is no place"),
    ],
)
def test_bad_use(address: str, told: str) -> None:
    done = zinspector("spy", address)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr


def test_one_address_twice() -> None:
    with pytest.raises(EndpointError):
        drawn(["tcp://127.0.0.1:1", "tcp://127.0.0.1:1"], [""])
