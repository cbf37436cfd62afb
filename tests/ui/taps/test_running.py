"""What the window says of taps while they run: of a sniffed interface, and of a spy at a publisher that is drawn."""

from __future__ import annotations

import os
import shutil

import pytest

from tests.helpers.drawn import drawing, generate, link, sock
from tests.helpers.places import free_port
from tests.helpers.waiting import wait_until
from tests.ui.taps.conftest import Play
from zinspector.topology.document import ImportNode
from zinspector.ui.properties.mini_chart import MiniChart
from zinspector.ui.properties.pages import LIVE
from zinspector.ui.properties.tap_live import TapLive
from zinspector.ui.taps import kinds
from zinspector.ui.window import MainWindow


@pytest.mark.skipif(os.geteuid() != 0 or not (shutil.which("dumpcap") or shutil.which("tcpdump")), reason="may not")
def test_a_sniffed_interface_has_a_rate_and_is_a_tap(play: Play) -> None:
    async def scene(window: MainWindow) -> None:
        workspace = window.workspace
        feed = [sock("pub", "PUB", generate("weather.london", rate=200)), sock("sub", "SUB", subscriptions=("",))]
        sniffing = ImportNode(id="sniff", interface="lo", position=(0.0, 300.0))
        workspace.edit("Draw", drawing(*feed, link("pub", "sub"), sniffing))
        assert window.status.sockets.text() == "sockets 2 · taps 1"
        workspace.start()
        workspace.select(["sniff"])
        page = window.properties.page(LIVE)
        assert isinstance(page, TapLive)
        (chart,) = [one for one in page.findChildren(MiniChart) if one.accessibleName() == "Throughput"]
        assert "Press Run" not in chart.empty
        await wait_until(lambda: workspace.live.rates.rate("sniff").msg_s > 20)
        await wait_until(lambda: any(len(curve.ago) > 1 for curve in chart._read()))
        await wait_until(lambda: window.canvas.canvas.nodes["sniff"].rate not in ("", "0 /s"))

    play(scene)


def test_a_spy_is_linked_to_the_publisher_it_listens_to(play: Play) -> None:
    async def scene(window: MainWindow) -> None:
        workspace = window.workspace
        place = f"tcp://127.0.0.1:{free_port()}"
        publisher = sock("pub", "PUB", generate("weather.london", "{{n}}", rate=100), bind=(place,))
        workspace.edit("Draw", drawing(publisher))
        made = kinds.spy(workspace.document, (300.0, 0.0), place, ())
        workspace.edit("Tap", made.document)
        (wire,) = workspace.document.links
        assert (wire.source, wire.target) == ("pub", made.node_id)
        workspace.start()

        def seen() -> list[bytes]:
            rows = workspace.store.rows(1, workspace.store.next_n)
            return [row.frames[1] for row in rows if row.node == made.node_id and row.kind == "message"]

        await wait_until(lambda: len(seen()) > 10)
        workspace.stop()
        await workspace.live.closed()
        assert len(seen()) == len(set(seen()))  # each message once, though it is linked and connected

    play(scene)


def test_what_passes_a_proxy_that_programs_connect_to_is_delivered(play: Play) -> None:
    async def scene(window: MainWindow) -> None:
        workspace = window.workspace
        front, back = (f"tcp://127.0.0.1:{free_port()}" for _ in range(2))
        made = kinds.proxy(drawing(), (0.0, 0.0), "Publish-subscribe (XSUB ⇄ XPUB)", front, back)
        publisher = sock("pub", "PUB", generate("weather.london", rate=200), connect=(front,))
        subscriber = sock("sub", "SUB", connect=(back,), subscriptions=("",))
        workspace.edit("Draw", made.document.with_node(publisher).with_node(subscriber))
        workspace.start()
        await wait_until(lambda: not window.status.rate.text().startswith("delivered 0 msg/s"))
        workspace.stop()
        await workspace.live.closed()

    play(scene)
