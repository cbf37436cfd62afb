"""Long work beside the window: in a thread, with a dialog that shows progress after half a second and can cancel."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QProgressDialog, QWidget

from zinspector.tasks import in_thread

T = TypeVar("T")
Progress = Callable[[float], bool]

SHOWN_AFTER_MS = 500
REFRESH_MS = 50
STEPS = 1000


async def with_progress(parent: QWidget, title: str, work: Callable[[Progress], T]) -> T:
    """Run `work` in a thread and return what it returns, or raise what it raises.

    It is handed a function to call with the share that is done, 0 to 1, which answers False once the user cancelled.
    """
    share, cancelled = 0.0, False

    def progress(done: float) -> bool:
        nonlocal share
        share = done
        return not cancelled

    def cancel() -> None:
        nonlocal cancelled
        cancelled = True

    dialog = QProgressDialog(title, "Cancel", 0, STEPS, parent)
    dialog.setWindowModality(Qt.WindowModality.WindowModal)
    dialog.setMinimumDuration(SHOWN_AFTER_MS)
    dialog.setAutoClose(False)
    dialog.canceled.connect(cancel)
    timer = QTimer(dialog, interval=REFRESH_MS)
    timer.timeout.connect(lambda: dialog.setValue(int(share * STEPS)))
    timer.start()
    try:
        return await in_thread(work, progress)
    finally:
        timer.stop()
        dialog.canceled.disconnect(cancel)
        dialog.close()
        dialog.deleteLater()
