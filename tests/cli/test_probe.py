"""probe: who listens, in words and as JSON, and what the exit code makes of it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest
import zmq

from tests.helpers.command_line import zinspector
from tests.helpers.places import free_port


@pytest.fixture
def router() -> Iterator[str]:
    with zmq.Context() as context, context.socket(zmq.ROUTER) as socket:
        socket.setsockopt(zmq.ROUTING_ID, b"hub\x1b[2J")
        yield f"tcp://127.0.0.1:{socket.bind_to_random_port('tcp://127.0.0.1')}"


def test_in_words(router: str) -> None:
    done = zinspector("probe", router, "--timeout", "60")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f'{router}: ROUTER, ZMTP 3.1, NULL, identity "hub\\x1b[2J"\n'


def test_as_json(router: str) -> None:
    done = zinspector("probe", router, "-T", "json", "--timeout", "60")
    (answer,) = json.loads(done.stdout)
    assert (done.returncode, answer["state"], answer["version"], answer["mechanism"]) == (0, "zmtp", "3.1", "NULL")
    assert (answer["endpoint"], answer["socket_type"]) == (router, "ROUTER")
    assert base64.b64decode(answer["identity"]["base64"]) == b"hub\x1b[2J"
    assert answer["properties"]["Socket-Type"]["text"] == "ROUTER"


def test_one_that_is_not_there_fails_the_check(router: str) -> None:
    gone = f"tcp://127.0.0.1:{free_port()}"
    done = zinspector("probe", gone, router, "tcp://no..body:5", "--timeout", "60")
    lines = done.stdout.splitlines()
    assert done.returncode == 1
    assert lines[0] == f"{gone}: nobody listens there"
    assert lines[1].startswith(f"{router}: ROUTER")
    assert lines[2].startswith("tcp://no..body:5: unknown host")


@pytest.mark.parametrize(
    ("address", "reason"),
    [("5556", "is not an address"), ("inproc://x", "can't be probed"), ("tcp://127.0.0.1:*", "a wildcard is no place")],
)
def test_bad_use(address: str, reason: str) -> None:
    done = zinspector("probe", address)
    assert (done.returncode, done.stdout) == (2, "")
    assert reason in done.stderr
