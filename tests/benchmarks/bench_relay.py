"""Through a relay that records every message, against the same programs directly, and through zmq_proxy with capture.

And, as bounds for what a third process can reach on this machine, through a plain relay: two threads that pass on bytes
and look at nothing; and through one that also writes each byte into a file, which is the least that recording takes.

Throughput: a PUSH process floods a PULL process, which counts for `BENCH_SECONDS`. The relay runs in its worker, its
rows come to this process over the ring and into a store; every message that the receiver got must be there, counted.
zmq_proxy runs in a process of its own, with a capture socket that a thread drains. They take turns; of `ROUNDS`, the
best of each are compared, and those of one turn (the median). Round trip: REQ and REP of 16 bytes; p50, and what relay
and proxy add to the direct one. Prints one JSON line.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvloop

from tests.helpers.waiting import wait_until
from zinspector.capture.store import Store
from zinspector.runtime.session import Session
from zinspector.topology.document import Document, RelayNode

SECONDS = float(os.environ.get("BENCH_SECONDS", "1.5"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
SIZES = tuple(map(int, os.environ.get("BENCH_SIZES", "16,256,4096,65536").split(",")))
RETENTION = 64 << 20
COUNTED_S = 0.3  # the worker tells its counts ten times a second
SENDER = """
import sys, zmq
socket = zmq.Context().socket(zmq.PUSH)
socket.connect(sys.argv[1])
message = bytes(int(sys.argv[2]))
while True:
    socket.send(message)
"""
RECEIVER = """
import sys, time, zmq
socket = zmq.Context().socket(zmq.PULL)
print(socket.bind_to_random_port("tcp://127.0.0.1"), flush=True)
def receive(seconds):
    count, end = 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        for _ in range(50):
            socket.recv()
        count += 50
    return count
socket.recv()
before = 1 + receive(0.4)
begin = time.perf_counter()
count = receive(float(sys.argv[1]))
print(count / (time.perf_counter() - begin), before + count, flush=True)
"""
PROXY = """
import sys, threading, zmq
context = zmq.Context()
front, back = context.socket(getattr(zmq, sys.argv[2])), context.socket(getattr(zmq, sys.argv[3]))
port = front.bind_to_random_port("tcp://127.0.0.1")
back.connect(sys.argv[1])
capture, drain = context.socket(zmq.PUSH), context.socket(zmq.PULL)
capture.bind("inproc://capture")
drain.connect("inproc://capture")
def eat():
    while True:
        drain.recv()
threading.Thread(target=eat, daemon=True).start()
print(port, flush=True)
zmq.proxy(front, back, capture)
"""
PLAIN = """
import socket, sys, threading
host, port = sys.argv[1].removeprefix("tcp://").split(":")
listener = socket.create_server((host, 0))
print(listener.getsockname()[1], flush=True)
def pipe(source, sink):
    buffer = memoryview(bytearray(1 << 18))
    try:
        while size := source.recv_into(buffer):
            sink.sendall(buffer[:size])
    except OSError:
        pass
while True:
    client, _ = listener.accept()
    target = socket.create_connection((host, int(port)))
    for each, other in ((client, target), (target, client)):
        each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=pipe, args=(each, other), daemon=True).start()
"""
WRITING = (
    PLAIN.replace("import socket", "import os, tempfile, socket")
    .replace("    try:\n", "    file, at = tempfile.TemporaryFile(buffering=0), 0\n    try:\n")
    .replace(
        "            sink.sendall(buffer[:size])\n",
        "            sink.sendall(buffer[:size])\n"
        "            os.pwrite(file.fileno(), buffer[:size], at)\n"
        "            at = (at + size) % (64 << 20)\n",
    )
)
SERVER = """
import zmq
socket = zmq.Context().socket(zmq.REP)
print(socket.bind_to_random_port("tcp://127.0.0.1"), flush=True)
while True:
    socket.send(socket.recv())
"""
CLIENT = """
import sys, time, zmq
socket = zmq.Context().socket(zmq.REQ)
socket.connect(sys.argv[1])
message, times = bytes(16), []
end = time.perf_counter() + 0.3 + float(sys.argv[2])
while (begin := time.perf_counter()) < end:
    socket.send(message)
    socket.recv()
    times.append(time.perf_counter() - begin)
