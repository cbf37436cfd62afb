"""replay: a topology is recorded by `run`, and replayed against real programs; a changed service is found out."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import zmq

from tests.helpers.command_line import Done, pair, started, zinspector
from tests.helpers.places import abstract
from tests.helpers.service import service
from tests.helpers.waiting import wait_here_until
from zinspector.capture.clock import Clock
from zinspector.capture.files import load_store, save
from zinspector.capture.message import messages
from zinspector.capture.store import Store
from zinspector.capture.writer import Recorder

ASKED = 20
ASKS = {"kind": "generate", "rate": 500, "count": ASKED, "frames": [{"json": {"ask": "{{n}}"}}]}
ANSWERS = """
import json, time
async def on_message(frames, send):
    n = json.loads(frames[-1])["ask"]
    await send([*frames[:-1], json.dumps({"answer": 2 * n, "time": time.time_ns()}).encode()])
"""
RECEIVER = """
import sys, zmq
context = zmq.Context()
socket = context.socket(getattr(zmq, sys.argv[1]))
socket.setsockopt(zmq.LINGER, 0)
if sys.argv[1] == "SUB":
    socket.setsockopt(zmq.SUBSCRIBE, b"")
print(socket.bind_to_random_port("tcp://127.0.0.1"), flush=True)
for _ in range(int(sys.argv[2])):
    print(b"|".join(socket.recv_multipart()).decode(), flush=True)
"""


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recording of a REQ that asks a REP."""
    folder = tmp_path_factory.mktemp("asked")
    (folder / "answers.py").write_text(ANSWERS)
    drawn = pair(
        folder,
        {"type": "REQ", "behaviour": ASKS},
        {"type": "REP", "behaviour": {"kind": "script", "script": "answers.py"}},
    )
    return recorded(folder, drawn, "--allow-scripts", "--expect", got("from", ASKED))


