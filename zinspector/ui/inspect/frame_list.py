"""The frames of a message that is being composed, one editor under the other."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from zinspector.ui.inspect.frame_editor import FrameEditor
from zinspector.ui.inspect.frame_text import FrameError

Written = list[tuple[str, str]]  # kind and text of each frame


class FrameList(QScrollArea):
    """At least one frame editor.

    Signals:
        changed(): a frame was edited, added, moved or removed.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.editors: list[FrameEditor] = []
        inner = QWidget()
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(0, 0, 8, 0)
        self._column.addStretch(1)
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setWidget(inner)
        self.set_frames([])

    def frames(self) -> list[bytes]:
        """The frames as composed. Raises FrameError that names the frame."""
        made = []
        for number, editor in enumerate(self.editors):
            try:
                made.append(editor.data())
            except FrameError as error:
                raise FrameError(f"frame {number}: {error}", error.position) from None
        return made

    def written(self) -> Written:
        """What is written for each frame."""
        return [editor.written() for editor in self.editors]

    def set_frames(self, frames: Sequence[tuple[str, str]]) -> None:
        """Compose these; none means one empty frame."""
        for editor in self.editors:
            self._drop(editor)
        self.editors = []
        for kind, text in frames or [("text", "")]:
            self.add(kind, text)

    def add(self, kind: str = "text", text: str = "") -> FrameEditor:
        """Add a frame at the end."""
        editor = FrameEditor(kind, text)
        editor.changed.connect(self.changed)
        editor.removeRequested.connect(lambda: self._remove(editor))
        editor.moveRequested.connect(lambda step: self._move(editor, step))
        self._column.insertWidget(len(self.editors), editor)
        self.editors.append(editor)
        editor.text.installEventFilter(self)
        self._renumber()
        return editor

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the frame that is typed into in view."""
        if event.type() == QEvent.Type.FocusIn and isinstance(watched, QWidget):
            QTimer.singleShot(0, self, lambda: self.ensureWidgetVisible(watched))  # after it has its place
        return super().eventFilter(watched, event)

    def _remove(self, editor: FrameEditor) -> None:
        if len(self.editors) > 1:
            self.editors.remove(editor)
            self._drop(editor)
            self._renumber()

    def _move(self, editor: FrameEditor, step: int) -> None:
        target = self.editors.index(editor) + step
        if 0 <= target < len(self.editors):
            self.editors.remove(editor)
            self.editors.insert(target, editor)
            self._column.insertWidget(target, editor)
            self._renumber()

    def _drop(self, editor: FrameEditor) -> None:
        self._column.removeWidget(editor)
        editor.hide()
        editor.deleteLater()

    def _renumber(self) -> None:
        for number, editor in enumerate(self.editors):
            editor.title.setText(f"Frame {number}")
            editor.set_place(first=number == 0, last=number == len(self.editors) - 1)
        self.changed.emit()