times = sorted(times[len(times) // 8:])
print(times[len(times) // 2] * 1e6, times[len(times) * 99 // 100] * 1e6, flush=True)
"""


@contextmanager
def program(code: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """A process that runs `code` until the end of the block."""
    process = subprocess.Popen([sys.executable, "-c", code, *map(str, arguments)], stdout=subprocess.PIPE, text=True)
    with process:
        try:
            yield process
        finally:
            process.kill()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None, "its output is piped"
    return process.stdout.readline().strip()


def address(process: subprocess.Popen[str]) -> str:
    return f"tcp://127.0.0.1:{first_line(process)}"


def cpu_s(process: subprocess.Popen[str]) -> float:
    """Seconds that a process has computed."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def line(process: subprocess.Popen[str]) -> str:
    """A line that takes its time, while the loop goes on."""
    return await asyncio.to_thread(first_line, process)


class Relayed:
    """A relay in a session of this process, and what the session captured of it."""

    def __init__(self, target: str) -> None:
        self.store = Store(RETENTION)
        self.session = Session(self.store)
        self._document = Document(nodes=(RelayNode(id="tap", listen="tcp://127.0.0.1:*", target=target),))

    async def __aenter__(self) -> Relayed:
        await self.session.apply(self._document)
        self.address = self.session.states()["tap"].addresses[0]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.close()

    @property
    def worker_kib(self) -> int:
        """Resident memory of the worker without the ring that it shares, KiB."""
        worker = self.session._relays._worker
        text = Path(f"/proc/{worker.pid}/status").read_text() if worker is not None else ""
        fields = dict(line.split(":", 1) for line in text.splitlines())
        return int(fields["RssAnon"].split()[0])


async def directly(size: int) -> tuple[float, float]:
    """Messages a second, and how many cores the two programs keep busy: what is left is all that a third can have."""
    with program(RECEIVER, SECONDS) as receiver, program(SENDER, address(receiver), size) as sender:
        await asyncio.sleep(SECONDS / 3)
        before, began = cpu_s(sender) + cpu_s(receiver), time.perf_counter()
        await asyncio.sleep(SECONDS / 3)
        cores = (cpu_s(sender) + cpu_s(receiver) - before) / (time.perf_counter() - began)
        return float((await line(receiver)).split()[0]), cores


async def proxied(size: int) -> float:
    with (
        program(RECEIVER, SECONDS) as receiver,
        program(PROXY, address(receiver), "PULL", "PUSH") as proxy,
        program(SENDER, address(proxy), size),
    ):
        return float((await line(receiver)).split()[0])


async def plainly(size: int, code: str) -> float:
    with (
        program(RECEIVER, SECONDS) as receiver,
        program(code, address(receiver)) as relay,
        program(SENDER, address(relay), size),
    ):
        return float((await line(receiver)).split()[0])


async def tapped(size: int) -> dict[str, float]:
    with program(RECEIVER, SECONDS) as receiver:
        async with Relayed(address(receiver)) as relay:
            with program(SENDER, relay.address, size):
                rate, received = (await line(receiver)).split()
                memory = relay.worker_kib
            receiver.kill()
            session, store = relay.session, relay.store
            await wait_until(lambda: _closed(session, store))
            await asyncio.sleep(COUNTED_S)
            count = session.counters().nodes["tap"].received
        captured = count - store.skipped
        return {"rate": float(rate), "received": int(received), "captured": captured, "skipped": store.skipped,
                "worker_mib": memory / 1024}  # fmt: skip


def _closed(session: Session, store: Store) -> bool:
    """Whether the store has the last row of the connection: then all before it was looked at."""
    session.flush()
    return any(row.name in ("CLOSED", "RESET") for row in store.rows(store.next_n - 3, 3))


async def round_trips() -> dict[str, Any]:
    """p50 and p99 in us: direct, relay, zmq_proxy; and what the two add."""
    found: dict[str, list[tuple[float, float]]] = {"direct": [], "relay": [], "proxy": []}
    for _ in range(ROUNDS):
        with program(SERVER) as server:
            place = address(server)

            async def measure(name: str, where: str) -> None:
                with program(CLIENT, where, SECONDS) as client:
                    p50, p99 = (await line(client)).split()
                found[name].append((float(p50), float(p99)))

            await measure("direct", place)
            with program(PROXY, place, "ROUTER", "DEALER") as proxy:
                await measure("proxy", address(proxy))
            async with Relayed(place) as relay:
                await measure("relay", relay.address)
    p50 = {name: statistics.median(each[0] for each in rounds) for name, rounds in found.items()}
    p99 = {name: statistics.median(each[1] for each in rounds) for name, rounds in found.items()}
    added = {name: p50[name] - p50["direct"] for name in ("relay", "proxy")}
    return {
        "p50_us": {name: round(value, 1) for name, value in p50.items()},
        "p99_us": {name: round(value, 1) for name, value in p99.items()},
        "added_p50_us": {name: round(value, 1) for name, value in added.items()},
        "relay_adds_of_proxy": round(added["relay"] / added["proxy"], 3),
    }


async def throughput(size: int) -> dict[str, Any]:
    rates: dict[str, list[float]] = {"direct": [], "plain": [], "writing": [], "proxy": [], "relay": []}
    lost = skipped = 0
    memory = busy = 0.0
    for _ in range(ROUNDS):
        rate, cores = await directly(size)
        rates["direct"].append(rate)
        busy += cores / ROUNDS
        rates["plain"].append(await plainly(size, PLAIN))
        rates["writing"].append(await plainly(size, WRITING))
        rates["proxy"].append(await proxied(size))
        relay = await tapped(size)
        rates["relay"].append(relay["rate"])
        lost += max(0, int(relay["received"] - relay["captured"] - relay["skipped"]))
        skipped += int(relay["skipped"])
        memory = max(memory, relay["worker_mib"])
    result: dict[str, Any] = {f"{name}_msg_s": round(max(found)) for name, found in rates.items()}
    for name in ("relay", "plain", "writing", "proxy"):
        turns = [rate / direct for rate, direct in zip(rates[name], rates["direct"], strict=True)]
        result[f"{name}_of_direct"] = round(max(rates[name]) / max(rates["direct"]), 3)
        result[f"{name}_of_direct_median"] = round(statistics.median(turns), 3)
    result["direct_cores"] = round(busy, 2)
    return {**result, "not_captured": lost, "skipped": skipped, "worker_mib": round(memory, 1)}


async def main() -> None:
    """Measure, and print one line."""
    result: dict[str, Any] = {"bench": "relay"}
    for size in SIZES:
        result[f"{size}B"] = await throughput(size)
    result["round_trip_16B"] = await round_trips()
    print(json.dumps(result))


if __name__ == "__main__":
    gc.freeze()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
