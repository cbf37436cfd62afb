"""A Jupyter kernel through five relays: a hundred executes as without them, every message seen, every HMAC kept."""

from __future__ import annotations

import hashlib
import hmac
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.foreign import PROGRAMS
from tests.helpers.places import free_port
from tests.helpers.tap_thread import Tapped, tapped
from tests.helpers.waiting import wait_here_until
from zinspector.capture.message import Message

CHANNELS = ("shell", "iopub", "stdin", "control", "hb")
TYPES = {"shell": {"ROUTER"}, "iopub": {"PUB", "XPUB"}, "stdin": {"ROUTER"}, "control": {"ROUTER"}}
DELIMITER = b"<IDS|MSG>"
KEY = b"a key that only both ends know"

pytestmark = [
    pytest.mark.skipif(
        not (importlib.util.find_spec("ipykernel") and importlib.util.find_spec("jupyter_client")),
        reason="ipykernel and jupyter_client are not installed: pip install ipykernel jupyter_client",
    ),
    pytest.mark.timeout(600),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("jupyter")


@pytest.fixture(scope="module")
def direct(folder: Path) -> dict[str, Any]:
    """What a client gets that talks to the kernel itself."""
    with kernel(folder, "tcp") as connection:
        return executed(folder, connection)


def described(transport: str) -> dict[str, Any]:
    """A connection file's content: where the kernel shall listen."""
    place = "127.0.0.1" if transport == "tcp" else f"{os.environ['TMPDIR']}/kernel"
    ports = {f"{name}_port": free_port() if transport == "tcp" else i for i, name in enumerate(CHANNELS, 1)}
    return {"transport": transport, "ip": place, "key": KEY.decode(), "signature_scheme": "hmac-sha256", **ports}


def environment(folder: Path) -> dict[str, str]:
    own = {name: str(folder / name.lower()) for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR")}
    return {**os.environ, **own, "JPY_PARENT_PID": "", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}


@contextmanager
def kernel(folder: Path, transport: str) -> Iterator[dict[str, Any]]:
    """A kernel that runs, and how to reach it."""
    connection = described(transport)
    file = folder / f"kernel-{transport}.json"
    file.write_text(json.dumps(connection))
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", str(file)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": environment(folder)}
    with subprocess.Popen(command, **quiet) as process:
        try:
            yield connection
            process.wait(60)  # the client asked it to end
        finally:
            process.kill()
            for path in Path(os.environ["TMPDIR"]).glob("kernel-*"):
                path.unlink()


def executed(folder: Path, connection: dict[str, Any]) -> dict[str, Any]:
    """Run the client with that connection file."""
    file = folder / "client.json"
    file.write_text(json.dumps(connection))
    command = [sys.executable, str(PROGRAMS / "notebook.py"), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment(folder), check=False)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def relayed(tap: Tapped, connection: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Five relays in front of a kernel: the connection file to use instead, and the relay of each channel."""
    changed = dict(connection)
    nodes = {}
    for name in CHANNELS:
        port = connection[f"{name}_port"]
        if connection["transport"] == "tcp":
            address = tap.relay(f"tcp://127.0.0.1:{port}")
            changed[f"{name}_port"] = int(address.rpartition(":")[2])
        else:
            tap.relay(f"ipc://{connection['ip']}-{port}", f"ipc://{connection['ip']}-tap-{port}")
        nodes[name] = tap.last
    if connection["transport"] == "ipc":
        changed["ip"] = f"{connection['ip']}-tap"
    return changed, nodes


def assert_signed(row: Message) -> dict[str, Any]:
    """The signature fits the frames that were captured; returns the header."""
    at = row.frames.index(DELIMITER)
    signature, *signed = row.frames[at + 1 : at + 6]
    assert hmac.new(KEY, b"".join(signed), hashlib.sha256).hexdigest().encode() == signature
    header: dict[str, Any] = json.loads(signed[0])
    return header


@pytest.mark.parametrize("transport", ["tcp", "ipc"])
def test_a_hundred_executes_through_five_relays(folder: Path, direct: dict[str, Any], transport: str) -> None:
    with kernel(folder, transport) as connection, tapped() as tap:
        changed, nodes = relayed(tap, connection)
        through = executed(folder, changed)
        assert through["cells"] == 100
        assert through["transcript"] == direct["transcript"]
        assert through["beating"]

        def seen(name: str) -> list[dict[str, Any]]:
            return [assert_signed(row) for row in tap.rows(nodes[name], "message")]

        def all_seen() -> bool:
            ended = any(header["msg_type"] == "shutdown_reply" for header in seen("control"))
            return ended and set(through["ids"]) <= {header["msg_id"] for name in TYPES for header in seen(name)}

        wait_here_until(all_seen)
        headers = {name: seen(name) for name in TYPES}
        for name, types in TYPES.items():
            rows = tap.rows(nodes[name], "message")
            assert {row.from_type for row in rows if row.direction == "bind->connect"} <= types
        kinds = [header["msg_type"] for header in headers["shell"]]
        assert (kinds.count("execute_request"), kinds.count("execute_reply")) == (100, 100)
        assert [header["msg_type"] for header in headers["stdin"]] == ["input_request", "input_reply"]

        wait_here_until(lambda: tap.rows(nodes["hb"], "message"))
        beats = tap.rows(nodes["hb"], "message")
        assert {row.frames for row in beats} == {(b"", b"ping")}
        assert (tap.skipped, [row.anomalies for row in tap.rows() if row.anomalies]) == (0, [])
