"""The whole window: time to its first paint, and how evenly its timer ticks while traffic pours in.

First paint is measured from the start of the process, against a bare Qt program that shows an empty window. The gaps
of a 16 ms timer are measured in the real window with the message table in view: without traffic; with a PUSH in another
process that sends as fast as it can; and with a PUB that sends 200,000 messages a second with topics and JSON while a
filter that looks into the JSON is on, to a socket of the window and then through a relay. Both ends of the relayed
connection are plain sockets that speak just enough ZMTP: on two cores libzmq in Python would be what is measured.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time

RUNS = 5
SECONDS = 4.0
BARE = """
import os, time
from pathlib import Path
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication([]); window = QMainWindow(); window.resize(1400, 850); window.show(); app.processEvents()
started = int(Path("/proc/self/stat").read_text().rsplit(")", 1)[1].split()[19])
age = time.clock_gettime(time.CLOCK_BOOTTIME) - started / os.sysconf("SC_CLK_TCK")
print(f"first paint {age:.3f} s")
"""
FLOOD = """
import sys, zmq
socket = zmq.Context().socket(zmq.PUSH); socket.connect(sys.argv[1]); payload = bytes(16)
while True: socket.send(payload)
"""
FILTERED_MSG_S = 200_000
FILTER = 'topic startswith "weather." and json.temperature > 20'
WEATHER = """
import sys, time, zmq
socket = zmq.Context().socket(zmq.PUB); socket.sndhwm = 0; socket.connect(sys.argv[1]); rate = int(sys.argv[2])
cities = ("london", "paris", "tokyo", "rome")
ready = [[b"weather." + city.encode(), b'{"city": "%b", "temperature": %d}' % (city.encode(), n)]
         for n in range(10, 30) for city in cities]
sent, began = 0, time.perf_counter()
while True:
    due = int((time.perf_counter() - began) * rate)
    while sent < due:
        topic, payload = ready[sent % len(ready)]
        socket.send(topic, zmq.SNDMORE); socket.send(payload); sent += 1
    time.sleep(0.0005)
"""
PEER = """
import socket, sys, time
def exactly(peer, size):
    got = b""
    while len(got) < size: got += peer.recv(size - len(got))
    return got
def greet(peer, kind):
    peer.sendall(bytes.fromhex("ff00000000000000007f0300") + b"NULL".ljust(20, b"\\0") + bytes(32)); exactly(peer, 64)
    ready = b"\\x05READY\\x0bSocket-Type" + len(kind).to_bytes(4, "big") + kind
    peer.sendall(b"\\x04" + bytes([len(ready)]) + ready); exactly(peer, exactly(peer, 2)[1])
"""
SINK = (
    PEER
    + """
server = socket.create_server(("127.0.0.1", 0)); print(server.getsockname()[1], flush=True)
peer, _ = server.accept(); greet(peer, b"SUB"); peer.sendall(b"\\0\\1\\1"); room = bytearray(1 << 20)
while peer.recv_into(room): pass
"""
)
SOURCE = (
    PEER
    + """
host, port = sys.argv[1].removeprefix("tcp://").split(":"); rate = int(sys.argv[2]); many = 200
peer = socket.create_connection((host, int(port))); greet(peer, b"PUB"); exactly(peer, 3)
block = b"".join(
    b"\\1" + bytes([len(topic)]) + topic + b"\\0" + bytes([len(body)]) + body
    for n in range(many) for city in [(b"london", b"paris", b"tokyo", b"rome")[n % 4]]
    for topic, body in [(b"weather." + city, b'{"city": "%b", "temperature": %d}' % (city, 10 + n % 20))])
sent, began = 0, time.perf_counter()
while True:
    while (time.perf_counter() - began) * rate - sent >= many: peer.sendall(block); sent += many
    time.sleep(0.0005)
