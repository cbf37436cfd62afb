"""What the window holds beside its files with ten million messages, while somebody works with them.

Messages of 100 bytes, of 5,000 topics and with JSON, pour into the real window, which spills them to its session's
files. Then they are filtered, sorted, asked in SQL, searched; the tree of topics and the charts are looked at. Another
process looks at the anonymous memory of this one (pages of mapped files are not among it), so that no peak is missed.
One JSON line: megabytes above the window before the first message, as the most that was held at any time (`peak`), as
the most that was left after any step (`settled`), and for each step both.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from tests.helpers.captured import Feed
from zinspector.capture.files import load_store, save
from zinspector.capture.sessions import Session
from zinspector.capture.store import Store

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

ROWS = int(os.environ.get("BENCH_ROWS", "10000000"))
BATCH = 50_000
DIFFERENT = 8  # batches that are made; the others are these again
TOPICS = 5000
SETTLED_S = 0.7
PATIENCE_S = 120.0
BODY = b'{"n": %d, "price": %d.25, "city": "%b", "station": "at the river"}'
CITIES = (b"London", b"Paris", b"Rome")
WATCH = """
import select, sys
def held():
    with open(f"/proc/{sys.argv[1]}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("RssAnon"))
peak = 0
while True:
    peak = max(peak, held())
    if select.select([sys.stdin], [], [], 0.004)[0]:
        if not sys.stdin.readline(): break
        now = held(); print(max(peak, now), now, flush=True); peak = now
"""
GROUP_BY = "SELECT topic, count(*) FROM messages GROUP BY topic"


class Held:
    """Anonymous memory of this process, in MB."""

    def __init__(self) -> None:
        self._watch = subprocess.Popen(
            [sys.executable, "-c", WATCH, str(os.getpid())], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def look(self) -> tuple[float, float]:
        """The most since the last look, and now."""
        assert self._watch.stdin is not None, "it is piped"
        assert self._watch.stdout is not None, "it is piped"
        self._watch.stdin.write("\n")
        self._watch.stdin.flush()
        peak, now = self._watch.stdout.readline().split()
        return int(peak) * 1024 / 1e6, int(now) * 1024 / 1e6

    def end(self) -> None:
        """Look no more."""
        assert self._watch.stdin is not None, "it is piped"
        self._watch.stdin.close()
        self._watch.wait()


def make(path: Path) -> None:
    """Write some batches to a file; in another process, so that this one holds nothing of it."""
    store = Store(retention_bytes=1 << 62)
    feed = Feed(store)
    for first in range(0, DIFFERENT * BATCH, BATCH):
        some = range(first, first + BATCH)
        feed.messages([[b"weather.%d.%d" % (n % 50, n % TOPICS), BODY % (n, n % 997, CITIES[n % 3])] for n in some])
    save(store.batches(), path)


async def until(done: Callable[[], object]) -> None:
    """Let the window work until something is true."""
    end = time.monotonic() + PATIENCE_S
    while not done():
        await asyncio.sleep(0.01)
        assert time.monotonic() < end, "it takes too long"


async def session(app: QApplication, folder: Path) -> dict[str, Any]:
    """The figures of somebody's session."""
    from zinspector.runtime.memory import settle_garbage
    from zinspector.settings import Settings
    from zinspector.ui import theme
    from zinspector.ui.plots import export  # noqa: F401 the window loads it when it is there
    from zinspector.ui.query.examples import EXAMPLES
    from zinspector.ui.window import MainWindow
    from zinspector.ui.workspace import Workspace

    theme.apply(app, "dark")
    ours = Session(folder)
    store = Store(1 << 40, ours.spill)
    window = MainWindow(workspace := Workspace(store=store), Settings())
    window.show()
    window.navigation.show_tab(window.messages)
    app.processEvents()
    settle_garbage()
    subprocess.run([sys.executable, "-m", "tests.benchmarks.bench_memory", folder / "some.arrow"], check=True)  # noqa: ASYNC221 nothing else goes on
    poured = list(load_store(folder / "some.arrow").batches())
    held = Held()
    await asyncio.sleep(SETTLED_S)
    empty = held.look()[1]
    steps: dict[str, tuple[float, float]] = {}
    table, bar, find, query = window.messages.table, window.messages.filter_bar, window.messages.find_bar, window.query

    async def step(name: str, begin: Callable[[], Awaitable[None] | None], done: Callable[[], object]) -> None:
        held.look()
        if (going := begin()) is not None:
            await going
        await until(done)
        await asyncio.sleep(SETTLED_S)
        steps[name] = tuple(round(each - empty) for each in held.look())  # type: ignore[assignment]  # of two

    async def pour() -> None:
        while store.captured < ROWS:
            for batch in poured:
                store.append(batch)
                workspace.ticked.emit()
                await asyncio.sleep(0)
                await until(lambda: not ours.spill.full)
        await asyncio.to_thread(ours.spill.settle)

    def settled() -> bool:
        workspace.ticked.emit()
        still = not table.rows.behind and not workspace.preparing.busy
        return still and not bar.sieve.busy and not table.sorting.busy

    def search() -> None:
        find.text.setText("at the river")
        find.find_next()

    await step("fill", pour, settled)
    for name, text in (("topic", 'topic == "weather.7.7"'), ("text", 'text contains "Paris"')):
        await step(f"filter_{name}", lambda text=text: bar.apply(text), settled)  # type: ignore[misc]  # bound at once
    await step("filter_json", lambda: bar.apply("json.price > 500"), settled)
    await step("filter_none", bar.clear, settled)
    await step("sort_size", lambda: table.sort("size", descending=True), settled)
    await step("sort_topic", lambda: table.sort("topic"), settled)
    await step("sort_none", lambda: table.sort(""), settled)
    await step("find", search, lambda: not find.searching)
    await step("group_by", lambda: query.ask(GROUP_BY), lambda: not query.asking.going)
    await step("silences", lambda: query.ask(EXAMPLES[-1].sql), lambda: not query.asking.going)
    assert query.result is not None, query.bar.outcome.text()
    for name, panel in (("topics", window.topics), ("plots", window.plots)):
        await step(name, lambda panel=panel: window.navigation.show_tab(panel), settled)  # type: ignore[misc]  # bound at once
    held.end()
    window.close_without_asking()
    await workspace.live.closed()
    await window.keeping.closed()
    ours.close()
    most = {"peak": max(peak for peak, _ in steps.values()), "settled": max(now for _, now in steps.values())}
    return {"rows": store.captured, "empty_mb": round(empty), "anonymous_mb_above_empty": most, "steps": steps}


def main() -> None:
    """Print one JSON line."""
    if sys.argv[1:]:
        make(Path(sys.argv[1]))
        return
    import qasync
    from PySide6.QtWidgets import QApplication

    from zinspector.runtime.memory import share_heaps

    share_heaps()
    app = QApplication([])
    app.setQuitOnLastWindowClosed(False)
    with (
        tempfile.TemporaryDirectory() as name,
        asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(app)) as runner,
    ):
        print(json.dumps({"bench": "memory", **runner.run(session(app, Path(name)))}))


if __name__ == "__main__":
    main()
