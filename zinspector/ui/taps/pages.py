"""The pages of the tap dialog: one a kind, with the fields that it needs, judged while they are typed into."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from zinspector.errors import UserError
from zinspector.runtime.sniff_programs import interfaces
from zinspector.topology.document import Document, Position
from zinspector.ui.dialogs.choosing import CAPTURES, ask_what_to_open
from zinspector.ui.properties.choices import Choice, Choices
from zinspector.ui.properties.fields import Check, Field, Line
from zinspector.ui.taps import kinds
from zinspector.ui.taps.kinds import KINDS, Made
from zinspector.ui.workspace import Workspace

LABEL_WIDTH = 110


class TapPage(QWidget):
    """What all pages have: what the kind sees and misses, fields, and what is still wrong.

    Signals:
        changed(): a field changed; ask `problem` again.
    """

    changed = Signal()
    wanted = "Write the address above, or choose Discover: it lists what listens here"
    """What to do while nothing has been filled in."""
    verb = "Tap"
    """What the button says."""

    def __init__(self, workspace: Workspace, key: str) -> None:
        super().__init__()
        self.workspace = workspace
        self.kind = KINDS[key]
        self.values: dict[str, str] = {}
        self.fields: dict[str, Field] = {}
        self.touched = False
        self.layout_ = QVBoxLayout(self)
        self.layout_.setContentsMargins(22, 18, 22, 12)
        self.layout_.setSpacing(8)
        head(self.layout_, self.kind.title, f"✓  {self.kind.sees}", f"✕  {self.kind.misses}")
        self._grid = QGridLayout()
        self._grid.setColumnMinimumWidth(0, LABEL_WIDTH)
        self._grid.setColumnStretch(1, 1)
        self._grid.setVerticalSpacing(9)
        self.layout_.addSpacing(8)
        self.layout_.addLayout(self._grid)
        self._fill()
        self.layout_.addStretch(1)

    def refresh(self) -> None:
        """Show the values."""
        for field in self.fields.values():
            field.refresh()

    def problem(self) -> str:
        """What keeps the tap from being made; empty when nothing does."""
        try:
            self._check()
        except UserError as error:
            return str(error)
        return ""

    def make(self, document: Document, place: Position) -> Made:
        """The drawing with the tap. Only when there is no problem."""
        raise NotImplementedError

    def _fill(self) -> None:
        """Add the fields."""

    def _check(self) -> None:
        """Raises UserError for what is wrong with all fields together."""

    # Fields

    def line(self, label: str, key: str, hint: str, check: Check | None = None, *, mono: bool = True) -> Line:
        """A line of text."""
        self.values.setdefault(key, "")
        line = Line(label, lambda: self.values[key], partial(self.put, key), check=check, hint=hint, mono=mono)
        self._row(label, key, line)
        return line

    def choices(self, label: str, key: str, texts: Callable[[], list[str]]) -> Choices:
        """One of several."""
        self.values.setdefault(key, texts()[0])
        box = Choices(
            label, lambda: [Choice(text, text) for text in texts()], lambda: self.values[key], partial(self.put, key)
        )
        self._row(label, key, box)
        return box

    def put(self, key: str, text: str) -> None:
        """Take a value in."""
        self.values[key] = text.strip()
        self.touched = True
        self.changed.emit()

    def _row(self, label: str, key: str, field: Field) -> None:
        name = QLabel(label)
        name.setProperty("role", "muted")
        name.setContentsMargins(0, 5, 0, 0)
        row = self._grid.rowCount()
        self._grid.addWidget(name, row, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(field, row, 1)
        self.fields[key] = field
        field.refresh()

    def note(self, text: str) -> None:
        """A muted sentence below the fields."""
        self._grid.addWidget(muted(text), self._grid.rowCount(), 1)


class RelayPage(TapPage):
    """Two addresses; the one to listen at is suggested until the user writes another."""

    def __init__(self, workspace: Workspace) -> None:
        self._suggested = ""
        super().__init__(workspace, "relay")

    def _fill(self) -> None:
        self.line("Program listens at", "target", "tcp://127.0.0.1:5556", kinds.check_target)
        self.line("Relay listens at", "listen", "tcp://127.0.0.1:6556", kinds.check_listen)
        self.note("“Discover” lists what listens here and fills both in.")
        self.note("At the program's own ipc path, the relay takes the path over: no program has to be changed.")

    def put(self, key: str, text: str) -> None:
        """Take a value in; a new target suggests where to listen."""
        if key == "target" and self.values["listen"] == self._suggested:
            used = kinds.used_ports(self.workspace.document)
            self._suggested = self.values["listen"] = kinds.suggested_listen(text, used)
            self.fields["listen"].refresh()
        super().put(key, text)

    def _check(self) -> None:
        kinds.check_relay(self.values["listen"], self.values["target"], self.workspace.document)

    def make(self, document: Document, place: Position) -> Made:
        """A relay."""
        return kinds.relay(document, place, self.values["listen"], self.values["target"])


class SpyPage(TapPage):
    """A publisher and topics."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace, "spy")

    def _fill(self) -> None:
        self.line("Publisher at", "endpoint", "tcp://127.0.0.1:5556", kinds.check_place)
        self.line("Topics", "topics", "all topics; else their beginnings with blanks between")

    def _check(self) -> None:
        kinds.check_place(self.values["endpoint"])

    def make(self, document: Document, place: Position) -> Made:
        """A spy."""
        return kinds.spy(document, place, self.values["endpoint"], tuple(self.values["topics"].split()))


