"""Replay at full speed against a bare pyzmq sender, and how well the timing is kept at x1 and x10, in one run.

A process of its own receives. Bare: a loop that sends the same messages from a list. Replay: the same messages from a
capture in a mapped file, on uvloop as the command line runs it. Three rounds in turn, the best of each counts.
Timing: messages with uneven gaps, 500 a second; late is what a message took more than the quickest did, in us.
Prints one JSON line.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import uvloop
import zmq

from zinspector.capture.clock import Clock
from zinspector.capture.files import load_store, save
from zinspector.capture.replay import choose
from zinspector.capture.store import Store
from zinspector.capture.ways import Wanted
from zinspector.capture.writer import Recorder
from zinspector.runtime.replay import How, Replay

COUNT = int(os.environ.get("BENCH_COUNT", "100000"))
TIMED = 1000
ROUNDS = 3
SHAPES = {"16B": (b"x" * 16,), "2x128B": (b"topic" + b"t" * 123, b"x" * 128), "4KiB": (b"x" * 4096,)}
RECEIVER = """
import sys, time, zmq
context = zmq.Context()
socket = context.socket(zmq.PULL)
socket.setsockopt(zmq.LINGER, 0)
print(socket.bind_to_random_port("tcp://127.0.0.1"), flush=True)
count, timed = int(sys.argv[1]), sys.argv[2] == "timed"
times = []
for at in range(count):
    while socket.recv(copy=False).more:
        pass
    if timed or at in (0, count - 1):
        times.append(time.monotonic_ns())
print(*times, flush=True)
"""


@contextmanager
def receiver(count: int, how: str = "") -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A process that receives so many messages; where, and the process."""
    process = subprocess.Popen([sys.executable, "-c", RECEIVER, str(count), how], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield f"tcp://127.0.0.1:{process.stdout.readline().strip()}", process
    finally:
        process.kill()
        process.wait()


def times(process: subprocess.Popen[str]) -> list[int]:
    """When messages arrived, monotonic ns."""
    assert process.stdout is not None
    return [int(word) for word in process.stdout.readline().split()]


def rate(process: subprocess.Popen[str]) -> float:
    """Messages per second at the receiver."""
    first, last = times(process)
    return (COUNT - 1) / ((last - first) / 1e9)


def bare(frames: tuple[bytes, ...]) -> float:
    """A loop that only sends."""
    messages = [list(frames) for _ in range(COUNT)]
    with receiver(COUNT) as (address, process), zmq.Context() as context, context.socket(zmq.PUSH) as socket:
        socket.connect(address)
        if len(frames) == 1:
            for message in messages:
                socket.send(message[0])
        else:
            for message in messages:
                socket.send_multipart(message)
        return rate(process)


def replayed(path: Path) -> float:
    """A replay of a file."""
    with receiver(COUNT) as (address, process):
        chosen = choose(load_store(path).batches(), Wanted("PUSH"))
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            tally = runner.run(Replay(chosen, address, How(None)).go())
        assert (tally.sent, tally.all_left) == (COUNT, True), tally
        return rate(process)


def timing(path: Path, speed: float) -> dict[str, float]:
    """How late messages arrive, us."""
    chosen = choose(load_store(path).batches(), Wanted("PUSH"))
    with receiver(TIMED, "timed") as (address, process):
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(Replay(chosen, address, How(speed)).go())
        arrived = np.array(times(process))
    planned = np.concatenate([chunk.due_ns for chunk in chosen.chunks()]) / speed
    errors = (arrived - planned) / 1e3
    errors -= errors.min()
    shares = {name: round(float(np.percentile(errors, share))) for name, share in (("p50", 50), ("p99", 99))}
    return {**shares, "max": round(float(errors.max()))}


def capture(path: Path, frames: tuple[bytes, ...], times_ns: list[int]) -> Path:
    """A file with the same message at these times."""
    store = Store(retention_bytes=1 << 40)
    recorder = Recorder(Clock())
    source = recorder.source("from", "out", "PUSH", "PULL")
    for start in range(0, len(times_ns), 8192):
        some = times_ns[start : start + 8192]
        recorder.add_run(source, some, list(frames) * len(some), [len(frames)] * len(some))
        batch = recorder.flush()
        assert batch is not None
        store.append(batch)
    save(store.batches(), path)
    return path


def main() -> None:
    """Measure and print one line."""
    result: dict[str, object] = {"bench": "replay"}
    began = time.monotonic_ns()
    with tempfile.TemporaryDirectory() as folder:
        for name, frames in SHAPES.items():
            path = capture(Path(folder) / f"{name}.arrow", frames, [began + 1000 * at for at in range(COUNT)])
            bests = [0.0, 0.0]
            for _ in range(ROUNDS):
                bests = [max(bests[0], bare(frames)), max(bests[1], replayed(path))]
            ratio = round(bests[1] / bests[0], 3)
            result[name] = {"bare_msg_s": round(bests[0]), "replay_msg_s": round(bests[1]), "ratio": ratio}
        gaps = np.random.default_rng(4).exponential(2e6, TIMED).astype(np.int64)
        path = capture(Path(folder) / "timed.arrow", SHAPES["16B"], (began + np.cumsum(gaps)).tolist())
        result["late_us"] = {f"x{speed:g}": timing(path, speed) for speed in (1.0, 10.0)}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
