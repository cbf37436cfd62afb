"""Listening sockets and their processes, from the tables of this very machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from zinspector.runtime import proc

pytestmark = pytest.mark.skipif(not proc.known(), reason="this system has no /proc")

CHILD = """
import socket, sys
with socket.create_server(("127.0.0.1", 0)) as listener:
    print(listener.getsockname()[1], flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "::", "0.0.0.0"])
def test_tcp_sockets_that_listen(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.bind((host, 0))
        address = listener.getsockname()[:2]
        assert address not in proc.tcp_listeners().values()
        listener.listen()
        inodes = [inode for inode, found in proc.tcp_listeners().items() if found == address]
        assert [found.pid for found in proc.owners(inodes).values()] == [os.getpid()]


def test_a_socket_of_another_process() -> None:
    command = [sys.executable, "-c", CHILD]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdin is not None
        address = "127.0.0.1", int(child.stdout.readline())
        (inode,) = [inode for inode, found in proc.tcp_listeners().items() if found == address]
        owner = proc.owners([inode])[inode]
        assert owner.pid == child.pid
        assert "python" in owner.name
        assert CHILD.splitlines()[1] in owner.command
        child.stdin.close()


@pytest.mark.parametrize(
    ("name", "command", "title"),
    [
        ("python3", "python3 -u -W error /srv/feed.py --fast", "feed.py"),
        (
            "python3.11",
            "/bin/python3.11 -Xfrozen_modules=off -m ipykernel_launcher -f k",
            "ipykernel_launcher",
        ),
        ("python", "python -c import zmq; zmq.Context() /x.py", "python"),
        ("python", "python", "python"),
        ("node", "node --inspect server/index.js", "index.js"),
        ("java", "java -Xmx1g -cp lib/a.jar org.example.Broker", "org.example.Broker"),
        ("java", "java -jar /opt/broker.jar", "broker.jar"),
        ("quoted", "quoted python3 x.py", "quoted"),
    ],
)
def test_what_a_person_calls_it(name: str, command: str, title: str) -> None:
    assert proc.Process(1, name, command).title == title


def test_unix_sockets_that_listen() -> None:
    path = f"{os.environ['TMPDIR']}/with space.ipc"
    abstract = f"zinspector-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as named, socket.socket(socket.AF_UNIX) as nameless:
        named.bind(path)
        nameless.bind(f"\0{abstract}")
        assert path not in proc.unix_listeners().values()
        named.listen()
        nameless.listen()
        found = {name: inode for inode, name in proc.unix_listeners().items()}
        inodes = [found[path], found[f"@{abstract}"]]
        assert {owner.pid for owner in proc.owners(inodes).values()} == {os.getpid()}
    Path(path).unlink()


def test_nobody() -> None:
    assert proc.owners([0, 1]) == {}
    assert proc.process(2**22 + 1) is None