class ProxyPage(TapPage):
    """A pattern and two addresses."""

    wanted = "Write both addresses above, those that programs are to connect to"

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace, "proxy")

    def _fill(self) -> None:
        self.choices("Pattern", "pattern", lambda: list(kinds.FORWARDERS))
        self.line("Frontend listens at", "front", "tcp://127.0.0.1:6555", kinds.check_listen)
        self.line("Backend listens at", "back", "tcp://127.0.0.1:6556", kinds.check_listen)
        self.note("Publishers, clients and sources go to the frontend; subscribers and workers to the backend.")

    def _check(self) -> None:
        front, back = (kinds.check_listen(self.values[key]) for key in ("front", "back"))
        if front.same_place(back):
            raise UserError("both sides would listen at the same place", remedy="take another port for one of them")

    def make(self, document: Document, place: Position) -> Made:
        """A proxy."""
        return kinds.proxy(document, place, self.values["pattern"], self.values["front"], self.values["back"])


class SniffPage(TapPage):
    """An interface and ports."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace, "sniff")

    def _fill(self) -> None:
        self.values["interface"] = "lo" if "lo" in interfaces() else interfaces()[0]
        self.choices("Interface", "interface", interfaces)
        self.line("Ports", "ports", "all; else numbers with blanks between", kinds.check_ports)
        self.note("lo carries what programs on this machine say to each other. ZeroMQ is found on any port.")

    def _check(self) -> None:
        kinds.check_ports(self.values["ports"])

    def make(self, document: Document, place: Position) -> Made:
        """A sniffing node."""
        return kinds.sniff(document, place, self.values["interface"], kinds.check_ports(self.values["ports"]))


class ImportPage(TapPage):
    """A file."""

    wanted = "Choose a file above"
    verb = "Import"

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace, "import")

    def _fill(self) -> None:
        self.line("File", "file", "capture.pcapng", self._file)
        browse = QPushButton("Browse…")
        browse.setAutoDefault(False)
        browse.clicked.connect(self._browse)
        self._grid.addWidget(browse, self._grid.rowCount(), 1, Qt.AlignmentFlag.AlignLeft)

    def _file(self, text: str) -> object:
        return kinds.check_file(text, self.workspace.base)

    def _check(self) -> None:
        if not self.values["file"]:
            raise UserError("which file?")
        self._file(self.values["file"])

    def make(self, document: Document, place: Position) -> Made:
        """A node of a file."""
        return kinds.imported(document, place, self.values["file"])

    def _browse(self) -> None:
        ask_what_to_open(self, "Choose a capture", self.workspace.base, f"Captures ({CAPTURES})", self._chose)

    def _chose(self, path: Path) -> None:
        self.put("file", str(path))
        self.refresh()


def head(layout: QVBoxLayout, title: str, *sentences: str) -> None:
    """A title and muted sentences below it."""
    label = QLabel(title)
    label.setProperty("role", "title")
    layout.addWidget(label)
    for text in sentences:
        layout.addWidget(muted(text))


def muted(text: str) -> QLabel:
    """A muted sentence that wraps."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setProperty("role", "muted")
    return label