@pytest.fixture(scope="module")
def pushed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recording of a PUSH that sends a hundred jobs in half a second."""
    folder = tmp_path_factory.mktemp("pushed")
    behaviour = {"kind": "generate", "rate": 200, "count": 100, "frames": [{"text": "job"}, {"text": "{{n}}"}]}
    drawn = pair(folder, {"type": "PUSH", "behaviour": behaviour}, {"type": "PULL", "behaviour": {"kind": "sink"}})
    return recorded(folder, drawn, "--expect", got("to", 100))


def got(node: str, count: int) -> str:
    """What ends a run as soon as a node has received so many messages."""
    return f'count(node == "{node}" and direction == "in" and kind == "message") >= {count} within 60s'


def recorded(folder: Path, drawn: Path, *more: str) -> Path:
    done = zinspector("run", drawn, "--record", folder / "c.arrow", *more)
    assert done.returncode == 0, done.stderr
    return folder / "c.arrow"


def replay(file: Path, kind: str, address: str, *more: str | Path) -> Done:
    return zinspector("replay", file, kind, "--connect", address, *more)


def received(kind: str, count: int, *arguments: str | Path) -> tuple[list[str], Done]:
    """What a program that binds receives while a command line replays to its address."""
    program = [sys.executable, "-c", RECEIVER, kind, str(count)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            address = f"tcp://127.0.0.1:{process.stdout.readline().strip()}"
            done = zinspector(*arguments, "--connect", address)
            return [process.stdout.readline().rstrip("\n") for _ in range(count)], done
        finally:
            process.kill()


@pytest.mark.parametrize("kind", ["REQ", "DEALER"])
@pytest.mark.parametrize("served_by", ["REP", "ROUTER"])
def test_the_same_service_gives_the_same_replies(asked: Path, kind: str, served_by: str) -> None:
    with service(served_by) as address:
        done = replay(asked, kind, address, "--speed", "max", "--ignore", "json.time")
    assert (done.returncode, done.stdout) == (0, "")
    assert f"{ASKED} replies as recorded, 0 different, 0 missing" in done.stderr


def test_a_service_that_changed_a_field_is_found_out(asked: Path, tmp_path: Path) -> None:
    with service(lie=7) as address:
        done = replay(asked, "REQ", address, "--ignore", "json.time", "--report", tmp_path / "r.json")
    assert done.returncode == 1
    assert done.stdout.splitlines()[1:3] == ["--- recorded", "+++ now"]
    assert '-    "answer": 14' in done.stdout
    assert '+    "answer": 15' in done.stdout
    assert "time" not in done.stdout
    report = json.loads((tmp_path / "r.json").read_text())
    assert (report["format"], report["nodes"]["replay"]["sent"]) == ("zinspector-report", ASKED)
    assert report["replay"]["replies"] == {"same": ASKED - 1, "different": 1, "missing": 0}
    (difference,) = report["replay"]["differences"]
    assert '"answer": 15' in difference["diff"]


def test_without_ignoring_the_time_all_differ(asked: Path) -> None:
    with service() as address:
        done = replay(asked, "REQ", address, "--speed", "max", "--report", "-")
    assert done.returncode == 1
    assert json.loads(done.stdout)["replay"]["replies"]["different"] == ASKED


@pytest.mark.parametrize("kind", ["REQ", "DEALER"])
def test_a_missing_reply_is_said_and_the_rest_goes_on(asked: Path, kind: str) -> None:
    with service("ROUTER", silent=3) as address:
        done = replay(asked, kind, address, "--speed", "max", "--ignore", "json.time", "--timeout", "4")
    assert done.returncode == 1
    assert "no reply within 4 s" in done.stdout
    assert f"{ASKED - 1} replies as recorded, 0 different, 1 missing" in done.stderr


def test_many_missing_replies_are_waited_for_less_and_less(tmp_path: Path) -> None:
    recorder, store = Recorder(Clock()), Store()
    out, back = recorder.source("from", "out", "REQ", "REP"), recorder.source("from", "in", "REP", "REQ")
    for n in range(ASKED):  # replies that came at once: for one that took its time, a replay waits longer
        recorder.add_run(out, [2 * n], [b"ask"], [1])
        recorder.add_run(back, [2 * n + 1], [b"answer"], [1])
    batch = recorder.flush()
    assert batch is not None
    store.append(batch)
    save(store.batches(), tmp_path / "c.arrow")
    with zmq.Context() as context, context.socket(zmq.ROUTER) as deaf:
        port = deaf.bind_to_random_port("tcp://127.0.0.1")
        done = replay(tmp_path / "c.arrow", "REQ", f"tcp://127.0.0.1:{port}", "--speed", "max", "--timeout", "0.8")
    assert done.returncode == 1
    assert f"0 different, {ASKED} missing" in done.stderr
    waited = [line.split()[-2] for line in done.stdout.splitlines() if line.startswith("no reply within")]
    assert waited[:4] == ["0.8", "0.4", "0.2", "0.1"]
    assert len(waited) == ASKED


def test_messages_of_several_nodes_are_told(asked: Path, tmp_path: Path) -> None:
    doubled = load_store(asked)
    two = tmp_path / "two.jsonl"
    rows = [message.as_json() for batch in doubled.batches() for message in messages(batch)]
    asks = [row for row in rows if row["kind"] == "message"]
    other = [{**row, "node": "also", "n": len(rows) + row["n"], "link": None} for row in asks]
    two.write_text("\n".join(map(json.dumps, [*rows, *other])))
    with service() as address:
        done = replay(two, "REQ", address, "--speed", "max", "--ignore", "json.time")
    assert f"messages of 2 nodes are mixed: from ({ASKED}), also ({ASKED}); for one of them, filter by" in done.stderr


def test_a_late_reply_to_a_request_without_a_recorded_one_is_nobody_elses(tmp_path: Path) -> None:
    recorder, store = Recorder(Clock()), Store()
    out, back = recorder.source("d", "out", "DEALER", "ROUTER"), recorder.source("d", "in", "ROUTER", "DEALER")
    for n in range(4):
        envelope = [b"%d" % n, b""]
        recorder.add_run(out, [2 * n], [*envelope, json.dumps({"ask": n}).encode()], [3], connection=1)
        if n != 1:
            answer = json.dumps({"answer": 2 * n}).encode()
            recorder.add_run(back, [2 * n + 1], [*envelope, answer], [3], connection=1)
    batch = recorder.flush()
    assert batch is not None
    store.append(batch)
    save(store.batches(), tmp_path / "c.arrow")
    with service("ROUTER") as address:
        done = replay(tmp_path / "c.arrow", "DEALER", address, "--speed", "max", "--ignore", "json.time")
    assert (done.returncode, done.stdout) == (0, "")
    assert "3 replies as recorded, 0 different, 0 missing" in done.stderr


def test_only_what_a_filter_lets_through(asked: Path) -> None:
    with service(lie=7) as address:
        done = replay(asked, "REQ", address, "--speed", "max", "--ignore", "json.time", "-Y", "json.ask > 15")
    assert done.returncode == 0, done.stdout
    assert "5 of 5 messages sent" in done.stderr


def test_a_recording_stands_in_for_the_service(asked: Path) -> None:
    address = abstract("stand-in")
    with started("replay", asked, "REP", "--bind", address, "--speed", "max"):
        done = zinspector("send", "REQ", "--connect", address, "x", "--reply", "-T", "jsonl", "--timeout", "60")
    assert json.loads(json.loads(done.stdout)["frames"][0]["text"])["answer"] == 2


ASKER = """
import json, sys, zmq
socket = zmq.Context().socket(zmq.REQ)
socket.setsockopt(zmq.LINGER, 0)
socket.connect(sys.argv[1])
for n in range(1, 4):
    socket.send(json.dumps({"ask": 7 if n == 2 else n}).encode())
    print(json.loads(socket.recv())["answer"], flush=True)
