"""Import nodes of a running drawing: capture files that are read, interfaces that are listened to.

Rules:
- A file is read in a thread, with progress, once each time the drawing starts; then its rows go to the store in parts,
  so the loop goes on. An interface is sniffed until the drawing stops.
- Rows of packets are called by the node; rows of other captures keep their names.
- What fails is a finding at the node; what is found besides ZeroMQ is in the rows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from zinspector.capture.files import load_store
from zinspector.capture.progress import CancelledError
from zinspector.capture.store import Store
from zinspector.doctor.finding import Finding
from zinspector.errors import UserError
from zinspector.runtime.counts import Health, NodeCount, NodeState
from zinspector.runtime.sniff import Sniffer
from zinspector.tasks import Task, in_thread, spawn
from zinspector.topology.document import Document, ImportNode

Report = Callable[[str, Finding], None]
Clear = Callable[[str], None]


@dataclass
class Job:
    """One import node at work."""

    node: ImportNode
    health: Health = "waiting"
    text: str = ""
    rows: int = 0
    stopped: bool = False
    sniffer: Sniffer | None = None
    task: Task[None] | None = field(default=None, repr=False)


class Imports:
    """Runs the import nodes of a document. Failures are reported, never raised."""

    def __init__(self, store: Callable[[], Store], report: Report, clear: Clear) -> None:
        """`store` tells where rows go now."""
        self._store = store
        self._report = report
        self._clear = clear
        self._jobs: dict[str, Job] = {}

    async def apply(self, document: Document | None, base: Path) -> None:
        """Bring what runs in step with a document (None: nothing runs), whose files are beside `base`."""
        nodes = document.nodes if document is not None else ()
        wanted = {node.id: node for node in nodes if isinstance(node, ImportNode)}
        for name, job in list(self._jobs.items()):
            if not _same(job.node, wanted.get(name)):
                await self._stop(self._jobs.pop(name))
        for name, node in wanted.items():
            if name not in self._jobs:
                job = self._jobs[name] = Job(node)
                job.task = spawn(self._sniff(job) if node.interface else self._read(job, base), f"import {name}")

    def states(self) -> dict[str, NodeState]:
        """How each import node is."""
        return {name: _state(job) for name, job in self._jobs.items()}

    def counts(self) -> dict[str, NodeCount]:
        """The messages that each node which listens to an interface has seen; copies."""
        return {name: replace(job.sniffer.count) for name, job in self._jobs.items() if job.sniffer is not None}

    async def _stop(self, job: Job) -> None:
        job.stopped = True
        self._clear(_key(job))
        if job.task is not None:
            await asyncio.wait([job.task])
        if job.sniffer is not None:
            await job.sniffer.stop()

    async def _read(self, job: Job, base: Path) -> None:
        path = base / job.node.file

        def progress(share: float) -> bool:
            job.text = f"reading, {share:.0%}"
            return not job.stopped

        try:
            found = await in_thread(lambda: load_store(path, progress, node=job.node.id))
        except CancelledError:
            return
        except UserError as error:
            self._fail(job, error)
            return
        for batch in found.batches():
            if job.stopped:
                return
            self._store().append(batch)
            job.rows += batch.num_rows
            await asyncio.sleep(0)
        job.health, job.text = "ok", f"{job.rows:,} {'row' if job.rows == 1 else 'rows'} read"

    async def _sniff(self, job: Job) -> None:
        sniffer = Sniffer(self._store, job.node.interface, job.node.ports, job.node.id)
        try:
            await sniffer.start()
        except UserError as error:
            self._fail(job, error)
            return
        job.sniffer, job.health = sniffer, "ok"

    def _fail(self, job: Job, error: UserError) -> None:
        job.health, job.text = "error", error.text
        finding = Finding("Z000", "error", error.sentence, job.node.id, remedy=error.remedy)
        self._report(_key(job), finding)


def _same(one: ImportNode, other: ImportNode | None) -> bool:
    """Whether two versions of a node read the same: a node may be moved and renamed while it works."""
    if other is None:
        return False
    return (one.file, one.interface, one.ports) == (other.file, other.interface, other.ports)


def _key(job: Job) -> str:
    return f"{job.node.id} import"


def _state(job: Job) -> NodeState:
    sniffer = job.sniffer
    if sniffer is None:
        return NodeState(job.node.id, job.health, text=job.text or "starting")
    if sniffer.failure is not None:
        return NodeState(job.node.id, "error", text=sniffer.failure)
    dropped = f", {sniffer.dropped:,} dropped" if sniffer.dropped else ""
    return NodeState(job.node.id, "ok", text=f"{sniffer.packets:,} packets{dropped}")