"""
)


def first_paint_s(command: list[str]) -> float:
    """Median of several starts, seconds."""
    times = []
    cached = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    for _ in range(RUNS):
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=cached)
        times.append(float(done.stdout.split("first paint ")[1].split()[0]))
    return statistics.median(times)


async def ticks(app: object) -> dict[str, float]:
    """p99 gaps of the timer in ms, quiet and under load, and the load that was stored, msg/s."""
    from PySide6.QtCore import QTimer

    from zinspector.app import settle_garbage
    from zinspector.settings import Settings
    from zinspector.topology.document import Behaviour, Document, RelayNode, SocketNode
    from zinspector.ui import theme
    from zinspector.ui.window import MainWindow
    from zinspector.ui.workspace import Workspace

    theme.apply(app, "dark")
    window = MainWindow(Workspace(), Settings())
    window.show()
    pull = SocketNode(id="pull", type="PULL", bind=("tcp://127.0.0.1:*",), behaviour=Behaviour("sink"))
    sub = SocketNode(
        id="sub", type="SUB", bind=("tcp://127.0.0.1:*",), subscriptions=("",), behaviour=Behaviour("sink")
    )
    sink = subprocess.Popen([sys.executable, "-c", SINK], stdout=subprocess.PIPE, text=True)  # noqa: ASYNC220  # as below
    assert sink.stdout is not None, "it is piped"
    relay = RelayNode(id="tap", listen="tcp://127.0.0.1:*", target=f"tcp://127.0.0.1:{sink.stdout.readline().strip()}")
    window.workspace.edit("Draw", Document(nodes=(pull, sub, relay)))
    window.workspace.start()
    gaps: list[float] = []
    last = time.perf_counter()

    def tick() -> None:
        nonlocal last
        now = time.perf_counter()
        gaps.append((now - last) * 1000)
        last = now

    timer = QTimer(interval=16)
    timer.timeout.connect(tick)
    timer.start()
    await asyncio.sleep(SECONDS / 2)
    quiet = percentile(gaps, 0.99)
    settle_garbage()

    async def flooded(program: str, node: str, *arguments: str) -> tuple[float, float]:
        """The p99 gap in ms and the messages a second that were stored, while a program sends to a node."""
        while (state := window.workspace.live.states().get(node)) is None or not state.addresses:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        command = [sys.executable, "-c", program, state.addresses[0], *arguments]
        flood = subprocess.Popen(command)  # noqa: ASYNC220  # it only starts
        await asyncio.sleep(1.0)
        gaps.clear()
        before, began = window.workspace.store.captured, time.perf_counter()
        await asyncio.sleep(SECONDS)
        stored = (window.workspace.store.captured - before) / (time.perf_counter() - began)
        flood.kill()
        flood.wait()
        return percentile(gaps, 0.99), stored

    loaded, stored = await flooded(FLOOD, "pull")
    await asyncio.sleep(0.5)
    bar = window.messages.filter_bar
    bar.apply(FILTER)
    filtered, filtered_stored = await flooded(WEATHER, "sub", str(FILTERED_MSG_S))
    await asyncio.sleep(0.5)
    relayed, relayed_stored = await flooded(SOURCE, "tap", str(FILTERED_MSG_S))
    lag = window.workspace.store.next_n - bar.sieve.looked_at
    timer.stop()
    sink.kill()
    sink.wait()
    window.close_without_asking()
    window.workspace.stop()
    await window.workspace.live.closed()
    return {
        "quiet_p99_gap_ms": round(quiet, 1),
        "loaded_p99_gap_ms": round(loaded, 1),
        "stored_msg_s": round(stored),
        "filtered_p99_gap_ms": round(filtered, 1),
        "filtered_stored_msg_s": round(filtered_stored),
        "relayed_p99_gap_ms": round(relayed, 1),
        "relayed_stored_msg_s": round(relayed_stored),
        "filtered_rows_behind": lag,
        "filtered_rows_shown": window.messages.displayed,
    }


def percentile(values: list[float], share: float) -> float:
    """The value at that share of the sorted values."""
    return sorted(values)[int(len(values) * share)]


def main() -> None:
    """Print one JSON line."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    import qasync
    from PySide6.QtWidgets import QApplication

    ours = first_paint_s([sys.executable, "-m", "zinspector", "--startup-times"])
    bare = first_paint_s([sys.executable, "-c", BARE])
    app = QApplication([])
    app.setQuitOnLastWindowClosed(False)
    with asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(app)) as runner:
        figures = runner.run(ticks(app))
    first = {"first_paint_s": round(ours, 3), "bare_qt_s": round(bare, 3), "ratio": round(ours / bare, 2)}
    print(json.dumps({"bench": "window", **first, **figures}))


if __name__ == "__main__":
    main()
