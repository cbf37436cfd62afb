"""Through a relay that records every message, against the same programs directly, and through zmq_proxy with capture.

And, as bounds for what a third process can reach on this machine, through a plain relay: two threads that pass on bytes
and look at nothing; and through one that also keeps them, one behind the other in 64 MiB of memory: that is the least
that recording takes, as what is kept leaves the cache. Both send unpaced, as the relay does (`pacing.py`); the others
are paced where the machine's congestion control paces.

Throughput: a PUSH process floods a PULL process, which counts. The relay runs in its worker and in the process that
looks for it, its rows come to this process over the ring and into a store; every message that the receiver got must be
there, counted. zmq_proxy runs in a process of its own, with a capture socket that a thread drains.
All five are there at once, but only one runs at a time, for `BENCH_WINDOW` s, in `BENCH_WINDOWS` rounds of random
order; the others are stopped. So what the neighbours of this machine do concerns all of them alike. After every fourth
round all processes are begun anew. What is printed are the messages of all windows over those of the direct ones, with
the standard error of that, and the median of the sets of processes.
Round trip: REQ and REP of 16 bytes; p50, and what relay and proxy add to the direct one. Prints one JSON line.
"""

from __future__ import annotations

import asyncio
import gc
import json
import mmap
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvloop

from tests.helpers.waiting import wait_until
from zinspector.capture.store import Store
from zinspector.runtime.session import Session
from zinspector.topology.document import Document, RelayNode

SECONDS = float(os.environ.get("BENCH_SECONDS", "1.5"))  # of a round trip
ROUNDS = 3
WINDOW_S = float(os.environ.get("BENCH_WINDOW", "0.45"))
WINDOWS = int(os.environ.get("BENCH_WINDOWS", "16"))
TOGETHER = 4  # windows with the same processes: where their memory lies makes some 5 % slower for as long as they live
WAYS = ("direct", "plain", "keeping", "proxy", "relay")
BEGIN_S = 0.7  # for the handshake, and until all buffers are as full as they get
SETTLE_S = 0.12  # after a program goes on
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
import mmap, sys, zmq
with open(sys.argv[1], "r+b") as file:
    count = memoryview(mmap.mmap(file.fileno(), 4096)).cast("Q")
socket = zmq.Context().socket(zmq.PULL)
print(socket.bind_to_random_port("tcp://127.0.0.1"), flush=True)
received = 0
while True:
    for _ in range(50):
        socket.recv()
    received += 50
    count[0] = received
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
unpaced = socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"reno"
listener = socket.socket()
listener.setsockopt(*unpaced)
listener.bind((host, 0))
listener.listen()
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
    target = socket.socket()
    target.setsockopt(*unpaced)
    target.connect((host, int(port)))
    for each, other in ((client, target), (target, client)):
        each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=pipe, args=(each, other), daemon=True).start()
