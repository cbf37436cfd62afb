"""What runs behind the window: one store for its lifetime, one session per run, and what is measured of both.

The session works on the loop of the process and fills the store; a timer looks at the store 25 times a second and
says `ticked` once for all that is new. Nothing here happens per message.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from zinspector.capture.clock import Clock
from zinspector.capture.store import Store
from zinspector.doctor.finding import Finding
from zinspector.measure.latency import LatencyBook
from zinspector.measure.rates import RateBook
from zinspector.runtime.scripts import AllowScript
from zinspector.runtime.session import Counters, NodeCount, NodeState, Session
from zinspector.tasks import Task, spawn
from zinspector.topology.document import Document, RelayNode

TICK_MS = 40
RATES_EVERY = 3  # ticks; rates are windows of one second, sampled about eight times in each


class Live(QObject):
    """Starts, changes and stops the session, and measures it.

    Signals:
        ticked(): messages, counters or node states may have changed since the last tick.
        runningChanged(bool): the session began or ended.
    """

    ticked = Signal()
    runningChanged = Signal(bool)

    def __init__(self, parent: QObject | None = None, store: Store | None = None) -> None:
        super().__init__(parent)
        self.clock = Clock()
        self.store = store if store is not None else Store()
        self.rates = RateBook()  # messages and bytes per second, by node and link id
        self.latency = LatencyBook()  # by link id
        self.session: Session | None = None  # that runs, or ran last
        self.running = False
        self._wanted: Document | None = None
        self._applying: Task[None] | None = None
        self._closings: dict[Task[None], Session] = {}
        self._seen = 1
        self._ticks = 0
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)

    def start(self, document: Document, base: Path, allow_script: AllowScript | None) -> None:
        """Run `document`; relative paths in it start at `base`."""
        if self.running:
            return
        self.rates = RateBook()
        self.latency = LatencyBook()
        self._seen = self.store.next_n
        self.session = Session(self.store, base=base, clock=self.clock, allow_script=allow_script)
        self._set_running(True)
        self.change(document)

    def change(self, document: Document) -> None:
        """Bring what runs in step with `document`; quick edits are taken together."""
        self._wanted = document
        if self.running and self._applying is None:
            self._applying = spawn(self._apply(), "apply topology")

    def stop(self) -> None:
        """Close the sockets and the context in the background; what was captured and counted stays."""
        if self.session is not None and self.running:
            closing = spawn(self.session.close(), "close session")
            self._closings[closing] = self.session
            closing.add_done_callback(self._on_closed)
            self._set_running(False)
            self._tick()

    async def closed(self) -> None:
        """Wait until what was stopped has closed."""
        if self._applying is not None:
            await self._applying
        for closing in tuple(self._closings):
            await closing

    def forget(self) -> None:
        """Stop, and forget the session, its measurements and its messages; another drawing comes."""
        self.stop()
        for closing in self._closings.values():
            closing.store = Store()  # what is still on its way belongs to what is forgotten
        self.session = None
        self.clear()

    def rebase(self, base: Path) -> None:
        """Relative paths of the drawing start at another folder from now on."""
        if self.session is not None:
            self.session.base = base

    def counters(self) -> Counters | None:
        """The counters of the session that runs, or that ran last."""
        return self.session.counters() if self.session is not None else None

    def states(self) -> dict[str, NodeState]:
        """The state of every node that runs."""
        return self.session.states() if self.session is not None and self.running else {}

    def findings(self) -> list[Finding]:
        """What went wrong at run time."""
        return list(self.session.findings()) if self.session is not None else []

    def clear(self) -> None:
        """Forget the captured messages and the measurements."""
        self.ticked.emit()  # who records them gets them before
        self.store.clear()
        self.rates = RateBook()
        self.latency = LatencyBook()
        self._seen = self.store.next_n
        self.ticked.emit()

    async def _apply(self) -> None:
        try:
            while self.running and self.session is not None and self._wanted is not None:
                if closing := next(iter(self._closings), None):
                    await closing  # the ports of the last run must be free again
                    self._closings.pop(closing, None)
                    continue  # it may have been stopped or forgotten meanwhile
                document, self._wanted = self._wanted, None
                await self.session.apply(document)
        finally:
            self._applying = None
        self._tick()

    def _on_closed(self, closing: Task[None]) -> None:
        self._closings.pop(closing, None)
        self._tick()  # what was on its way when it stopped has arrived

    def _set_running(self, running: bool) -> None:
        self.running = running
        if running:
            self._timer.start()
        else:
            self._timer.stop()
        self.runningChanged.emit(running)

    def _tick(self) -> None:
        if self.session is not None:
            self._measure(self.session)
        self.ticked.emit()

    def _measure(self, session: Session) -> None:
        for batch in self.store.since(self._seen):
            self.latency.consume(batch, self.clock)
        self._seen = self.store.next_n
        self._ticks += 1
        if self._ticks % RATES_EVERY and self.running:
            return
        counters = session.counters()
        totals = {link: (count.messages, count.bytes) for link, count in counters.links.items()}
        totals |= {node: _passed(session, node, count) for node, count in counters.nodes.items()}
        self.rates.update(counters.time_ns, totals)


def _passed(session: Session, node_id: str, count: NodeCount) -> tuple[int, int]:
    """Messages and bytes of a node; what a relay takes in and passes on is one message."""
    node = session.document.node(node_id) if session.document is not None else None
    if isinstance(node, RelayNode):
        return count.received, count.bytes_received
    return count.sent + count.received, count.bytes_sent + count.bytes_received
