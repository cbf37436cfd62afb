"""The live page of nodes and links, while a real session runs."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.helpers.drawn import ECHO, drawing, generate, link, sock
from tests.helpers.hosted import hosted
from tests.helpers.qtloop import run_on_qt
from tests.helpers.waiting import wait_until
from zinspector.topology import edits
from zinspector.topology.document import SocketNode
from zinspector.ui import theme
from zinspector.ui.properties.events import RecentEvents
from zinspector.ui.properties.live import LinkLive, NodeLive
from zinspector.ui.properties.pages import LIVE, SETUP
from zinspector.ui.properties.panel import PropertiesPanel
from zinspector.ui.properties.socket_form import SocketForm
from zinspector.ui.workspace import Workspace

DRAWING = drawing(
    sock("push", "PUSH", generate("n {{n}}", rate=500, stamp=True)),
    sock("pull", "PULL"),
    link("push", "pull"),
    sock("req", "REQ", generate("ask", rate=100)),
    sock("rep", "REP", ECHO),
    link("req", "rep"),
)


def test_figures_of_a_run(qapp: QApplication, qtbot: QtBot) -> None:
    async def main() -> None:
        workspace = Workspace()
        workspace.edit("Draw", DRAWING)
        panel = hosted(qtbot, PropertiesPanel(workspace), 320, 900)
        workspace.start()
        workspace.select(["push"])
        assert panel.tabs.tabText(panel.tabs.currentIndex()) == LIVE, "what runs is shown live"
        page = panel.page(LIVE)
        assert isinstance(page, NodeLive)
        await wait_until(lambda: page.sent.label.text() not in ("–", "0 · 0 B"))
        await wait_until(lambda: page.state.label.text() == "runs")
        # whether the peer is there before the first message is up to the machine
        assert page.trouble.label.text() in ("none", "1 time queue full")
        await wait_until(lambda: panel.health.text() == "●")
        for name in ("light", "dark"):
            theme.apply(qapp, name)
            assert panel.health.palette().windowText().color() == theme.theme().colour("ok"), name
        events = page.findChild(RecentEvents)
        assert events is not None
        await wait_until(lambda: any("handshake succeeded" in text for _, text, _ in events.lines))
        workspace.select(["push-pull"])
        line = panel.page(LIVE)
        assert isinstance(line, LinkLive)
        await wait_until(lambda: "/s" in line.rate.label.text() and not line.rate.label.text().startswith("0 /s"))
        await wait_until(lambda: line.latency.label.text().startswith("p50 "))
        workspace.select(["req"])
        asking = panel.page(LIVE)
        assert isinstance(asking, NodeLive)
        await wait_until(lambda: asking.turn.label.text() in ("may send a request", "waits for the reply"))
        assert not panel.grab().isNull()
        workspace.stop()
        await workspace.live.closed()
        await wait_until(lambda: asking.state.label.text() == "not running")
        assert asking.sent.label.text() not in ("–", "0 · 0 B"), "the figures stay readable"

    run_on_qt(qapp, main())


def test_typing_an_address_while_it_runs_waits_for_a_pause(qapp: QApplication, qtbot: QtBot) -> None:
    async def main() -> None:
        workspace = Workspace()
        workspace.edit("Draw", DRAWING)
        panel = hosted(qtbot, PropertiesPanel(workspace), 320, 900)
        workspace.select(["pull"])
        page = panel.page(SETUP)
        assert isinstance(page, SocketForm)
        workspace.start()
        seen: list[tuple[str, ...]] = []
        workspace.documentChanged.connect(lambda _, after: seen.append(after.node("pull").bind))
        page.bind.add_button.click()
        qtbot.keyClicks(page.bind.rows[0].edit, "inproc://elsewhere")
        assert seen == []
        other = edits.rename(workspace.document, "push", "renamed")
        workspace.edit("Rename", other)
        assert page.bind.texts() == ("inproc://elsewhere",), "an edit elsewhere takes nothing away"
        await wait_until(lambda: seen and seen[-1] == ("inproc://elsewhere",))
        node = workspace.document.node("pull")
        assert isinstance(node, SocketNode)
        assert node.bind == ("inproc://elsewhere",)
        workspace.stop()
        await workspace.live.closed()

    run_on_qt(qapp, main())
