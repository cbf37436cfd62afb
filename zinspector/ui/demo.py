"""What `zinspector demo` leaves behind without a display: a screenshot, the capture, the charts."""

from __future__ import annotations

import asyncio
from pathlib import Path

from zinspector.capture import files
from zinspector.tasks import in_thread
from zinspector.ui.window import MainWindow

SHOWN_TOPICS = ("quotes", "weather")


async def leave_evidence(window: MainWindow, folder: Path) -> list[str]:
    """Write the evidence into `folder`; returns the lines to print. Raises FileError."""
    folder.mkdir(parents=True, exist_ok=True)
    workspace = window.workspace
    window.messages.select(_telling_message(window))
    written = [folder / "screenshot.png"]
    await asyncio.sleep(0.1)
    window.grab().save(str(written[0]))
    window.navigation.show_tab(window.plots)
    await asyncio.sleep(0.3)
    window.grab().save(str(folder / "screenshot-plots.png"))
    written.append(folder / "screenshot-plots.png")
    for suffix in ("png", "svg", "csv"):
        path = folder / f"charts.{suffix}"
        await window.plots.export(path, suffix)
        written.append(path)
    capture = folder / "capture.arrow"
    await in_thread(files.save, workspace.store.batches(), capture, workspace.notes())
    written.append(capture)
    head = f"{workspace.store.captured:,} messages of {len(workspace.document.links)} links; left behind:"
    return [head, *(f"  {path}" for path in written)]


def _telling_message(window: MainWindow) -> int:
    """The number of a recent message that shows decoding well."""
    store = window.workspace.store
    newest = store.next_n - 1
    recent = store.rows(max(store.first_n, newest - 2000), 2000)
    for topic in SHOWN_TOPICS:
        for message in reversed(recent):
            if message.topic is not None and message.topic.startswith(topic):
                return message.n
    return newest
