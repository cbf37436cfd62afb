"""The canvas's keys, in one table.

Some are also commands of the window (Ctrl+D, Ctrl+L ...); there the window's shortcut comes first and means the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QKeyEvent

from zinspector.ui.canvas.metrics import GRID

if TYPE_CHECKING:
    from zinspector.ui.canvas.view import CanvasView

SCROLL = 60
ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_CTRL, _SHIFT = Qt.Modifier.CTRL, Qt.Modifier.SHIFT


def key_table(view: CanvasView) -> dict[QKeyCombination, Callable[[], object]]:
    """What each key does."""
    verbs, key = view.verbs, Qt.Key
    return {
        QKeyCombination(key.Key_Tab): view.adder.ask_kind,
        QKeyCombination(key.Key_F): view.fit,
        QKeyCombination(key.Key_W): view.adder.wire,
        QKeyCombination(key.Key_F2): view.rename,
        QKeyCombination(key.Key_Return): view.edit_selected,
        QKeyCombination(key.Key_Enter): view.edit_selected,
        QKeyCombination(key.Key_Delete): verbs.delete,
        QKeyCombination(key.Key_Backspace): verbs.delete,
        QKeyCombination(key.Key_Escape): view.cancel,
        QKeyCombination(_CTRL, key.Key_A): verbs.select_all,
        QKeyCombination(_CTRL, key.Key_C): verbs.copy,
        QKeyCombination(_CTRL, key.Key_X): verbs.cut,
        QKeyCombination(_CTRL, key.Key_V): view.paste,
        QKeyCombination(_CTRL, key.Key_D): verbs.duplicate,
        QKeyCombination(_CTRL, key.Key_L): verbs.auto_layout,
        QKeyCombination(_CTRL, key.Key_0): view.zoom_reset,
        QKeyCombination(_CTRL, key.Key_Plus): view.zoom_in,
        QKeyCombination(_CTRL, key.Key_Equal): view.zoom_in,
        QKeyCombination(_CTRL, key.Key_Minus): view.zoom_out,
        QKeyCombination(_CTRL, key.Key_Z): view.workspace.undo,
        QKeyCombination(_CTRL, key.Key_Y): view.workspace.redo,
        QKeyCombination(_CTRL | _SHIFT, key.Key_Z): view.workspace.redo,
        QKeyCombination(_CTRL, key.Key_Tab): lambda: view.step(1),
        QKeyCombination(_CTRL | _SHIFT, key.Key_Backtab): lambda: view.step(-1),
    }


def arrow(view: CanvasView, event: QKeyEvent) -> bool:
    """Arrows move the selected nodes by a step of the grid (with Shift by a pixel), or else the paper."""
    way = ARROWS.get(Qt.Key(event.key()))
    if way is None or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
        return False
    if view.workspace.selection & view.canvas.nodes.keys():
        step = 1.0 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else GRID
        view.verbs.nudge(way[0] * step, way[1] * step)
    else:
        view.scroll_by(way[0] * SCROLL, way[1] * SCROLL)
    return True
