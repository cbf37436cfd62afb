"""One message: its frames with their roles and decoded values, and beside them the bytes.

Selecting a value highlights its bytes; clicking a byte selects the deepest value that was read from it. Only the first
frames and values are made into items at once, so a message of a million frames opens like any other.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSplitter, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from zinspector.capture.envelope import envelope
from zinspector.capture.message import Message
from zinspector.decode.api import Decoded, Value, visible
from zinspector.ui.inspect.hex_view import HexView
from zinspector.ui.theme import mono_font, switch, theme
from zinspector.ui.workspace import Workspace

MOST_FRAMES = 1000
MOST_CHILDREN = 2000
OPEN_FRAMES = 8
FRAME = Qt.ItemDataRole.UserRole
RANGE = Qt.ItemDataRole.UserRole + 1


class MessageDetail(QWidget):
    """Header line, tree of frames and values, hex view."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.message: Message | None = None
        self.header = QLabel()
        self.header.setTextFormat(Qt.TextFormat.PlainText)
        self.header.setProperty("role", "muted")
        self.header.setWordWrap(True)
        self.header.setContentsMargins(8, 6, 8, 4)
        self.tree = QTreeWidget()
        self.tree.setColumnCount(2)
        self.tree.setHeaderHidden(True)
        self.tree.setIndentation(14)
        self.tree.setUniformRowHeights(True)
        self.tree.setAccessibleName("Frames and decoded values")
        self.hex = HexView()
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.addWidget(self.tree)
        splitter.addWidget(self.hex)
        splitter.setStretchFactor(0, 3)
        splitter.setStretchFactor(1, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addWidget(splitter, 1)
        self.tree.currentItemChanged.connect(self._show_item)
        self.hex.byteClicked.connect(self._select_byte)
        switch().changed.connect(self.again)
        workspace.documentChanged.connect(self.again)
        self.show_message(None)

    def again(self) -> None:
        """Show the same message anew: decoders, names or colours may have changed."""
        self.show_message(self.message)

    def show_message(self, message: Message | None) -> None:
        """Show a message, or the hint that none is selected."""
        self.message = message
        self.tree.clear()
        self.hex.show_bytes(b"")
        if message is None:
            self.header.setText("Select a message to see its frames")
            return
        roles = envelope(message).roles
        decoders: list[str] = []
        for index in range(min(len(message.frames), MOST_FRAMES)):
            decoded = self._workspace.decode(message, index) if index < OPEN_FRAMES else None
            if decoded is not None and roles[index] == "payload":
                decoders.append(decoded.decoder)
            self._add_frame(message, index, roles[index], decoded)
        if len(message.frames) > MOST_FRAMES:
            QTreeWidgetItem(self.tree, [f"… {len(message.frames) - MOST_FRAMES:,} more frames"])
        what = f" · decoded as {', '.join(dict.fromkeys(decoders))}" if decoders else ""
        name = f" · {message.name}" if message.name else ""
        self.header.setText(
            f"Message {message.n:,}{name} · {len(message.frames):,} frame{'s' * (len(message.frames) != 1)}"
            f" · {message.size:,} bytes{visible(what)}"
        )
        self.tree.resizeColumnToContents(0)
        first = next((i for i, role in enumerate(roles[:MOST_FRAMES]) if role == "payload"), 0)
        if (item := self.tree.topLevelItem(first)) is not None:
            self.tree.setCurrentItem(item)

    def _add_frame(self, message: Message, index: int, role: str, decoded: Decoded | None) -> None:
        size, kept = message.true_sizes[index], len(message.frames[index])
        title = QTreeWidgetItem(self.tree, [f"frame {index}  {role}", f"{size:,} B"])
        title.setData(0, FRAME, index)
        title.setData(0, RANGE, (0, kept))
        title.setForeground(0, theme().colour("text"))
        title.setForeground(1, theme().colour("muted"))
        if kept < size:
            self._note(title, f"only the first {kept:,} of {size:,} bytes were kept")
        if decoded is None:
            return
        plain = decoded.summary if role != "delimiter" else ""
        title.setText(
            1, f"{size:,} B   {visible(plain, 200)}" if not decoded.tree or role != "payload" else f"{size:,} B"
        )
        if role in ("payload", "stamp") or len(decoded.tree) > 1:
            title.setText(0, f"frame {index}  {role} · {visible(decoded.decoder)}")
            for value in decoded.tree[:MOST_CHILDREN]:
                self._add_value(title, index, value)
        for note in decoded.notes:
            self._note(title, note)
        title.setExpanded(True)

    def _add_value(self, parent: QTreeWidgetItem, frame: int, value: Value) -> None:
        item = QTreeWidgetItem(parent, [visible(value.name, 200), value.text])
        item.setData(0, FRAME, frame)
        item.setData(0, RANGE, (value.start, value.end))
        item.setForeground(0, theme().colour("accent"))
        item.setForeground(1, theme().value(value.kind))
        item.setFont(0, mono_font())
        item.setFont(1, mono_font())
        for child in value.children[:MOST_CHILDREN]:
            self._add_value(item, frame, child)
        if len(value.children) > MOST_CHILDREN:
            self._note(item, f"… {len(value.children) - MOST_CHILDREN:,} more")
        item.setExpanded(len(value.children) <= 20)

    def _note(self, parent: QTreeWidgetItem, text: str) -> None:
        item = QTreeWidgetItem(parent, ["note", visible(text, 300)])
        item.setForeground(0, theme().colour("warn"))
        item.setForeground(1, theme().colour("warn"))
        item.setData(0, FRAME, parent.data(0, FRAME))
        item.setToolTip(1, visible(text, 1000))

    def _show_item(self, item: QTreeWidgetItem | None) -> None:
        frame = item.data(0, FRAME) if item is not None else None
        if item is None or frame is None or self.message is None:
            return
        data = self.message.frames[frame]
        if self.hex.data is not data:
            self.hex.show_bytes(data)
        start, end = item.data(0, RANGE) or (0, 0)
        self.hex.show_range(start, end if (start, end) != (0, len(data)) else start)

    def _select_byte(self, offset: int) -> None:
        item = self.tree.currentItem()
        while item is not None and item.parent() is not None:
            item = item.parent()
        if item is None:
            return
        deepest = item
        while (inner := self._child_with(deepest, offset)) is not None:
            deepest = inner
        self.tree.setCurrentItem(deepest)

    def _child_with(self, item: QTreeWidgetItem, offset: int) -> QTreeWidgetItem | None:
        for index in range(item.childCount()):
            child = item.child(index)
            start, end = child.data(0, RANGE) or (0, 0)
            if start <= offset < end:
                return child
        return None
