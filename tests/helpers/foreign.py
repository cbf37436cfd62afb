"""Sockets of other ZeroMQ implementations, as steerable as our own: a process of theirs that does as lines say.

    open NAME TYPE bind|connect ADDRESS    ok ADDRESS        a bound address may end in `:*`
    send NAME HEX|HEX                      ok                the frames of a message
    recv NAME                              ok HEX|HEX        within a minute
    close NAME                             ok

The programs stand in tests/peers/programs; `packaging/peers` gets what they need (`make test` does).
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / "tests" / "peers" / "programs"
PROVIDED = ROOT / ".venv" / "peers"
KINDS = ("pyzmq", "pyomq", "jeromq", "npm")
VERSIONS = {"pyzmq": (3, 1), "pyomq": (3, 1), "jeromq": (2, 0), "npm": (3, 1)}

Frames = tuple[bytes, ...]


class Foreign:
    """One process. What it answers with an error is an AssertionError here."""

    def __init__(self, kind: str, process: subprocess.Popen[str]) -> None:
        self.kind = kind
        self.pid = process.pid
        self.version = VERSIONS[kind]
        self._process = process
        self._count = 0

    def open(self, socket_type: str, how: str, address: str) -> ForeignSocket:
        """A new socket, bound or connected. A SUB subscribes to everything."""
        self._count += 1
        name = f"s{self._count}"
        return ForeignSocket(self, name, self.ask(f"open {name} {socket_type} {how} {address}"))

    def ask(self, *lines: str) -> str:
        """Say lines all at once; returns the last answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("".join(f"{line}\n" for line in lines))
        self._process.stdin.flush()
        answer = ""
        for line in lines:
            word, _, answer = self._process.stdout.readline().rstrip("\n").partition(" ")
            assert word == "ok", f"{self.kind} answers {line[:60]!r} with {word} {answer}"
        return answer


class ForeignSocket:
    """One socket of a foreign process. `address` is where it is bound or connected."""

    def __init__(self, foreign: Foreign, name: str, address: str) -> None:
        self.address = address
        self._foreign = foreign
        self._name = name

    def send(self, *messages: Sequence[bytes]) -> None:
        """Send messages, one after the other."""
        for start in range(0, len(messages), 64):
            part = messages[start : start + 64]
            self._foreign.ask(*(f"send {self._name} {'|'.join(frame.hex() for frame in frames)}" for frames in part))

    def receive(self) -> Frames:
        """The next message."""
        return tuple(bytes.fromhex(frame) for frame in self._foreign.ask(f"recv {self._name}").split("|"))

    def close(self) -> None:
        """Close it."""
        self._foreign.ask(f"close {self._name}")

    def __enter__(self) -> ForeignSocket:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextmanager
def foreign(kind: str) -> Iterator[Foreign]:
    """A process of that implementation; where it can't be had, the test is skipped with the reason."""
    command, environment = _command(kind)
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}
    ) as process:
        try:
            yield Foreign(kind, process)
        finally:
            process.kill()


def received(messages: Iterable[Sequence[bytes]]) -> list[Frames]:
    """Messages as tuples, to compare."""
    return [tuple(map(bytes, frames)) for frames in messages]


def _command(kind: str) -> tuple[list[str], dict[str, str]]:
    if kind in ("pyzmq", "pyomq"):
        library = {"pyzmq": "zmq", "pyomq": "pyomq"}[kind]
        if importlib.util.find_spec(library) is None:
            pytest.skip(f"{kind} is not installed: pip install {kind}, if there is a wheel for this Python")
        return [sys.executable, str(PROGRAMS / "peer.py"), library], {}
    why = PROVIDED / f"{kind}.missing"
    if why.exists():
        pytest.skip(why.read_text().strip())
    if not (PROVIDED / kind).exists():
        pytest.skip(f"{kind} was not set up: run packaging/peers .venv/peers, or make test")
    if kind == "npm":
        return ["node", str(PROGRAMS / "peer.js")], {"NODE_PATH": str(PROVIDED / "npm" / "node_modules")}
    folder = PROVIDED / "jeromq"
    quick = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto"]
    return ["java", *quick, "-cp", f"{folder / 'jeromq.jar'}:{folder}", "Peer"], {}
