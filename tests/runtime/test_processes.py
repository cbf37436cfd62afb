"""Sockets and their processes, from the tables of this very machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from zinspector.runtime import processes

pytestmark = pytest.mark.skipif(not processes.known(), reason="this system has no /proc")

CHILD = """
import socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
link = socket.create_connection((sys.argv[1], int(sys.argv[2])))
print(link.getsockname()[1], flush=True)
sys.stdin.read()
"""


@contextmanager
def client(host: str, port: int) -> Iterator[tuple[int, int]]:
    """Another process that connected: its number and its port."""
    command = [sys.executable, "-c", CHILD, host, str(port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        yield child.pid, int(child.stdout.readline())
        assert child.stdin is not None
        child.stdin.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_both_ends_of_a_connection(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as listener:
        here = host, listener.getsockname()[1]
        with client(*here) as (pid, port), listener.accept()[0]:
            there = host, port
            found = processes.of_connections({(there, here), (here, there), (("127.0.0.1", 1), ("127.0.0.1", 2))})
            assert found[there, here].pid == pid
            assert found[here, there].pid == os.getpid()
            assert CHILD.splitlines()[1] in found[there, here].command
            assert len(found) == 2


def test_ipv4_over_a_socket_for_both_families() -> None:
    with socket.create_server(("", 0), family=socket.AF_INET6, dualstack_ipv6=True) as listener:
        port = listener.getsockname()[1]
        with client("127.0.0.1", port) as (pid, theirs), listener.accept()[0] as accepted:
            assert accepted.getpeername()[:2] == ("::ffff:127.0.0.1", theirs)
            ends = (("127.0.0.1", theirs), ("127.0.0.1", port))
            assert processes.of_connections({ends})[ends].pid == pid
            mapped = (("::ffff:127.0.0.1", port), accepted.getpeername()[:2])
            assert processes.of_connections({mapped})[mapped].pid == os.getpid()


def test_many_connections_in_one_question() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=200) as listener:
        links = [socket.create_connection(listener.getsockname()) for _ in range(150)]
        pairs = {(link.getsockname(), link.getpeername()) for link in links}
        assert {found.pid for found in processes.of_connections(pairs).values()} == {os.getpid()}
        assert len(processes.of_connections(pairs)) == 150
        for link in links:
            link.close()


def test_unix_sockets_that_listen() -> None:
    path = f"{os.environ['TMPDIR']}/with space.ipc"
    with socket.socket(socket.AF_UNIX) as named, socket.socket(socket.AF_UNIX) as abstract:
        named.bind(path)
        abstract.bind(f"\0zinspector-test-{os.getpid()}")
        assert path not in {found.path for found in processes.listening_unix_sockets()}
        named.listen()
        abstract.listen()
        found = {one.path: one.inode for one in processes.listening_unix_sockets()}
        inodes = [found[path], found[f"@zinspector-test-{os.getpid()}"]]
        assert {one.pid for one in processes.owners(inodes).values()} == {os.getpid()}
    Path(path).unlink()


def test_nobody() -> None:
    assert processes.owners([0, 1]) == {}
    assert processes.process(2**22 + 1) is None
