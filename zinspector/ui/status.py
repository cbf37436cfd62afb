"""The status bar: whether it runs, how fast, and what became of every captured message.

captured = kept + dropped by retention, always; displayed is what the message table shows of the kept ones. The
frame rate is the truth about this window: how often its event loop really came round.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLabel, QPushButton, QStatusBar, QWidget

from zinspector.decode.api import visible
from zinspector.topology.document import Document, ImportNode, ProxyNode, RelayNode, SocketNode, SpyNode
from zinspector.ui.theme import switch, theme
from zinspector.ui.workspace import Workspace

FRAME_MS = 16
REFRESH_S = 0.2
FPS_S = 1.0


class StatusBar(QStatusBar):
    """Pulls its figures from the workspace a few times a second."""

    def __init__(self, workspace: Workspace, displayed: Callable[[], int], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._displayed = displayed
        self.setSizeGripEnabled(False)
        self.state = self._label("Whether the topology runs (Ctrl+E)")
        self.sockets = self._label("Sockets and taps in the drawing")
        self.rate = self._label("Messages delivered over all links in the last second")
        self.captured = self._label("Messages captured since the window opened or was cleared")
        self.displayed = self._label("")
        self.dropped = self._label(
            "Oldest messages given up to stay within the limit (Ctrl+,), and messages not captured"
        )
        self.recording = self._label("What is captured is also written to this file (Ctrl+R stops it)")
        self.disk = self._label("")
        self.paused = QPushButton()
        self.paused.setProperty("role", "quiet")
        self.paused.clicked.connect(workspace.taps.resume_all)
        self.addWidget(self.paused)
        self.notice = QLabel()
        self.notice.setTextFormat(Qt.TextFormat.PlainText)
        self.notice.setAccessibleName("Last message")
        self.addWidget(self.notice, 1)
        self.fps = QLabel()
        self.fps.setToolTip("How often this window's event loop comes round; 60 is smooth")
        self.addPermanentWidget(self.fps)
        self._frames = 0
        self._since = time.monotonic()
        self._due = 0.0
        self._clock = QTimer(self)
        self._clock.setInterval(FRAME_MS)
        self._clock.timeout.connect(self._frame)
        workspace.runningChanged.connect(self._running_changed)
        workspace.documentChanged.connect(self.refresh)
        workspace.taps.pausedChanged.connect(self.refresh)
        workspace.ticked.connect(self.refresh_when_still)
        switch().changed.connect(self.refresh)
        self.refresh()

    def _label(self, tip: str) -> QLabel:
        label = QLabel()
        label.setToolTip(tip)
        self.addWidget(label)
        return label

    def refresh(self) -> None:
        """Show the figures of now."""
        workspace, store = self._workspace, self._workspace.store
        colours = theme()
        colour = colours.ok if workspace.running else colours.muted
        self.state.setText("● running" if workspace.running else "○ stopped")
        self.state.setStyleSheet(f"color: {colour}")
        sockets = sum(isinstance(node, SocketNode) for node in workspace.document.nodes)
        taps = sum(isinstance(node, RelayNode | SpyNode | ImportNode) for node in workspace.document.nodes)
        self.sockets.setText(f"sockets {sockets}{f' · taps {taps}' if taps else ''}")
        rates = [workspace.live.rates.rate(item) for item in _carriers(workspace.document)] if workspace.running else []
        messages, volume = sum(rate.msg_s for rate in rates), sum(rate.bytes_s for rate in rates)
        self.rate.setText(f"delivered {messages:,.0f} msg/s · {bytes_text(volume)}/s")
        self.captured.setText(f"captured {store.captured:,}")
        shown = self._displayed()
        self.displayed.setText(f"displayed {shown:,}")
        self.displayed.setToolTip(
            f"{shown:,} displayed + {store.retained - shown:,} that filter, chips or following hide"
            f" + {store.evicted:,} oldest given up = {store.captured:,} captured"
        )
        lost = store.evicted + store.skipped
        self.dropped.setText(f"dropped {lost:,}")
        self.dropped.setStyleSheet(f"color: {colours.warn}" if lost else "")
        self._show_paused()
        self._show_disk()

    def show_recording(self, text: str, trouble: str, lost: int = 0) -> None:
        """Show what is recorded, or why it ended before its time and what it lacks; empty texts for nothing."""
        self.recording.setVisible(bool(text or trouble))
        self.recording.setText(f"● {text}" if text else f"✖ recording ended, {lost:,} messages are not in it")
        self.recording.setStyleSheet(f"color: {theme().error}")
        self.recording.setToolTip(trouble or "What is captured is also written to this file (Ctrl+R stops it)")

    def _show_disk(self) -> None:
        """Why what is captured is not on the disk."""
        trouble = self._workspace.store.trouble
        self.disk.setVisible(bool(trouble))
        if trouble:
            self.disk.setText("✖ disk full, little is kept")
            self.disk.setToolTip(f"{trouble}. Capture goes on; only the newest messages are kept, in memory")
            self.disk.setStyleSheet(f"color: {theme().error}")

    def _show_paused(self) -> None:
        """Which taps capture nothing at present: traffic goes on all the same."""
        document, paused = self._workspace.document, sorted(self._workspace.taps.paused)
        titles = [node.title for one in paused if (node := document.node(one)) is not None]
        self.paused.setVisible(bool(paused))
        if paused:
            what = visible(titles[0], 24) if len(titles) == 1 else f"{len(paused)} taps"
            self.paused.setText(f"‖ capture of {what} paused")
            self.paused.setToolTip("Messages are not captured; traffic goes on. Click to capture again")
            self.paused.setStyleSheet(f"color: {theme().warn}")

    def tell(self, text: str, severity: str) -> None:
        """Show one sentence: info, warning or error."""
        mark, colour = {"error": ("✖ ", theme().error), "warning": ("▲ ", theme().warn)}.get(severity, ("", ""))
        self.notice.setText(self.notice.fontMetrics().elidedText(f"{mark}{text}", Qt.TextElideMode.ElideRight, 900))
        self.notice.setToolTip(text)
        self.notice.setStyleSheet(f"color: {colour}" if colour else "")

    def take_back(self, text: str) -> None:
        """Show this sentence no longer, if it is the last one."""
        if self.notice.toolTip() == text:
            self.notice.clear()

    def refresh_when_still(self) -> None:
        """Show the figures of now unless something runs: then the clock does."""
        if not self._workspace.running:
            self.refresh()

    def _running_changed(self, running: bool) -> None:
        if running:
            self._frames, self._since = 0, time.monotonic()
            self._clock.start()
        else:
            self._clock.stop()
            self.fps.clear()
        self.refresh()

    def _frame(self) -> None:
        self._frames += 1
        now = time.monotonic()
        if now >= self._due:
            self._due = now + REFRESH_S
            self.refresh()
        if now - self._since >= FPS_S:
            self.fps.setText(f"UI {min(60, self._frames / (now - self._since)):.0f} fps")
            self._frames, self._since = 0, now


def _carriers(document: Document) -> list[str]:
    """What carries messages: links, and taps and proxies that none of the links ends at."""
    taps = [node for node in document.nodes if isinstance(node, RelayNode | SpyNode | ImportNode | ProxyNode)]
    return [*(link.id for link in document.links), *(node.id for node in taps if not document.links_of(node.id))]


def bytes_text(count: float) -> str:
    """`22.7 MB`: a number of bytes in the unit that fits."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            break
        count /= 1000
    return f"{count:,.0f} {unit}" if unit == "B" else f"{count:,.1f} {unit}"