"""


def test_a_rep_answers_in_order_and_tells_of_other_requests(asked: Path, tmp_path: Path) -> None:
    address, report = abstract("other"), tmp_path / "r.json"
    with subprocess.Popen([sys.executable, "-c", ASKER, address], stdout=subprocess.PIPE) as asker:
        try:
            arguments = ["--bind", address, "--speed", "max", "-Y", "json.answer <= 6", "--report", report]
            done = zinspector("replay", asked, "REP", *arguments)
            assert asker.communicate(timeout=60)[0] == b"2\n4\n6\n"
        finally:
            asker.kill()
    assert done.returncode == 0, done.stderr
    assert "1 requests differed from the recorded ones" in done.stderr
    assert '-    "ask": 2' in done.stdout
    assert '+    "ask": 7' in done.stdout
    assert json.loads(report.read_text())["replay"]["requests_unlike_recorded"] == 1


LISTENER = """
import sys, zmq
socket = zmq.Context().socket(zmq.DEALER)
socket.setsockopt(zmq.LINGER, 0)
socket.setsockopt(zmq.ROUTING_ID, sys.argv[2].encode())
socket.connect(sys.argv[1])
print("ready", flush=True)
for _ in range(3):
    print(b"|".join(socket.recv_multipart()).decode(), flush=True)
"""


@pytest.fixture(scope="module")
def routed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recording of a ROUTER that sends three messages to client-1."""
    recorder, store = Recorder(Clock()), Store()
    for n in range(3):
        recorder.add_run(recorder.source("r", "out", "ROUTER", "DEALER"), [n], [b"client-1", b"%d" % n], [2])
    batch = recorder.flush()
    assert batch is not None
    store.append(batch)
    path = tmp_path_factory.mktemp("routed") / "c.arrow"
    save(store.batches(), path)
    return path


@contextmanager
def listening(address: str, identity: str) -> Iterator[subprocess.Popen[bytes]]:
    """A DEALER that says nothing, and connects again and again until somebody is there."""
    with subprocess.Popen([sys.executable, "-c", LISTENER, address, identity], stdout=subprocess.PIPE) as listener:
        try:
            assert listener.stdout is not None
            assert listener.stdout.readline() == b"ready\n"
            yield listener
        finally:
            listener.kill()


def test_a_peer_with_the_recorded_identity_need_not_speak_first(routed: Path) -> None:
    address = abstract("client-1")
    with listening(address, "client-1") as listener:
        done = zinspector("replay", routed, "ROUTER", "--bind", address, "--speed", "max", "--for", "60")
        assert (done.returncode, "waiting" in done.stderr) == (0, False), done.stderr
        assert "3 of 3 messages sent" in done.stderr
        assert listener.communicate(timeout=60)[0] == b"0\n1\n2\n"


