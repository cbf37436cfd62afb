"""discover: a program of ours among all that listens here. Only that one is ever probed: others belong to others."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import zmq

from tests.helpers.command_line import zinspector_process  # what is its own it leaves out
from zinspector.runtime import proc

pytestmark = pytest.mark.skipif(not proc.known(), reason="this system has no /proc")


@pytest.fixture
def publisher() -> Iterator[str]:
    with zmq.Context() as context, context.socket(zmq.PUB) as socket:
        yield f"tcp://127.0.0.1:{socket.bind_to_random_port('tcp://127.0.0.1')}"


def test_a_line_for_each_and_how_to_tap_it(publisher: str) -> None:
    done = zinspector_process("discover", publisher)
    first, tap, change = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert first.startswith(f"{publisher}, ")
    assert f"(pid {os.getpid()})" in first
    assert tap.startswith("  to tap it: zinspector tap tcp://127.0.0.1:")
    assert tap.endswith(f"={publisher}")
    assert change.endswith(f"instead of {publisher}")


def test_probed_as_json(publisher: str) -> None:
    done = zinspector_process("discover", publisher, str(os.getpid()), "--probe", "-T", "json", "--timeout", "60")
    (found,) = json.loads(done.stdout)
    assert (found["endpoint"], found["process"]["pid"], found["own"]) == (publisher, os.getpid(), False)
    assert (found["probe"]["state"], found["probe"]["socket_type"]) == ("zmtp", "PUB")
    assert found["tap"]["command"] == f"zinspector tap {found['tap']['change']['to']}={publisher}"
    assert found["tap"]["change"]["from"] == publisher


def test_a_path_may_be_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "feed"
    with zmq.Context() as context, context.socket(zmq.PUB) as socket:
        socket.bind(f"ipc://{path}")
        *_, takeover = zinspector_process("discover", str(path)).stdout.splitlines()
    path.unlink()  # libzmq leaves it
    assert takeover.endswith(f": zinspector tap ipc://{path}=ipc://{path}")


def test_nothing_matches() -> None:
    done = zinspector_process("discover", "no such program, surely")
    said = "zinspector: nothing that listens here fits no such program, surely\n"
    assert (done.returncode, done.stdout, done.stderr) == (0, "", said)
