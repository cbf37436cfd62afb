"""Decode as…: choose a decoder for frames like this one; the choice is a rule in the drawing, and can be undone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from zinspector.capture.message import Message
from zinspector.decode.api import Context
from zinspector.decode.rules import Rule
from zinspector.errors import UserError
from zinspector.ui.dialogs.choosing import ask_what_to_open
from zinspector.ui.workspace import Workspace

SCHEMAS = "Schemas (*.proto *.desc *.protoset *.binpb)"


class DecodeAsDialog(QDialog):
    """Makes a decode rule for a frame of a message."""

    def __init__(self, workspace: Workspace, message: Message, frame: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Decode as")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._workspace = workspace
        self.where = QComboBox()
        self.where.setEditable(True)
        self.where.addItems(_places(message, frame))
        self.decoder = QComboBox()
        self.decoder.addItems(list(workspace.decoding.registry.names))
        self.decoder.setCurrentText("protobuf")
        self.options = QLineEdit()
        self.options.setPlaceholderText("quotes.proto, market.Quote")
        self.options.setToolTip("Options of the decoder, with commas between them")
        browse = QPushButton("Schema…")
        browse.setAutoDefault(False)
        browse.clicked.connect(self._browse)
        row = QHBoxLayout()
        row.addWidget(self.options, 1)
        row.addWidget(browse)
        form = QFormLayout()
        form.addRow("Frames", self.where)
        form.addRow("Decoder", self.decoder)
        form.addRow("Options", row)
        self.preview = QLabel()
        self.preview.setTextFormat(Qt.TextFormat.PlainText)
        self.preview.setWordWrap(True)
        self.preview.setMinimumWidth(460)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.preview)
        layout.addWidget(self.buttons)
        self._data = message.frames[frame] if message.frames else b""
        for signal in (self.where.currentTextChanged, self.decoder.currentTextChanged, self.options.editingFinished):
            signal.connect(self._try)
        self._try()

    def rule_text(self) -> str:
        """The rule as it will stand in the drawing."""
        options = self.options.text().strip()
        return f"{self.where.currentText().strip()}={self.decoder.currentText()}{f'({options})' if options else ''}"

    def accept(self) -> None:
        """Add the rule in front of the others, so that it wins."""
        if not self._try():
            return
        document = self._workspace.document
        rules = (self.rule_text(), *(rule for rule in document.decode if rule != self.rule_text()))
        self._workspace.edit("Decode as", replace(document, decode=rules))
        super().accept()

    def _try(self) -> bool:
        try:
            rule = Rule.parse(self.rule_text(), self._workspace.base)
            decoder = self._workspace.decoding.registry.decoder(rule.decoder, rule.arguments)
        except UserError as error:
            self.preview.setText(f"✖ {error}")
            return False
        decoded = self._workspace.decoding.registry.decode(self._data, Context(), (replace(rule, terms=()),))
        self.preview.setText("\n".join([f"{decoder.name}: {decoded.summary}", *decoded.notes]))
        return True

    def _browse(self) -> None:
        ask_what_to_open(self, "Choose a schema", self._workspace.base, SCHEMAS, self._chose)

    def _chose(self, path: Path) -> None:
        base = self._workspace.base.resolve()
        name = str(path.relative_to(base) if path.is_relative_to(base) else path)
        rest = self.options.text().partition(",")[2].strip()
        self.options.setText(f"{name}, {rest}" if rest else name)
        self._try()


def _places(message: Message, frame: int) -> list[str]:
    """Likely conditions, the most specific first."""
    places = []
    if message.topic is not None and message.topic.isascii() and " " not in message.topic:
        head = message.topic.partition(".")[0]
        places += [f"topic:{message.topic} frame:{frame}", f"topic:{head}* frame:{frame}"]
    places += [f"link:{message.link} frame:{frame}"] if message.link is not None else []
    return [*places, f"node:{message.node} frame:{frame}", f"frame:{frame}", "*"]