def test_who_has_to_speak_first_is_told(routed: Path) -> None:
    address = abstract("client-2")
    with listening(address, "client-2"):
        done = zinspector("replay", routed, "ROUTER", "--bind", address, "--speed", "max", "--for", "4")
    assert done.returncode == 1
    assert done.stderr.count("waiting for client-1 to send something") == 1


def test_jobs_arrive_once_each_and_in_order(pushed: Path) -> None:
    lines, done = received("PULL", 100, "replay", pushed, "PUSH", "--speed", "max")
    assert lines == [f"job|{n}" for n in range(1, 101)]
    assert done.returncode == 0
    assert "100 of 100 messages sent" in done.stderr
    assert "100 rows were left out: their messages are replayed from from" in done.stderr


def test_the_timing_is_kept(pushed: Path, tmp_path: Path) -> None:
    _, slow = received("PULL", 100, "replay", pushed, "PUSH", "--report", tmp_path / "r.json")
    sent = [row.time_ns for row in load_store(pushed).rows(1, 1000) if row.node == "from" and row.kind == "message"]
    assert json.loads((tmp_path / "r.json").read_text())["duration_s"] > 0.9 * (sent[-1] - sent[0]) / 1e9
    assert slow.returncode == 0


def test_another_type_says_a_direction(pushed: Path) -> None:
    lines, done = received("SUB", 100, "replay", pushed, "PUB", "--direction", "in", "--speed", "max")
    assert lines == [f"job|{n}" for n in range(1, 101)], done.stderr
    refused = zinspector("replay", pushed, "PUB", "--bind", abstract("none"))
    assert refused.returncode == 2
    assert "no message was sent by a PUB (there are messages of PUSH" in refused.stderr


def test_a_time_too_short_for_anything_is_no_success(asked: Path, pushed: Path) -> None:
    done = replay(pushed, "PUSH", abstract("nobody"), "--for", "0.1")
    assert (done.returncode, "nothing was sent before the time was over" in done.stderr) == (1, True)
    with service("ROUTER", silent=1) as address:
        done = replay(asked, "REQ", address, "--for", "3", "-Y", "json.ask == 1")
    assert (done.returncode, "no reply came before the time was over" in done.stderr) == (1, True)


def test_a_loop_ends_by_time(pushed: Path) -> None:
    lines, done = received("PULL", 150, "replay", pushed, "PUSH", "--speed", "100", "--loop", "--for", "3")
    assert lines[100] == "job|1"
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["PUSH", "--connect", "tcp://127.0.0.1:1", "--wait", "0.2"], 1, "nobody listens there within 0.2 s"),
        (["PUSH", "--bind", abstract("nobody"), "--wait", "0.2"], 1, "nobody connected within 0.2 s"),
        (["PUSH", "--bind", "inproc://x"], 2, "inproc reaches only this process"),
        (["PUSH", "--bind", abstract("x"), "--speed", "1000"], 2, "is no speed"),
        (["PUSH", "--bind", abstract("x"), "-Y", "size >"], 2, "column"),
        (["PUSH", "--bind", abstract("x"), "-Y", "size > 1e9"], 2, "there is no message to replay"),
        (["PUSH", "--bind", abstract("x"), "--ignore", "json.time"], 2, "a PUSH gets no replies"),
        (["SUB", "--bind", abstract("x")], 2, "invalid choice"),
    ],
)
def test_what_can_not_be(pushed: Path, arguments: list[str], code: int, words: str) -> None:
    done = zinspector("replay", pushed, *arguments)
    assert done.returncode == code, done.stderr
    assert words in done.stderr


def test_ctrl_c_ends_it(pushed: Path) -> None:
    path = Path(tempfile.gettempdir()) / "wait.ipc"
    with started("replay", pushed, "PUSH", "--bind", f"ipc://{path}", "--wait", "30") as process:
        wait_here_until(path.exists)
        process.terminate()
        assert process.wait(60) == 130
