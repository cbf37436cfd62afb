"""How a tap does while it runs: who goes through it, what it adds and counts, and whether it captures."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median

from PySide6.QtWidgets import QPushButton

from zinspector.capture.connection import Connection
from zinspector.decode.api import visible
from zinspector.runtime.counts import NodeState
from zinspector.topology.document import ImportNode, RelayNode
from zinspector.ui.canvas.words import plural
from zinspector.ui.properties.fields import Fact
from zinspector.ui.properties.live import UNKNOWN, LiveForm
from zinspector.ui.properties.units import amount_text
from zinspector.ui.status import bytes_text
from zinspector.ui.taps import words
from zinspector.ui.workspace import Workspace


class TapLive(LiveForm):
    """The live side of a relay, or of a node whose packets are read."""

    def __init__(self, workspace: Workspace, node_id: str) -> None:
        super().__init__(workspace, node_id)
        self._state: NodeState | None = None
        self._connections: list[Connection] = []
        node = workspace.document.node(node_id)
        self.state = self._fact("State", self._state_text, mono=False)
        if isinstance(node, RelayNode):
            self.address = self._fact("Listens on", self._address)
            self._fact("Forwards to", lambda: getattr(workspace.document.node(node_id), "target", UNKNOWN))
        self.peers = self._fact("Peers", self._peers, mono=False)
        self._fact("Protocol", self._protocol, mono=False)
        if isinstance(node, RelayNode):
            self._fact("Added delay", self._delay)
        self.total = self._fact("Messages", self._total)
        self._fact("Anomalies", self._anomalies, mono=False)
        if not isinstance(node, ImportNode):
            self.pause = QPushButton()
            self.pause.setCheckable(True)
            self.pause.setToolTip("Capture no more messages of this tap; its traffic goes on")
            self.pause.clicked.connect(lambda paused: workspace.taps.pause([node_id], paused))
            self.add(self.pause, self._show_pause)
        if not isinstance(node, ImportNode) or node.interface:  # a file is read at once
            self._throughput("tap")
        self._events()
        self.stretch()
        workspace.taps.pausedChanged.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the figures of now."""
        self._state = self.workspace.live.states().get(self._id)
        self._connections = [one for one in self.workspace.taps.book if one.node == self._id]
        super().refresh()

    # Inside

    def _fact(self, label: str, read: Callable[[], str], *, mono: bool = True) -> Fact:
        return self.fact(label, Fact(label, read, mono=mono))

    def _show_pause(self) -> None:
        paused = self._id in self.workspace.taps.paused
        self.pause.setChecked(paused)
        self.pause.setText("‖  Capture is paused: go on" if paused else "‖  Pause capture")
        self.pause.setEnabled(self.workspace.running)

    def _state_text(self) -> str:
        if self._state is None:
            return "not running"
        return visible(self._state.text) or {"ok": "runs", "idle": "does nothing yet"}.get(
            self._state.health, self._state.health
        )

    def _address(self) -> str:
        return "\n".join(self._state.addresses) if self._state is not None and self._state.addresses else UNKNOWN

    def _live(self) -> list[Connection]:
        return [one for one in self._connections if one.live]

    def _peers(self) -> str:
        live = self._live()
        types = dict.fromkeys(words.types_text(one).replace("→", " ⇄ ") for one in live)
        shown = ", ".join(text for text in types if text)
        return " · ".join(part for part in (shown, plural(len(live), "connection")) if part)

    def _protocol(self) -> str:
        return ", ".join(dict.fromkeys(text for one in self._live() if (text := words.protocol_text(one)))) or UNKNOWN

    def _delay(self) -> str:
        delays = [delay for (node, _), delay in self.workspace.taps.delays().items() if node == self._id]
        if not delays:
            return UNKNOWN
        most = f" · most {words.delay_text(max(delays))}" if len(delays) > 1 else ""
        return f"{words.delay_text(median(delays))}{most}"

    def _total(self) -> str:
        messages = sum(one.messages for one in self._connections)
        return amount_text(messages, bytes_text(sum(one.bytes for one in self._connections)))

    def _anomalies(self) -> str:
        count = sum(one.anomaly_count for one in self._connections)
        return f"▲ {count:,}" if count else "none"
