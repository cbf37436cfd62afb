"""`zinspector tap`: relays as users start them; and what becomes of them when it is frozen, ended or killed (P12)."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import zmq

from tests.helpers.command_line import started, zinspector
from tests.helpers.places import free_port
from tests.helpers.relayed import port_of
from tests.helpers.tapped import hold
from tests.helpers.waiting import wait_here_until
from zinspector.capture.connections import ConnectionBook
from zinspector.capture.files import load_store, notes_of, open_capture
from zinspector.topology import files
from zinspector.topology.document import RelayNode


class Pair:
    """A PUSH and a PULL; what is between them is up to the test."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]]) -> None:
        self.pull, self.push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
        for end in (self.pull, self.push):
            end.setsockopt(zmq.LINGER, 0)
        self.target = f"tcp://127.0.0.1:{self.pull.bind_to_random_port('tcp://127.0.0.1')}"
        self.pull.setsockopt(zmq.RCVTIMEO, 60_000)
        self.count = 0

    def send(self, count: int = 1) -> None:
        """Send numbered messages, and see them arrive in order."""
        for number in range(self.count, self.count + count):
            self.push.send(b"%d" % number)
        for number in range(self.count, self.count + count):
            assert self.pull.recv() == b"%d" % number
        self.count += count


@pytest.fixture
def pair() -> Iterator[Pair]:
    with zmq.Context() as context:
        made = Pair(context)
        yield made
        made.push.close()
        made.pull.close()


