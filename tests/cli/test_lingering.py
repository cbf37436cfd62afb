"""What becomes of connections when their relay ends: run out, cut, told."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import zmq

from tests.cli.test_tap import worker_of
from tests.helpers.command_line import started
from tests.helpers.waiting import wait_here_until


class Talk:
    """A REP at a path, and a REQ that is connected to it through whatever is there when it first asks."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], address: str) -> None:
        self.server, self.client = context.socket(zmq.REP), context.socket(zmq.REQ)
        for end in (self.server, self.client):
            end.setsockopt(zmq.LINGER, 0)
            end.setsockopt(zmq.RCVTIMEO, 60_000)
        self._monitor = self.client.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        self.server.bind(address)
        self.address = self.server.getsockopt(zmq.LAST_ENDPOINT).rstrip(b"\0").decode()

    def ask(self) -> None:
        """One request and its reply."""
        self.client.send(b"question")
        assert self.server.recv() == b"question"
        self.server.send(b"answer")
        assert self.client.recv() == b"answer"

    def cut(self) -> None:
        """The client has lost its connection, and knows: what it sends from now on goes to the next one."""
        assert self._monitor.poll(60_000)

    def close(self) -> None:
        """Close both ends."""
        self.leave()
        self.server.close()

    def leave(self) -> None:
        """Close the client."""
        if not self.client.closed:
            self.client.disable_monitor()
            self._monitor.close()
            self.client.close()


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    made = tmp_path / "feed"
    yield made
    made.unlink()  # libzmq leaves it


@contextmanager
def talk(address: str) -> Iterator[Talk]:
    with zmq.Context() as context:
        made = Talk(context, address)
        try:
            yield made
        finally:
            made.close()


@contextmanager
def taken_over(path: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], Talk, int]]:
    """A talk that runs through a relay which took its path over; the relay's worker."""
    with talk(f"ipc://{path}") as talking:
        inode = path.stat().st_ino
        with started("tap", f"ipc://{path}=ipc://{path}", "-T", "jsonl", *arguments) as process:
            assert process.stderr is not None
            assert "nothing has to be changed" in process.stderr.readline()
            assert path.stat().st_ino != inode
            worker = worker_of(process.pid)
            talking.client.connect(f"ipc://{path}")
            talking.ask()
            yield process, talking, worker
            assert path.stat().st_ino == inode


def told_of(process: subprocess.Popen[str]) -> str:
    """What is said after the summary."""
    assert process.stderr is not None
    return next(line for line in process.stderr if "go direct" in line)


def test_a_path_is_given_back_at_once_and_its_connection_runs_out(path: Path) -> None:
    with taken_over(path) as (process, talking, worker):
        process.send_signal(signal.SIGINT)
        told = told_of(process)
        assert "1 connection goes on through the relay, unseen, for 30 s at most (Ctrl-C cuts it" in told
        assert sorted(each.name for each in path.parent.iterdir()) == ["feed"]
        for _ in range(100):
            talking.ask()
        assert Path(f"/proc/{worker}").exists()
        talking.leave()
        output, _ = process.communicate(timeout=60)
        assert process.returncode == 130
        assert output.count('"kind": "message"') == 2
        assert output.count('"name": "CLOSED"') == 1
        assert not Path(f"/proc/{worker}").exists()


def test_ctrl_c_again_cuts_and_the_program_connects_again(path: Path) -> None:
    with taken_over(path) as (process, talking, worker):
        process.send_signal(signal.SIGINT)
        told_of(process)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        assert process.returncode == 130
        wait_here_until(lambda: not Path(f"/proc/{worker}").exists())
        talking.cut()
        talking.ask()


def test_the_grace_period_ends(path: Path) -> None:
    expected = 'count(kind == "message") >= 2 within 20s'
    with taken_over(path, "--grace", "0.3", "--expect", expected) as (
        process,
        talking,
        _,
    ):
        assert "for 0.3 s at most" in told_of(process)
        process.communicate(timeout=60)
        assert process.returncode == 0
        talking.cut()
        talking.ask()


def test_no_grace_means_at_once(path: Path) -> None:
    with taken_over(path, "--grace", "0") as (process, talking, _):
        process.send_signal(signal.SIGINT)
        _, complaints = process.communicate(timeout=60)
        assert "go direct" not in complaints
        talking.cut()
        talking.ask()


def test_p12_a_killed_app_has_its_path_given_back_at_once(path: Path) -> None:
    with taken_over(path) as (process, talking, worker):
        process.kill()
        assert process.stderr is not None
        assert process.stderr.readline() == "zinspector: the app is gone; 1 relayed connection goes on for 30 s\n"
        assert sorted(each.name for each in path.parent.iterdir()) == ["feed"]
        talking.ask()
        talking.leave()
        wait_here_until(lambda: not Path(f"/proc/{worker}").exists())


def test_connections_that_are_cut_are_told_with_the_address_to_go_back_to() -> None:
    with ExitStack() as stack:
        talking = stack.enter_context(talk("tcp://127.0.0.1:*"))
        process = stack.enter_context(started("tap", f"tcp://127.0.0.1:*={talking.address}", "-T", "jsonl"))
        assert process.stderr is not None
        listen = process.stderr.readline().split()[2]
        talking.client.connect(listen)
        talking.ask()
        process.send_signal(signal.SIGINT)
        _, complaints = process.communicate(timeout=60)
    told = f"t1: 1 connection was cut and finds nobody at {listen} any more: let its program connect to"
    assert f"{told} {talking.address} again" in complaints
