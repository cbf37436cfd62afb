"""How a running node or link does: counters, addresses, a sparkline of the last minute, and its problems."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from zinspector.ui.properties.form import Form
from zinspector.ui.status import bytes_text
from zinspector.ui.theme import theme, ui_font
from zinspector.ui.workspace import Workspace

SECONDS = 60.0
SIGNS = {"error": "✖", "warning": "▲", "info": "●"}


class Sparkline(QWidget):
    """Messages per second of a node or link over the last minute."""

    def __init__(self, workspace: Workspace, item_id: str) -> None:
        super().__init__()
        self._workspace = workspace
        self._id = item_id
        self.setMinimumHeight(56)
        self.setToolTip("Messages per second, last 60 s")
        workspace.ticked.connect(self.update)

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(240, 56)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the curve over a quiet ground."""
        colours = theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colours.colour("field"))
        painter.drawRoundedRect(QRectF(self.rect()), 4, 4)
        ago, rates, _ = self._workspace.rates.history(self._id, SECONDS)
        if len(ago) < 2:
            painter.setPen(colours.colour("muted"))
            painter.setFont(ui_font(8))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "appears when it runs")
            return
        top = max(float(rates.max()), 1.0)
        width, height = self.width() - 8, self.height() - 10
        path = QPainterPath()
        for index, (x, y) in enumerate(
            zip(4 + (1 + ago / SECONDS) * width, 5 + (1 - rates / top) * height, strict=True)
        ):
            point = QPointF(float(x), float(y))
            path.lineTo(point) if index else path.moveTo(point)
        fill = QPainterPath(path)
        fill.lineTo(4 + width, self.height() - 3)
        fill.lineTo(float(4 + (1 + ago[0] / SECONDS) * width), self.height() - 3)
        shade = colours.colour("accent")
        shade.setAlpha(40)
        painter.fillPath(fill, shade)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colours.colour("accent"), 1.5))
        painter.drawPath(path)


class StateBox(Form):
    """Live facts of a node; shows itself while there is something to say."""

    def __init__(self, workspace: Workspace, node_id: str) -> None:
        super().__init__()
        self._workspace = workspace
        self._id = node_id
        self.heading("Throughput · last 60 s")
        self.add(Sparkline(workspace, node_id))
        self.fact("State", self._state)
        self.fact("Listens on", self._addresses)
        self.fact("Peers", self._peers)
        self.fact("Sent", lambda: self._count("sent"))
        self.fact("Received", lambda: self._count("received"))
        self.fact("Trouble", self._trouble)
        self.problems = self.note("", "error")
        workspace.ticked.connect(self.refresh)
        workspace.findingsChanged.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the figures of now."""
        super().refresh()
        lines = [
            f"{SIGNS[finding.severity]} {finding.text}{f' — {finding.remedy}' if finding.remedy else ''}"
            for finding in self._workspace.findings
            if finding.node == self._id
        ]
        if self.problems.text() != "\n".join(lines):
            self.problems.setText("\n".join(lines))
        self.problems.setVisible(bool(lines))

    def _state(self) -> str:
        state = self._workspace.node_state(self._id)
        return "not running" if state is None else (state.text or state.health)

    def _addresses(self) -> str:
        state = self._workspace.node_state(self._id)
        return "\n".join(state.addresses) if state is not None and state.addresses else "–"

    def _peers(self) -> str:
        state = self._workspace.node_state(self._id)
        return "–" if state is None else str(state.peers)

    def _count(self, what: str) -> str:
        counters = self._workspace.live.counters()
        count = counters.nodes.get(self._id) if counters is not None else None
        if count is None:
            return "–"
        return f"{getattr(count, what):,} · {bytes_text(getattr(count, f'bytes_{what}'))}"

    def _trouble(self) -> str:
        counters = self._workspace.live.counters()
        count = counters.nodes.get(self._id) if counters is not None else None
        if count is None:
            return "–"
        parts = {
            "errors": count.errors,
            "full queue": count.full,
            "unroutable": count.unroutable,
            "lost replies": count.lost_replies,
        }
        return ", ".join(f"{number:,} {name}" for name, number in parts.items() if number) or "none"


def latency_text(workspace: Workspace, link_id: str) -> str:
    """`p50 38 µs · p99 112 µs`, or why there is none."""
    histogram = workspace.latency.links().get(link_id)
    if histogram is None or not histogram.count:
        return "not measured"
    p50, p99 = (np.format_float_positional(histogram.percentile(p) / 1000, 4, trim="-") for p in (50, 99))
    return f"p50 {p50} µs · p99 {p99} µs"
