"""How a node or a link does while it runs: its state, counters, charts of the last minute, and what happened."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent

from zinspector.measure.histogram import Histogram
from zinspector.runtime.counts import LinkCount, NodeCount, NodeState
from zinspector.topology.document import Link, SocketNode, SpyNode
from zinspector.topology.wiring import link_wire
from zinspector.ui.canvas.words import rate
from zinspector.ui.colours import PATTERN_OF_TYPE
from zinspector.ui.properties.events import RecentEvents
from zinspector.ui.properties.fields import Fact
from zinspector.ui.properties.form import Form
from zinspector.ui.properties.mini_chart import SECONDS, Curve, MiniChart
from zinspector.ui.properties.units import amount_text, time_text
from zinspector.ui.status import bytes_text
from zinspector.ui.workspace import Workspace

REFRESH_S = 0.25
UNKNOWN = "–"
STOPPED = "Press Run (Ctrl+E) to see it move"
WAITING = "Nothing has passed yet"
LATENCY_EMPTY = "Appears on request/reply, and where the generator stamps its messages"
PERCENTILES = (
    ("p50", "ok", Qt.PenStyle.SolidLine),
    ("p99", "warn", Qt.PenStyle.DashLine),
    ("p99.9", "error", Qt.PenStyle.DotLine),
)


class LiveForm(Form):
    """Facts that are pulled four times a second while they can be seen."""

    def __init__(self, workspace: Workspace, item_id: str) -> None:
        super().__init__(workspace)
        self._id = item_id
        self._next = 0.0
        self._charts: list[MiniChart] = []
        self._moves: MiniChart | None = None
        workspace.ticked.connect(self._tick)
        workspace.runningChanged.connect(self.refresh)

    def refresh(self) -> None:
        """Show the figures of now."""
        super().refresh()
        self._throughput_empty()
        for chart in self._charts:
            chart.update()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while nobody looked."""
        super().showEvent(event)
        self.refresh()

    def fact(self, label: str, fact: Fact) -> Fact:
        """A fact beside its label."""
        return self.row(label, fact)

    def _tick(self) -> None:
        now = time.monotonic()
        if self.isVisible() and now >= self._next:
            self._next = now + REFRESH_S
            self.refresh()

    def _throughput(self, role: str) -> None:
        def curves() -> list[Curve]:
            ago, messages, _ = self.workspace.live.rates.history(self._id, SECONDS)
            return [Curve(ago, messages, role, filled=True)]

        self.heading("Throughput · last 60 s")
        chart = self._moves = MiniChart("Throughput", curves, rate, STOPPED)
        self.add(chart)
        self._charts.append(chart)

    def _throughput_empty(self) -> None:
        if self._moves is not None:
            self._moves.empty = WAITING if self.workspace.running else STOPPED

    def _latency(self, links: list[str]) -> None:
        """Percentiles of the first of these links that is measured."""

        def curves() -> list[Curve]:
            book = self.workspace.live.latency
            measured = next((link for link in links if link in book.links()), None)
            if measured is None:
                return []
            ago, *values = book.history(measured, self.workspace.live.rates.newest_ns)
            shown = ago >= -SECONDS
            return [
                Curve(ago[shown], percentile[shown], role, name, dash)
                for (name, role, dash), percentile in zip(PERCENTILES, values, strict=True)
            ]

        self.heading("Latency p50 / p99 / p99.9")
        chart = MiniChart("Latency", curves, time_text, LATENCY_EMPTY, log=True)
        self.add(chart)
        self._charts.append(chart)

    def _events(self) -> None:
        self.heading("Events")
        events = RecentEvents(self.workspace, self._id)
        self.add(events, events.refresh)


