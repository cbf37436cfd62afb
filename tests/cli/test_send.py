"""send: one message to real peers, and the reasons why it could not be sent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import zmq

from tests.helpers.command_line import command, environment, zinspector
from zinspector.cli.send import frame, shown
from zinspector.errors import UserError


@contextmanager
def peer(kind: int, **options: Any) -> Iterator[tuple[zmq.Socket[bytes], str]]:
    """A socket of another program, as it were, and its address."""
    with zmq.Context() as context, context.socket(kind) as socket:
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.RCVTIMEO, 60_000)
        for name, value in options.items():
            socket.setsockopt(getattr(zmq, name), value)
        port = socket.bind_to_random_port("tcp://127.0.0.1")
        yield socket, f"tcp://127.0.0.1:{port}"


@contextmanager
def sending(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A `send` that waits for us."""
    process = subprocess.Popen(
        command("send", *arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def test_push_frames_of_every_kind(tmp_path: Path) -> None:
    (tmp_path / "blob.bin").write_bytes(b"\x00\xff")
    with peer(zmq.PULL) as (socket, address):
        frames = ("plain", "hex:00 ff", 'json:{"a": [1, 2]}', "@blob.bin", "text:hex:00", "")
        done = zinspector("send", "push", "--connect", address, *frames, cwd=tmp_path)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert socket.recv_multipart() == [b"plain", b"\x00\xff", b'{"a":[1,2]}', b"\x00\xff", b"hex:00", b""]


def test_a_large_message_leaves_whole() -> None:
    with peer(zmq.PULL) as (socket, address):
        blob = os.urandom(12 << 20)
        file = Path(os.environ["TMPDIR"]) / "large.bin"
        file.write_bytes(blob)
        assert zinspector("send", "PUSH", "--connect", address, f"@{file}").returncode == 0
        assert socket.recv() == blob


def test_publish_to_who_subscribed() -> None:
    frames = ("weather.london", "12 C")
    with (
        peer(zmq.SUB, SUBSCRIBE=b"weather.") as (socket, address),
        sending("PUB", "--connect", address, *frames) as process,
    ):
        assert socket.recv_multipart() == [b"weather.london", b"12 C"]  # a SUB subscribes while it receives
        assert process.wait(60) == 0


def test_request_and_reply() -> None:
    with peer(zmq.REP) as (socket, address), sending("REQ", "--connect", address, "ping", "--reply") as process:
        assert socket.recv() == b"ping"
        socket.send_multipart([b"pong", b"\x00"])
        assert process.communicate(timeout=60) == ("pong\nhex:00\n", "")
        assert process.returncode == 0


def test_the_reply_as_json() -> None:
    arguments = ("--reply", "-T", "jsonl")
    with peer(zmq.REP) as (socket, address), sending("DEALER", "--connect", address, "", "ping", *arguments) as process:
        assert socket.recv() == b"ping"
        socket.send(b"pong")
        out, _ = process.communicate(timeout=60)
        assert [part["text"] for part in json.loads(out)["frames"]] == ["", "pong"]


def test_a_rep_answers_the_request_that_comes() -> None:
    with zmq.Context() as context, context.socket(zmq.REQ) as socket:
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.RCVTIMEO, 60_000)
        address = f"ipc://{os.environ['TMPDIR']}/rep.ipc"
        with sending("REP", "--bind", address, "answer") as process:
            socket.connect(address)
            socket.send(b"question")
            assert socket.recv() == b"answer"
            assert process.wait(60) == 0


def test_a_router_finds_its_peer_by_id() -> None:
    with peer(zmq.DEALER, ROUTING_ID=b"worker-1") as (socket, address):
        assert zinspector("send", "ROUTER", "--connect", address, "worker-1", "job").returncode == 0
        assert socket.recv_multipart() == [b"job"]


def test_nobody_listens() -> None:
    done = zinspector("send", "PUSH", "--connect", "tcp://127.0.0.1:1", "x", "--timeout", "0.5")
    assert done.returncode == 1
    assert done.stderr == "zinspector: tcp://127.0.0.1:1: nobody listens there within 0.5 s\n"


def test_nobody_connects() -> None:
    done = zinspector("send", "PUSH", "--bind", "tcp://127.0.0.1:*", "x", "--timeout", "0.3")
    assert done.returncode == 1
    assert "nobody connected within 0.3 s" in done.stderr


def test_the_types_do_not_match() -> None:
    with peer(zmq.PULL) as (_, address):
        done = zinspector("send", "PUB", "--connect", address, "x", "--timeout", "3")
        assert done.returncode == 1
        assert "handshake" in done.stderr


def test_no_reply() -> None:
    with peer(zmq.REP) as (_, address):
        done = zinspector("send", "REQ", "--connect", address, "x", "--reply", "--timeout", "3")
        assert (done.returncode, done.stderr) == (1, f"zinspector: {address}: no reply within 3 s\n")


def test_nobody_has_that_id() -> None:
    with peer(zmq.DEALER) as (_, address):
        done = zinspector("send", "ROUTER", "--connect", address, "ghost", "x", "--timeout", "3")
        assert done.returncode == 1
        assert "no peer with the routing id" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("PULL", "--connect", "tcp://127.0.0.1:1", "x"), "invalid choice: 'PULL'"),
        (("PUSH", "--connect", "nonsense", "x"), "nonsense: "),
        (("PUSH", "--bind", "inproc://x", "x"), "inproc reaches only this process"),
        (("PUSH", "--connect", "tcp://127.0.0.1:1", "x", "--reply"), "a PUSH receives nothing"),
        (("PUSH", "--connect", "tcp://127.0.0.1:1", "json:{"), "is no json"),
        (("PUSH", "--connect", "tcp://127.0.0.1:1", "hex:0"), "is no hex"),
        (("PUSH", "--connect", "tcp://127.0.0.1:1", "@/no/such"), "@/no/such: No such file"),
    ],
)
def test_bad_use(arguments: tuple[str, ...], told: str) -> None:
    done = zinspector("send", *arguments)
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_address_in_use() -> None:
    with peer(zmq.PULL) as (_, address):
        done = zinspector("send", "PUSH", "--bind", address, "x")
        assert done.returncode == 2
        assert "in use" in done.stderr


@pytest.mark.parametrize("data", [b"text", b"", b"\x00", b"\xff\xfe", "Grüße".encode(), b"two\nlines", b'{"a":1}'])
def test_a_frame_is_shown_as_it_could_be_written(data: bytes) -> None:
    assert frame(shown(data)) == data


@pytest.mark.parametrize("text", ["json:NaN", "json:", "hex:zz", "json:" + "[" * 100_000])
def test_frames_that_are_none(text: str) -> None:
    with pytest.raises(UserError):
        frame(text)


def test_arguments_that_are_no_utf8() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from zinspector.cli.send import frame; print(frame(sys.argv[1]).hex())",
            b"\xff",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "ff\n"
