"""Own socket on qasync, drained, stored as columns: against a bare pyzmq receive loop, in one run.

A process of its own sends over loopback tcp as fast as it can. First a bare `recv()` loop receives, then a session on
qasync with a 16 ms QTimer beside it: pump -> Recorder -> Store. Three rounds each, in turn; the best of each counts.
Prints one JSON line: messages per second of both, their ratio, and the timer's p99 gap.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import qasync
import zmq
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

from tests.helpers.waiting import wait_until
from zinspector.capture.store import Store
from zinspector.runtime.session import Session
from zinspector.topology.document import Behaviour, Document, SocketNode

SECONDS = float(os.environ.get("BENCH_SECONDS", "1.5"))
ROUNDS = 3
WARM_UP_S = 0.4
SIZES = (16, 4096)
SENDER = """
import sys, zmq
context = zmq.Context()
socket = context.socket(zmq.PUSH)
socket.setsockopt(zmq.LINGER, 0)
socket.connect(sys.argv[1])
message = bytes(int(sys.argv[2]))
while True:
    socket.send(message)
"""


@contextmanager
def sender(address: str, size: int) -> Iterator[None]:
    """A process that floods `address`."""
    process = subprocess.Popen([sys.executable, "-c", SENDER, address, str(size)])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def bare(size: int) -> float:
    """Messages per second of a loop that only receives."""
    with zmq.Context() as context, context.socket(zmq.PULL) as socket:
        socket.setsockopt(zmq.LINGER, 0)
        port = socket.bind_to_random_port("tcp://127.0.0.1")
        with sender(f"tcp://127.0.0.1:{port}", size):
            socket.recv()
            _receive_for(socket, WARM_UP_S)
            begin = time.perf_counter()
            count = _receive_for(socket, SECONDS)
            return count / (time.perf_counter() - begin)


def _receive_for(socket: zmq.Socket[bytes], seconds: float) -> int:
    end = time.perf_counter() + seconds
    count = 0
    while time.perf_counter() < end:
        for _ in range(200):
            socket.recv()
        count += 200
    return count


async def pumped(size: int) -> tuple[float, list[float]]:
    """Messages per second into the store, and the gaps of a 16 ms timer (s)."""
    store = Store(retention_bytes=64 << 20)
    session = Session(store)
    node = SocketNode(id="sink", type="PULL", bind=("tcp://127.0.0.1:*",), behaviour=Behaviour("sink"))
    await session.apply(Document(nodes=(node,)))
    gaps: list[float] = []
    last = time.perf_counter()

    def tick() -> None:
        nonlocal last
        now = time.perf_counter()
        gaps.append(now - last)
        last = now

    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(tick)
    with sender(session.states()["sink"].addresses[0], size):
        await wait_until(lambda: session.counters().nodes["sink"].received)
        await asyncio.sleep(WARM_UP_S)
        session.flush()
        timer.start(16)
        last = begin = time.perf_counter()
        before = store.captured
        await asyncio.sleep(SECONDS)
        session.flush()
        rate = (store.captured - before) / (time.perf_counter() - begin)
        timer.stop()
    await session.close()
    return rate, gaps


async def main() -> None:
    """Measure all sizes and print one line."""
    result: dict[str, object] = {"bench": "pump"}
    for size in SIZES:
        bests = [0.0, 0.0]
        gaps: list[float] = []
        for _ in range(ROUNDS):
            bests[0] = max(bests[0], bare(size))
            rate, more = await pumped(size)
            bests[1] = max(bests[1], rate)
            gaps += more[1:]
        gaps.sort()
        result[f"{size}B"] = {
            "bare_msg_s": round(bests[0]),
            "stored_msg_s": round(bests[1]),
            "ratio": round(bests[1] / bests[0], 3),
            "timer_gap_p99_ms": round(gaps[int(len(gaps) * 0.99)] * 1e3, 1),
        }
    print(json.dumps(result))


if __name__ == "__main__":
    gc.freeze()
    app = QApplication([])
    with asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(app)) as runner:
        runner.run(main())
