"""Relays in their real worker process for hostile tests: a session, and a healthy pair beside what is tried.

The healthy pair is a program of its own: a PUSH sends numbered messages through a relay of the same worker to a PULL,
a thousand a second, and says in the end how many came, and whether they came in order.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import zmq

from tests.helpers.waiting import wait_here_until, wait_until
from zinspector.capture.message import Message
from zinspector.capture.store import Store
from zinspector.runtime.session import Session
from zinspector.topology.document import Document, RelayNode

HEALTHY = """
import sys, threading, time, zmq
context = zmq.Context()
pull = context.socket(zmq.PULL)
print(pull.bind_to_random_port("tcp://127.0.0.1"), flush=True)
push = context.socket(zmq.PUSH)
push.connect(sys.stdin.readline().strip())
ended = threading.Event()
sent = 0
def send():
    global sent
    while not ended.is_set():
        push.send(b"%d" % sent)
        sent += 1
        time.sleep(0.001)
def stop():
    sys.stdin.readline()
    ended.set()
sender = threading.Thread(target=send)
sender.start()
threading.Thread(target=stop).start()
received = wrong = silent = 0
while sender.is_alive() or (received < sent and silent < 5000):
    if pull.poll(20):
        wrong += pull.recv() != b"%d" % received
        received += 1
        silent = 0
    else:
        silent += 1
print(sent, received, wrong, flush=True)
context.destroy(linger=0)
"""


class Tapped:
    """A session whose relays can be added while it runs."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._document = Document()

    @property
    def worker(self) -> int:
        """The pid of the worker."""
        worker = self.session._relays._worker
        pid = worker.pid if worker is not None else None
        assert pid is not None, "it has started"
        return pid

    async def relay(self, name: str, target: str, listen: str = "tcp://127.0.0.1:*") -> str:
        """Add a relay; returns where it listens."""
        self._document = self._document.with_node(RelayNode(id=name, listen=listen, target=target))
        await self.session.apply(self._document)
        (address,) = self.session.states()[name].addresses
        return address

    def rows(self, node: str, kind: str = "message") -> list[Message]:
        """What was captured of a relay."""
        self.session.flush()
        store = self.session.store
        rows = store.rows(store.first_n, store.retained)
        return [row for row in rows if row.node == node and row.kind == kind]

    def events(self, node: str) -> list[str | None]:
        """The names of its events."""
        return [row.name for row in self.rows(node, "event")]


@asynccontextmanager
async def tapped(store: Store | None = None, **arguments: Any) -> AsyncIterator[Tapped]:
    """A session without relays yet."""
    session = Session(store or Store(), **arguments)
    try:
        await session.apply(Document())
        yield Tapped(session)
    finally:
        await session.close()


@asynccontextmanager
async def beside_a_healthy_pair(**arguments: Any) -> AsyncIterator[Tapped]:
    """The same, with the healthy pair, which must lose nothing."""
    async with tapped(**arguments) as taps:
        with program(HEALTHY) as pair:
            assert pair.stdin is not None
            assert pair.stdout is not None
            port = await asyncio.to_thread(pair.stdout.readline)
            address = await taps.relay("healthy", f"tcp://127.0.0.1:{port.strip()}")
            print(address, file=pair.stdin, flush=True)
            await wait_until(lambda: taps.session.counters().nodes["healthy"].received > 10)
            yield taps
            print("end", file=pair.stdin, flush=True)
            sent, received, wrong = map(int, (await asyncio.to_thread(pair.stdout.readline)).split())
            assert (received, wrong) == (sent, 0), "the healthy pair lost messages"


@contextmanager
def program(code: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """A Python process with pipes, killed in the end."""
    process = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def hold(pid: int) -> None:
    """Stop a process, which might be quicker than we, until it gets SIGCONT or SIGKILL."""
    os.kill(pid, signal.SIGSTOP)
    wait_here_until(lambda: Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T")


def resident_kib(pid: int) -> int:
    """Private resident memory of a process, KiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("RssAnon")).split()[1])


def open_files(pid: int) -> int:
    """How many descriptors a process has."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def cpu_s(pid: int) -> float:
    """The processor time that a process has taken, s."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


async def flow(taps: Tapped, context: zmq.Context[Any]) -> tuple[zmq.Socket[bytes], zmq.Socket[bytes]]:
    """A PUSH and a PULL with a relay between them."""
    pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    pull.setsockopt(zmq.LINGER, 0)
    push.setsockopt(zmq.LINGER, 0)
    port = pull.bind_to_random_port("tcp://127.0.0.1")
    push.connect(await taps.relay("tap", f"tcp://127.0.0.1:{port}"))
    return push, pull
