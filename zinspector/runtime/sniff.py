"""Passive capture: dumpcap (or tcpdump) as a child, its packets from a pipe, rows into a store.

Rules:
- The child has the privileges, not we. What it lacks is told as a UserError with the one line that helps.
- dumpcap first: it is made for it, and writes pcapng, whose last block counts what was dropped. tcpdump otherwise.
- A thread reads and dissects; rows reach the store on the loop that called `start`, twenty times a second. When the
  loop stands still, packets go on being read, and rows beyond a bound are counted as skipped.
- `stop` interrupts the child as Ctrl-C would, reads the rest, and tells what was dropped.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import re
import select
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Sequence
from time import monotonic
from typing import IO, cast

import numpy as np
import pyarrow as pa

from zinspector.capture.masks import where
from zinspector.capture.packets.dissect import Dissector
from zinspector.capture.packets.records import PacketReader
from zinspector.capture.store import Store
from zinspector.errors import FileError
from zinspector.runtime.counts import NodeCount
from zinspector.runtime.sniff_programs import SniffError, explain, program

log = logging.getLogger(__name__)
READ_AT_ONCE = 1 << 20
DELIVER_S = 0.05
START_S = 10.0
STOP_S = 3.0
MOST_WAITING = 256 << 20
DROPPED = re.compile(r"(\d+) packets? dropped by kernel|received/dropped on interface [^:]*: \d+/(\d+)")


class Sniffer:
    """Captures the TCP traffic of some ports (all, where none are given) on one interface.

    `store` tells where rows go now, `node` is what they are called, `program` what captures, once it began. Counters:
    `packets` seen, `dropped` by the capture (known when it stops, or from the capture's own statistics); rows that the
    loop did not take are skipped in the store.
    """

    def __init__(
        self, store: Callable[[], Store], interface: str, ports: Sequence[int] = (), node: str = "sniff"
    ) -> None:
        self.packets = 0
        self.dropped = 0
        self.count = NodeCount()
        """The messages that were seen, and their bytes."""
        self.failure: str | None = None
        self._store = store
        self.interface = interface
        self._ports = tuple(ports)
        self._node = node
        self.program = ""
        self._waiting = 0
        self._lock = threading.Lock()
        self._began = threading.Event()
        self._stopping = False
        self._child: subprocess.Popen[bytes] | None = None
        self._errors: IO[bytes] | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def running(self) -> bool:
        """Whether packets are being captured."""
        return self._thread is not None and self._thread.is_alive()

    async def start(self) -> None:
        """Begin; returns when packets are really captured. Raises SniffError, a UserError with the remedy."""
        chosen = program()
        self.program = chosen.name
        self._loop = asyncio.get_running_loop()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  # closed by `_reap`
        try:
            self._child = subprocess.Popen(  # noqa: ASYNC220, S603  # our own program, and it returns at once
                chosen.command(self.interface, self._ports),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                start_new_session=True,  # a Ctrl-C for us is not one for it: `stop` ends it in order
            )
        except OSError as error:
            self._errors.close()
            raise explain(chosen, self.interface, str(error)) from None
        self._thread = threading.Thread(target=self._read, name=f"sniff {self.interface}", daemon=True)
        self._thread.start()
        if not await asyncio.to_thread(self._began.wait, START_S) or self._child.poll() is not None:
            await self.stop()
            raise explain(chosen, self.interface, self.failure or "it did not begin")

    async def stop(self) -> None:
        """End the capture; all rows are in the store then."""
        self._stopping = True
        if self._child is not None and self._child.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                self._child.send_signal(signal.SIGINT)
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, STOP_S)
            if self._thread.is_alive() and self._child is not None:
                self._child.kill()
                await asyncio.to_thread(self._thread.join)
            await asyncio.sleep(0)  # rows that were handed over last
        self._loop = None

    def _read(self) -> None:
        """What the thread does: read until the child ends."""
        reader, dissector = PacketReader(), Dissector(self._node, live=True, ports=self._ports)
        try:
            self._follow(reader, dissector)
        except FileError as error:
            self.failure = str(error)
        except Exception as error:  # in this thread nobody else would tell the user
            log.exception("sniffing %s failed", self.interface)
            self.failure = f"a bug of zinspector, please report it: {type(error).__name__}: {error}"
        self._conclude(reader, dissector)

    def _follow(self, reader: PacketReader, dissector: Dissector) -> None:
        assert self._child is not None
        pipe = cast("io.BufferedReader", self._child.stdout)
        delivered = monotonic()
        while True:
            ready, _, _ = select.select([pipe], [], [], DELIVER_S)
            if ready:
                piece = pipe.read1(READ_AT_ONCE)
                if not piece:
                    return
                self._began.set()
                for packets in reader.feed(piece):
                    dissector.take(packets)
                self.packets = dissector.packets
            if monotonic() - delivered >= DELIVER_S:
                delivered = monotonic()
                self._deliver(dissector.rows())

    def _conclude(self, reader: PacketReader, dissector: Dissector) -> None:
        told = self._reap()
        found = [int(first or second) for first, second in DROPPED.findall(told)]
        with contextlib.suppress(FileError):  # it ended before its first packet: `told` says why
            reader.finish()
        self.dropped = max([reader.dropped, *found])
        if not self._stopping or not self._began.is_set():
            self.failure = self.failure or told.strip() or "it ended by itself"
        dissector.finish(reader.damage, self.dropped)
        self._deliver(dissector.rows())
        self._began.set()

    def _reap(self) -> str:
        """End the child, if it hasn't ended; returns what it said."""
        assert self._child is not None
        assert self._errors is not None
        if self._child.stdout is not None:
            self._child.stdout.close()
        self._child.terminate()
        self._child.wait()
        self._errors.seek(0)
        told = self._errors.read().decode("utf-8", "replace")
        self._errors.close()
        return told

    def _deliver(self, batch: pa.RecordBatch | None) -> None:
        """Hand rows to the loop, from the thread."""
        loop = self._loop
        if batch is None or loop is None:
            return
        with self._lock:
            full = self._waiting > MOST_WAITING
            self._waiting += 0 if full else batch.nbytes
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is there any more
            if full:
                loop.call_soon_threadsafe(self._skip, batch.num_rows)
            else:
                loop.call_soon_threadsafe(self._take, batch)

    def _skip(self, rows: int) -> None:
        self._store().skip(rows)

    def _take(self, batch: pa.RecordBatch) -> None:
        messages = where(batch, "kind", "message".__eq__)
        self.count.received += int(np.count_nonzero(messages))
        self.count.bytes_received += int(batch.column("size").to_numpy()[messages].sum())
        with self._lock:
            self._waiting -= batch.nbytes
        self._store().append(batch)


__all__ = ["SniffError", "Sniffer"]