@contextmanager
def tapping(pair: Pair, *arguments: str | Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command line with a relay before the pair; and where it listens."""
    with started("tap", f"tcp://127.0.0.1:*={pair.target}", *arguments) as process:
        assert process.stderr is not None
        announced = process.stderr.readline()
        found = re.search(r"connect to (tcp://\S+) instead", announced)
        assert found is not None, announced
        pair.push.connect(found[1])
        yield process, found[1]


def answers(port: int) -> bool:
    """Whether anybody listens."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=60).close()
    except OSError:
        return False
    return True


def refused(port: int) -> None:
    """Connect, and wait for the reset."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        client.recv(1)


def worker_of(pid: int) -> int:
    (child,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(child)


def test_it_says_what_to_change_tells_of_connections_and_totals(pair: Pair, tmp_path: Path) -> None:
    recording, report = tmp_path / "traffic.arrow", tmp_path / "report.json"
    with tapping(pair, "--record", recording, "--report", report) as (process, _):
        pair.send(1000)
        process.send_signal(signal.SIGINT)
        output, complaints = process.communicate(timeout=60)
    assert process.returncode == 130
    assert re.fullmatch(r"zinspector: t1: 1 connection was cut .+\n", complaints)
    assert "OPENED" in output
    assert re.search(r"t1 +1,000 sent +1,000 received", output)
    table = open_capture(recording)
    assert table["kind"].to_pylist().count("message") == 1000
    assert table["n"].to_pylist() == list(range(1, table.num_rows + 1))
    (relay,) = files.loads(notes_of(recording)["drawing"], "").document.nodes
    assert isinstance(relay, RelayNode)
    assert relay.id == "t1"
    figures = json.loads(report.read_text())
    assert figures["nodes"]["t1"] == {
        "sent": 1000, "received": 1000, "bytes_sent": 2890, "bytes_received": 2890, "errors": 0,
    }  # fmt: skip
    assert (figures["captured"], figures["dropped"]) == (table.num_rows, 0)


def test_rows_as_lines_of_json(pair: Pair) -> None:
    with tapping(pair, "-T", "jsonl", "--expect", 'count(kind == "message") >= 3 within 100s') as (process, _):
        pair.send(3)
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    rows = [json.loads(line) for line in output.splitlines()]
    messages = [row for row in rows if row["kind"] == "message"]
    assert [row["frames"][0]["text"] for row in messages] == ["0", "1", "2"]
    assert {(row["node"], row["direction"], row["from_type"], row["to_type"]) for row in messages} == {
        ("t1", "connect->bind", "PUSH", "PULL")
    }


def test_each_file_of_a_rotation_knows_the_connections_when_its_writer_is_killed(pair: Pair, tmp_path: Path) -> None:
    def files() -> list[Path]:
        return sorted(tmp_path.glob("r-*.arrow"))

    def all_is_written() -> bool:
        last = load_store(files()[-1])
        row = last.row(last.next_n - 1)
        return row is not None and row.frames == (b"%d" % (pair.count - 1),)

    def introduced() -> bool:
        store = load_store(files()[-1])
        pids = [row.frames[1].count(b'"pid"') for row in store.rows(1, store.next_n) if row.name == "PEER"]
        return 2 in pids

    limits = ("--rotate-size", "100kB", "--rotate-keep", "2")
    with tapping(pair, "--record", tmp_path / "r.arrow", *limits) as (process, _):
        pair.send()
        wait_here_until(lambda: files() and introduced())
        while not files() or files()[-1].name < "r-0005.arrow":
            pair.send(1000)
        wait_here_until(all_is_written)
        process.kill()
    numbers: list[int] = []
    for path in files():
        store, book = load_store(path), ConnectionBook()
        numbers += [row.n for row in store.rows(1, store.next_n)]
        assert store.standing is not None
        for batch in (store.standing, *store.batches()):
            book.consume(batch)
        (one,) = book
        assert (one.node, one.state, one.connecting.pid, one.listening.pid) == ("t1", "open", os.getpid(), os.getpid())
        assert (one.connecting.socket_type, one.listening.socket_type) == ("PUSH", "PULL")
        assert one.messages == store.retained
        assert zinspector("read", path, "--count").stdout == f"{store.retained}\n"
        assert zinspector("check", path).returncode == 0
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_a_filter_chooses_what_is_printed_and_not_what_is_recorded(pair: Pair, tmp_path: Path) -> None:
    recording = tmp_path / "all.arrow"
    with tapping(pair, "-Y", 'text startswith "1" and kind == "message"', "--record", recording) as (process, _):
        pair.send(12)
        assert process.stdout is not None
        shown = [process.stdout.readline().split()[-1] for _ in range(3)]
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert shown == ['"1"', '"10"', '"11"']
    assert zinspector("read", recording, "-Y", 'kind == "message"', "--count").stdout == "12\n"
    assert zinspector("read", recording, "-Y", 'text == "7"', "-T", "jsonl").stdout.count("\n") == 1


def test_attempts_that_are_refused_again_and_again_are_one_line() -> None:
    target = free_port()
    with started("tap", f"tcp://127.0.0.1:*=tcp://127.0.0.1:{target}") as process:
        assert process.stderr is not None
        found = re.search(r"connect to (tcp://\S+) instead", process.stderr.readline())
        assert found is not None
        for _ in range(3):
            with pytest.raises(ConnectionResetError):
                refused(int(found[1].rpartition(":")[2]))
        assert re.fullmatch(
            rf"Z209 warning node t1: tcp://127.0.0.1:{target} did not accept: Connection refused; .*",
            process.stderr.readline().rstrip(),
        )
        process.send_signal(signal.SIGINT)
        output, complaints = process.communicate(timeout=60)
    assert output.count("REFUSED") == 1
    assert "the target refused 2 more attempts" in complaints


def test_what_is_told_live_is_what_check_tells_of_the_recording(tmp_path: Path) -> None:
    recording, report = tmp_path / "traffic.arrow", tmp_path / "report.json"
    (public, secret), (its_public, its_secret), (wrong, _) = (zmq.curve_keypair() for _ in range(3))
    with zmq.Context() as context, context.socket(zmq.REP) as server, context.socket(zmq.REQ) as client:
        server.curve_server, server.curve_publickey, server.curve_secretkey = 1, public, secret
        client.curve_serverkey, client.curve_publickey, client.curve_secretkey = wrong, its_public, its_secret
        client.linger = 0
        target = f"tcp://127.0.0.1:{server.bind_to_random_port('tcp://127.0.0.1')}"
        with started("tap", f"tcp://127.0.0.1:*={target}", "--record", recording, "--report", report) as process:
            assert process.stderr is not None
            found = re.search(r"connect to (tcp://\S+) instead", process.stderr.readline())
            assert found is not None
            client.connect(found[1])
            told = process.stderr.readline(), process.stderr.readline()
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)
    assert told[0].startswith("Z208 error node t1: ")
    assert "CURVE_SERVERKEY is not the server's public key" in told[0]
    assert told[1].startswith("Z209 warning node t1: reconnect storm: ")
    checked = zinspector("check", recording, "-T", "json")
    assert checked.returncode == 1
    assert json.loads(report.read_text())["findings"] == json.loads(checked.stdout)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("tcp://127.0.0.1:7=tcp://localhost:7",), "t1 leads to itself"),
        (("tcp://127.0.0.1:7=tcp://127.0.0.1:8", "tcp://127.0.0.1:8=tcp://127.0.0.1:7"), "in a circle: t1 -> t2 -> t1"),
        (("tcp://127.0.0.1:*=tcp://127.0.0.1:2", "-Y", "json.price >"), "filter"),
        (("nonsense",), "expected LISTEN=TARGET"),
        (("tcp://127.0.0.1:1x=tcp://127.0.0.1:2",), "is not a port"),
        (("tcp://127.0.0.1:*=tcp://127.0.0.1:*",), "a wildcard is no target (say where the other program listens)"),
        (("tcp://127.0.0.1:*=ipc://*",), "a wildcard is no target"),
        (("ipc://*=tcp://127.0.0.1:2",), "can't choose a path by itself (say which, such as ipc:///tmp/tap.ipc)"),
        (("inproc://a=tcp://127.0.0.1:2",), "a relay carries tcp and ipc"),
        (("ipc:///tmp/zt-nobody=ipc:///tmp/zt-nobody",), "nobody serves this path"),
        (("tcp://127.0.0.1:*=tcp://127.0.0.1:2", "--record", "/no/such/folder/x.arrow"), "no such folder"),
    ],
)
def test_bad_use_is_explained(arguments: tuple[str, ...], complaint: str) -> None:
    done = zinspector("tap", *arguments, "--for", "1")
    assert (done.returncode, done.stdout) == (2, "")
    assert complaint in done.stderr


def test_a_port_in_use_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = zinspector("tap", f"tcp://127.0.0.1:{taken.getsockname()[1]}=tcp://127.0.0.1:{free_port()}")
    assert done.returncode == 2
    assert "in use" in done.stderr


def test_p12_traffic_goes_on_while_the_app_is_frozen(pair: Pair, tmp_path: Path) -> None:
    recording = tmp_path / "traffic.arrow"
    with tapping(pair, "--record", recording) as (process, _):
        pair.send(10)
        process.send_signal(signal.SIGSTOP)
        pair.send(20_000)
        process.send_signal(signal.SIGCONT)
        pair.send(10)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)
    assert re.search(r"captured, 0 dropped\n +t1 +20,020 sent", output)
    assert open_capture(recording)["kind"].to_pylist().count("message") == 20_020


def test_p12_a_killed_app_leaves_its_relays_for_the_grace_period(pair: Pair, tmp_path: Path) -> None:
    with tapping(pair, "--grace", "3", "--record", tmp_path / "cut.arrow") as (process, address):
        pair.send(100)
        worker = worker_of(process.pid)
        wait_here_until(lambda: (tmp_path / "cut.arrow").stat().st_size > 4096)
        process.kill()
        process.wait()
        pair.send(100)
        assert process.stderr is not None
        assert process.stderr.readline() == "zinspector: the app is gone; 1 relayed connection goes on for 3 s\n"
        wait_here_until(lambda: not answers(port_of(address)))
        wait_here_until(lambda: not Path(f"/proc/{worker}").exists())
    assert open_capture(tmp_path / "cut.arrow").num_rows > 0


def test_p12_told_to_end_it_ends_at_once_and_gives_everything_back(tmp_path: Path) -> None:
    path = tmp_path / "feed"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        inode = path.stat().st_ino
        with started("tap", f"ipc://{path}=ipc://{path}") as process:
            assert process.stderr is not None
            assert "nothing has to be changed" in process.stderr.readline()
            assert path.stat().st_ino != inode
            worker = worker_of(process.pid)
            process.terminate()
            assert process.wait(60) == 130
            assert not Path(f"/proc/{worker}").exists()
        assert path.stat().st_ino == inode
        assert [each.name for each in tmp_path.iterdir()] == ["feed"]


def test_p12_both_killed_leave_nothing_that_the_next_start_does_not_mend(pair: Pair, tmp_path: Path) -> None:
    path = tmp_path / "feed"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        inode = path.stat().st_ino
        with started("tap", f"ipc://{path}=ipc://{path}") as process:
            assert process.stderr is not None
            process.stderr.readline()
            worker = worker_of(process.pid)
            hold(worker)
            os.kill(process.pid, signal.SIGKILL)
            os.kill(worker, signal.SIGKILL)
            process.wait()
            wait_here_until(lambda: not Path(f"/proc/{worker}").exists())
            assert path.stat().st_ino != inode
        with tapping(pair, "--for", "0.5"):  # any relay, wherever
            wait_here_until(lambda: path.stat().st_ino == inode)
        assert [each.name for each in tmp_path.iterdir()] == ["feed"]