"""
KEEPING = (
    PLAIN.replace("bytearray(1 << 18)", "bytearray(64 << 20)")
    .replace("    try:\n", "    at, room = 0, 1 << 21\n    try:\n")
    .replace("source.recv_into(buffer)", "source.recv_into(buffer[at : at + room])")
    .replace(
        "            sink.sendall(buffer[:size])\n",
        "            sink.sendall(buffer[at : at + size])\n"
        "            at = at + size if at + size + room < len(buffer) else 0\n",
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
    def pids(self) -> list[int]:
        """The processes of the relay: the worker, and the one that looks for it."""
        worker = self.session._relays._worker
        pid = worker.pid if worker is not None else None
        assert pid is not None, "it relays"
        return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]

    @property
    def kib(self) -> int:
        """Memory of these processes without what they share with this one, KiB; what both share counts once."""
        texts = [Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in self.pids]
        return sum(int(line.split()[1]) for text in texts for line in text.splitlines() if line.startswith("Pss_Anon:"))


@dataclass
class Flood:
    """A way from sender to receiver; `count` is what the receiver counts, in memory that it shares."""

    name: str
    programs: list[subprocess.Popen[str]]
    relay: list[int]
    count: memoryview
    rates: list[float] = field(default_factory=list)
    cores: list[float] = field(default_factory=list)

    def tell(self, number: signal.Signals) -> None:
        """Send all its processes a signal."""
        for pid in (*(each.pid for each in self.programs), *self.relay):
            os.kill(pid, number)

    async def run(self) -> None:
        """Go on for a window, and stop again."""
        self.tell(signal.SIGCONT)
        await asyncio.sleep(SETTLE_S)
        count, computed, began = self.count[0], self._computed_s(), time.perf_counter()
        await asyncio.sleep(WINDOW_S)
        seconds = time.perf_counter() - began
        self.rates.append((self.count[0] - count) / seconds)
        self.cores.append((self._computed_s() - computed) / seconds)
        self.tell(signal.SIGSTOP)

    def _computed_s(self) -> float:
        return sum(map(cpu_s, self.programs))


def cpu_s(process: subprocess.Popen[str]) -> float:
    """Seconds that all threads of a process have computed."""
    tasks = Path(f"/proc/{process.pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def counter(stack: AsyncExitStack) -> tuple[Path, memoryview]:
    """A file in which a receiver counts, and what it counts there."""
    file = Path(stack.enter_context(tempfile.TemporaryDirectory()), "count")
    file.write_bytes(bytes(4096))
    with file.open("r+b") as opened:
        return file, memoryview(mmap.mmap(opened.fileno(), 4096)).cast("Q")


async def flood(name: str, size: int, stack: AsyncExitStack) -> tuple[Flood, Relayed | None]:
    """Begin one; it is stopped when it runs well."""
    file, count = counter(stack)
    receiver = stack.enter_context(program(RECEIVER, file))
    programs, place = [receiver], address(receiver)
    relay, pids = None, []
    if name == "relay":
        relay = await stack.enter_async_context(Relayed(place))
        place, pids = relay.address, relay.pids
    elif name != "direct":
        code, types = {"plain": (PLAIN, ()), "keeping": (KEEPING, ()), "proxy": (PROXY, ("PULL", "PUSH"))}[name]
        programs.append(stack.enter_context(program(code, place, *types)))
        place = address(programs[-1])
    programs.append(stack.enter_context(program(SENDER, place, size)))
    await asyncio.sleep(BEGIN_S)
    made = Flood(name, programs, pids, count)
    made.tell(signal.SIGSTOP)
    return made, relay


async def captured(made: Flood, relay: Relayed) -> dict[str, float]:
    """End the flood through a relay: what the receiver got, what was captured and what was left out."""
    memory = relay.kib
    made.programs[-1].kill()
    made.tell(signal.SIGCONT)
    await wait_until(lambda: _closed(relay.session, relay.store))
    await asyncio.sleep(COUNTED_S)
    count = relay.session.counters().nodes["tap"].received
    skipped = relay.store.skipped
    return {
        "not_captured": max(0, made.count[0] - (count - skipped)),
        "skipped": skipped,
        "relay_mib": round(memory / 1024, 1),
    }


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
    rates: dict[str, list[float]] = {name: [] for name in WAYS}
    cores: list[float] = []
    counted = {"not_captured": 0.0, "skipped": 0.0, "relay_mib": 0.0}
    for _ in range(0, WINDOWS, TOGETHER):
        async with AsyncExitStack() as stack:
            made = [await flood(name, size, stack) for name in random.sample(WAYS, len(WAYS))]
            for _ in range(TOGETHER):
                for each, _ in random.sample(made, len(made)):
                    await each.run()
            for each, relay in made:
                rates[each.name].append(statistics.mean(each.rates))
                cores += each.cores if each.name == "direct" else []
                if relay is not None:
                    found = await captured(each, relay)
                    counted["not_captured"] += found["not_captured"]
                    counted["skipped"] += found["skipped"]
                    counted["relay_mib"] = max(counted["relay_mib"], found["relay_mib"])
    result: dict[str, Any] = {f"{name}_msg_s": round(statistics.mean(each)) for name, each in rates.items()}
    direct = rates["direct"]
    for name in WAYS[1:]:
        ratio = sum(rates[name]) / sum(direct)
        errors = [rate - ratio * before for rate, before in zip(rates[name], direct, strict=True)]
        result[f"{name}_of_direct"] = round(ratio, 3)
        result[f"{name}_standard_error"] = round(
            statistics.pstdev(errors) / statistics.mean(direct) / len(errors) ** 0.5, 3
        )
        turns = [rate / before for rate, before in zip(rates[name], direct, strict=True)]
        result[f"{name}_of_direct_median"] = round(statistics.median(turns), 3)
    return {**result, "direct_cores": round(statistics.mean(cores), 2), **counted}


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