class NodeLive(LiveForm):
    """The live side of a socket or a proxy."""

    def __init__(self, workspace: Workspace, node_id: str) -> None:
        super().__init__(workspace, node_id)
        node = workspace.document.node(node_id)
        self._counted = NodeCount()
        self._is_counted = False
        self._state: NodeState | None = None
        self.state = self.fact("State", Fact("State", self._state_text, mono=False))
        self.fact("Listens on", Fact("Listens on", self._addresses))
        self.fact("Peers", Fact("Peers", lambda: UNKNOWN if self._state is None else f"{self._state.peers}"))
        if isinstance(node, SocketNode) and node.type in ("REQ", "REP"):
            self.turn = self.fact("Turn", Fact("Turn", self._turn, mono=False))
        self.sent = self.fact("Sent", Fact("Sent", lambda: self._amount("sent")))
        self.received = self.fact("Received", Fact("Received", lambda: self._amount("received")))
        self.trouble = self.fact("Trouble", Fact("Trouble", self._trouble))
        kind = node.type if isinstance(node, SocketNode) else "SPY" if isinstance(node, SpyNode) else "PROXY"
        self._throughput(PATTERN_OF_TYPE.get(kind or "", "exclusive"))
        self._latency([link.id for link in workspace.document.links_of(node_id)])
        self._events()
        self.stretch()
        self.refresh()

    def refresh(self) -> None:
        """Show the figures of now."""
        counters = self.workspace.live.counters()
        count = counters.nodes.get(self._id) if counters is not None else None
        self._is_counted = count is not None
        self._counted = count or NodeCount()
        self._state = self.workspace.live.states().get(self._id)
        super().refresh()

    def _state_text(self) -> str:
        if self._state is None:
            return "not running"
        return self._state.text or {"ok": "runs", "idle": "does nothing yet"}.get(
            self._state.health, self._state.health
        )

    def _addresses(self) -> str:
        return "\n".join(self._state.addresses) if self._state is not None and self._state.addresses else UNKNOWN

    def _turn(self) -> str:
        node = self.workspace.document.node(self._id)
        asks = isinstance(node, SocketNode) and node.type == "REQ"
        turns = {
            "send": "may send a request" if asks else "must send the reply",
            "receive": "waits for the reply" if asks else "waits for a request",
        }
        state = self._state.req_state if self._state is not None else None
        return turns.get(state or "", UNKNOWN)

    def _amount(self, what: str) -> str:
        if not self._is_counted:
            return UNKNOWN
        return amount_text(getattr(self._counted, what), bytes_text(getattr(self._counted, f"bytes_{what}")))

    def _trouble(self) -> str:
        count = self._counted
        found = {
            ("error", "errors"): count.errors,
            ("time queue full", "times queue full"): count.full,
            ("unroutable", "unroutable"): count.unroutable,
            ("lost reply", "lost replies"): count.lost_replies,
        }
        told = " · ".join(f"{number:,} {names[number != 1]}" for names, number in found.items() if number)
        return told or ("none" if self._is_counted else UNKNOWN)


class LinkLive(LiveForm):
    """The live side of a link."""

    def __init__(self, workspace: Workspace, link_id: str) -> None:
        super().__init__(workspace, link_id)
        self._counted: LinkCount | None = None
        self.fact("Wired", Fact("Wired", self._wired))
        self.rate = self.fact("Rate", Fact("Rate", self._rate))
        self.total = self.fact("Total", Fact("Total", self._total))
        self.latency = self.fact("Latency", Fact("Latency", lambda: self._percentiles("p50", "p99")))
        self.fact("", Fact("Latency, tail", lambda: self._percentiles("p99.9", "max")))
        self._throughput(_pattern(workspace, link_id))
        self._latency([link_id])
        self.stretch()
        self.refresh()

    def refresh(self) -> None:
        """Show the figures of now."""
        counters = self.workspace.live.counters()
        self._counted = counters.links.get(self._id) if counters is not None else None
        super().refresh()

    def _wired(self) -> str:
        """The address where the two meet; the resolved one while it runs."""
        document = self.workspace.document
        link = document.link(self._id)
        if link is None:
            return UNKNOWN
        wire = link_wire(document, link)
        state = self.workspace.live.states().get(wire.binder)
        bound = state.addresses if state is not None else ()
        if wire.binder_side is not None and len(bound) == 2:
            bound = bound[:1] if wire.binder_side == "frontend" else bound[1:]  # a proxy tells its frontend first
        return "\n".join(text for text in bound if _same_kind(text, wire.endpoint)) or wire.endpoint

    def _rate(self) -> str:
        now = self.workspace.live.rates.rate(self._id)
        return f"{rate(now.msg_s)} · {bytes_text(now.bytes_s)}/s"

    def _total(self) -> str:
        return (
            UNKNOWN if self._counted is None else amount_text(self._counted.messages, bytes_text(self._counted.bytes))
        )

    def _percentiles(self, *names: str) -> str:
        histogram = self.workspace.live.latency.links().get(self._id)
        if histogram is None or not histogram.count:
            return UNKNOWN if names[0] == "p50" else ""
        return " · ".join(f"{name} {time_text(_percentile(histogram, name))}" for name in names)


def _percentile(histogram: Histogram, name: str) -> int:
    return histogram.max if name == "max" else histogram.percentile(float(name[1:]))


def _same_kind(address: str, endpoint: str) -> bool:
    """Whether a resolved address may be what an endpoint with a wildcard became."""
    if "*" not in endpoint:
        return address == endpoint
    return address.partition("://")[0] == endpoint.partition("://")[0]


def _pattern(workspace: Workspace, link_id: str) -> str:
    link: Link | None = workspace.document.link(link_id)
    node = workspace.document.node(link.source) if link is not None else None
    return PATTERN_OF_TYPE.get(node.type if isinstance(node, SocketNode) else "PROXY", "exclusive")
