"""One message: its frames with their roles and decoded values, and below them the bytes.

Handshakes and commands are shown field by field. What was wrong with a row stands above its frames.

Selecting a value highlights its bytes; clicking a byte selects the deepest value that was read from it. Only the first
frames are decoded at once, the others when they are opened.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QMenu, QSplitter, QVBoxLayout, QWidget

from zinspector.capture.envelope import Role, envelope
from zinspector.capture.message import Message
from zinspector.decode.api import Context, Decoded, visible
from zinspector.decode.rules import FILE_SUFFIXES
from zinspector.ui.inspect import protocol
from zinspector.ui.inspect.as_filter import add_filters, of_frame, of_value
from zinspector.ui.inspect.frame_tree import FrameTree, Item, Parts, frame_item
from zinspector.ui.inspect.hex_view import HexView
from zinspector.ui.theme import switch
from zinspector.ui.workspace import Workspace

OPEN_FRAMES = 8
INLINE_CHARS = 80
INLINE_BYTES = 32
ANOMALY_CHARS = 400
GONE = "▲ Message {:,} has fallen off: the oldest make room for new ones. It stays here until you select another."
PROPER = {"json": "JSON", "protobuf": "Protobuf", "msgpack": "MessagePack", "cbor": "CBOR", "jupyter": "Jupyter"}


class MessageDetail(QWidget):
    """Header line, tree of frames and values, hex view.

    Signals:
        decodeRequested(object, int): choose a decoder for a frame of this Message.
        filterRequested(str, str): filter by this, and how (`replace`, `and`, `and not`).
    """

    decodeRequested = Signal(object, int)
    filterRequested = Signal(str, str)

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._roles: tuple[Role, ...] = ()
        self._frame = 0
        self._pointed = False
        self.message: Message | None = None
        self.header = QLabel()
        self.header.setTextFormat(Qt.TextFormat.PlainText)
        self.header.setProperty("role", "muted")
        self.header.setWordWrap(True)
        self.header.setContentsMargins(8, 6, 8, 4)
        self.anomalies = QLabel()
        self.anomalies.setTextFormat(Qt.TextFormat.PlainText)
        self.anomalies.setProperty("role", "warn")
        self.anomalies.setWordWrap(True)
        self.anomalies.setContentsMargins(8, 0, 8, 5)
        self.anomalies.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.gone = QLabel()
        self.gone.setProperty("role", "warn")
        self.gone.setWordWrap(True)
        self.gone.setContentsMargins(8, 0, 8, 5)
        self.tree = FrameTree()
        self.tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
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
        layout.addWidget(self.gone)
        layout.addWidget(self.anomalies)
        layout.addWidget(splitter, 1)
        self.tree.rangeSelected.connect(self._show_range)
        self.tree.customContextMenuRequested.connect(self._open_menu)
        self.hex.byteClicked.connect(self._select_byte)
        switch().changed.connect(self.again)
        workspace.documentChanged.connect(self._document_changed)
        self.show_message(None)

    def again(self) -> None:
        """Show the same message anew: decoders or colours may have changed."""
        self.show_message(self.message)

    def say_gone(self) -> None:
        """Tell that the message has fallen off: here it stays until another is selected."""
        if self.message is not None and not self.gone.isVisibleTo(self):
            self.gone.setText(GONE.format(self.message.n))
            self.gone.show()

    def show_message(self, message: Message | None) -> None:
        """Show a message, or the hint that none is selected."""
        self.message = message
        self.gone.hide()
        self.hex.show_bytes(b"")
        wrong = message.anomalies if message is not None else ()
        self.anomalies.setText("\n".join(f"▲ {visible(text, ANOMALY_CHARS)}" for text in wrong))
        self.anomalies.setVisible(bool(wrong))
        if message is None:
            self.tree.clear()
            self.header.setText("Select a message to see its frames")
            return
        self._roles = envelope(message).roles
        decoded = {frame: self._decode(message, frame) for frame in range(min(OPEN_FRAMES, len(self._roles)))}
        self.header.setText(self._headline(message, decoded))
        self.tree.fill(len(message.frames), lambda frame: self._item(message, frame, decoded.get(frame)))
        for frame, reading in decoded.items():
            if (item := self.tree.frame_item(frame)) is not None and item.make is not None and _worth(reading):
                self.tree.expandItem(item)
        self.tree.fit_names()
        first = next((frame for frame, role in enumerate(self._roles[:OPEN_FRAMES]) if role == "payload"), 0)
        if (item := self.tree.frame_item(first)) is not None:
            self.tree.setCurrentItem(item)

    def _headline(self, message: Message, decoded: dict[int, Decoded]) -> str:
        frames = len(message.frames)
        payloads = [self._reader(message, n, one) for n, one in decoded.items() if self._roles[n] == "payload"]
        return visible(
            " · ".join(
                [
                    f"Message {message.n:,}",
                    *([message.name] if message.name else []),
                    f"{frames:,} frame{'s' * (frames != 1)}",
                    f"{message.size:,} byte{'s' * (message.size != 1)}",
                    *([f"decoded as {', '.join(dict.fromkeys(payloads))}"] if payloads else []),
                ]
            )
        )

    def _item(self, message: Message, frame: int, decoded: Decoded | None) -> Item:
        size, kept = message.true_sizes[frame], len(message.frames[frame])
        role = self._roles[frame]
        parts: Parts = [(f"frame {frame:,}", "text"), (role, "muted"), (f"· {size:,} B", "muted")]
        if kept < size:
            parts.append((f"· first {kept:,} B kept", "warn"))
        if decoded is not None and _worth(decoded):
            reader = visible(self._reader(message, frame, decoded))
            parts.append((f"· {reader}", "accent" if role == "payload" else "muted"))
        elif decoded is not None and size:
            plain = message.frames[frame][:INLINE_BYTES].hex(" ") if decoded.decoder == "hex" else decoded.summary
            parts.append((visible(plain, INLINE_CHARS), "data"))
        item = frame_item(frame, kept, parts)
        if kept and (decoded is None or _worth(decoded)):
            item.make_later(lambda: self._open_frame(message, item, decoded))
        if kept < size:
            self.tree.add_note(item, f"only the first {kept:,} of {size:,} bytes were kept")
        return item

    def _reader(self, message: Message, frame: int, decoded: Decoded) -> str:
        """`Protobuf market.Quote`: who read a frame, and as what the rule that chose it says."""
        return " ".join([PROPER.get(decoded.decoder, decoded.decoder), *self._types(message, frame, decoded)])

    def _types(self, message: Message, frame: int, decoded: Decoded) -> list[str]:
        rule = next((rule for rule in self._workspace.decoding.rules if rule.matches(Context.of(message, frame))), None)
        what = rule.options if rule is not None and rule.decoder == decoded.decoder else ()
        return [option for option in what if not option.endswith(FILE_SUFFIXES)]

    def _open_frame(self, message: Message, item: Item, decoded: Decoded | None) -> None:
        self.tree.show_decoded(item, decoded or self._decode(message, item.frame))

    def _decode(self, message: Message, frame: int) -> Decoded:
        if protocol.is_protocol(message):
            return protocol.reading(message)
        return self._workspace.decoding.decode(message, frame)

    def _document_changed(self, before: object, after: object) -> None:
        if getattr(before, "decode", ()) != getattr(after, "decode", ()):
            self.again()

    def _show_range(self, frame: int, start: int, end: int) -> None:
        if self.message is None:
            return
        data = self.message.frames[frame]
        if self.hex.data is not data:
            self.hex.show_bytes(data)
        self._frame = frame
        whole = (start, end) == (0, len(data))
        self.hex.show_range(start, start if whole else end, scroll=not self._pointed)

    def _select_byte(self, offset: int) -> None:
        self._pointed = True  # the byte is under the mouse already: the view must not move
        self.tree.select_byte(self._frame, offset)
        self._pointed = False

    def _open_menu(self, where: QPoint) -> None:
        item, message = self.tree.itemAt(where), self.message
        if not isinstance(item, Item) or message is None:
            return
        menu = self.menu(item, message)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.tree.viewport().mapToGlobal(where))

    def menu(self, item: Item, message: Message) -> QMenu:
        """What can be done with a frame or a value of the message."""
        menu = _item_menu(self.tree, item, message.frames[item.frame])
        menu.addSeparator()
        add_filters(menu, self._filter(item, message), self.filterRequested.emit)
        if message.kind == "message":
            menu.addSeparator()
            menu.addAction("Decode this frame as…", lambda: self.decodeRequested.emit(message, item.frame))
        return menu

    def _filter(self, item: Item, message: Message) -> str:
        """The filter for messages that hold the same there."""
        names, frame = item.path(), item.frame
        if item.parent() is None:
            return of_frame(message, frame)
        if not names or protocol.is_protocol(message):
            return ""
        reading = self._workspace.decoding.decode(message, frame)
        types = self._types(message, frame, reading)
        kind = types[-1].rpartition(".")[2] if types else ""
        return of_value(message.frames[frame], reading.decoder, names, reading.value, kind)


def _worth(decoded: Decoded) -> bool:
    """Whether there is more to show than one line of text."""
    return bool(decoded.notes) or len(decoded.tree) > 1 or (bool(decoded.tree) and decoded.decoder != "text")


def _item_menu(tree: FrameTree, item: Item, data: bytes) -> QMenu:
    menu = QMenu(tree)
    copy = QGuiApplication.clipboard().setText
    if item.full:
        name, text = item.text(0), item.full
        menu.addAction("Copy value", lambda: copy(text))
        menu.addAction("Copy name and value", lambda: copy(f"{name}: {text}"))
    if item.end > item.start:
        part = data[item.start : item.end]
        menu.addAction("Copy bytes as hex", lambda: copy(part.hex(" ")))
        menu.addAction("Copy bytes as Python", lambda: copy(repr(part)))
    return menu
