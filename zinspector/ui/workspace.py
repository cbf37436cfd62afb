"""What every part of the window talks to: the drawing, what runs, what is selected.

What frames mean, what runs and what is wrong are parts of it: `decoding`, `live` and `diagnosis`.

A widget never changes the document in place and never calls another widget: it makes a new document and calls
`edit()`, and it redraws when a signal says so. Undo touches the document only; when a session runs, it follows.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from zinspector import __version__
from zinspector.capture.filter.kept import Kept
from zinspector.capture.store import Store
from zinspector.decode.carried import Carried
from zinspector.decode.registry import Registry
from zinspector.errors import SocketError, UserError
from zinspector.runtime.scripts import AllowScript
from zinspector.settings import data_folder
from zinspector.shipped import shipped
from zinspector.topology import files, relocation
from zinspector.topology.confidential import without_secrets
from zinspector.topology.document import Document
from zinspector.topology.history import History
from zinspector.topology.reading import Problem
from zinspector.ui.decoding import Decoding
from zinspector.ui.live import Live
from zinspector.ui.preparing import Preparing
from zinspector.ui.problems.diagnosis import Diagnosis
from zinspector.ui.taps.book import Taps


class Workspace(QObject):
    """The document, its history, the session that runs it, and the selection.

    Signals:
        documentChanged(Document, Document): before and after an edit, undo, redo, new or open.
        pathChanged(): another file, or the modified mark changed.
        runningChanged(bool): run or stop.
        selectionChanged(frozenset): ids of the selected nodes and links.
        ticked(): up to 25 times a second while something runs; views pull what is new.
        message(str, str): one sentence for the user and its severity (info, warning, error).
    """

    documentChanged = Signal(object, object)
    pathChanged = Signal()
    runningChanged = Signal(bool)
    selectionChanged = Signal(frozenset)
    ticked = Signal()
    message = Signal(str, str)

    def __init__(
        self, registry: Registry | None = None, parent: QObject | None = None, store: Store | None = None
    ) -> None:
        """`store` takes what is captured; without one it stays in memory."""
        super().__init__(parent)
        self.decoding = Decoding(registry or Registry.load(shipped("plugins"), data_folder() / "plugins"))
        self.document = Document()
        self.history = History(self.document)
        self.captured_drawing = self.document  # with what was deleted since: captured rows still name it
        self.path: Path | None = None
        self.base = Path()  # where relative paths of the document start
        self.selection: frozenset[str] = frozenset()
        self.worked_out = Kept()  # about batches: of filters, sorting and SQL together, so that there is one limit
        self.folder: Path | None = None  # of this session, for what SQL has no room for in memory; else the system's
        self.allow_script: AllowScript | None = None
        self.live = Live(self, store)
        self.live.ticked.connect(self._on_tick)
        self.live.runningChanged.connect(self.runningChanged)
        self.preparing = Preparing(self)
        self.taps = Taps(self)
        self.diagnosis = Diagnosis(self)
        self._saved = self.document

    # What is drawn

    def edit(self, label: str, document: Document, merge_key: str | None = None) -> None:
        """Replace the document as one undoable step; steps with the same `merge_key` in a row become one."""
        if document == self.document:
            return
        self.history.push(label, document, merge_key)
        self._show(document)

    def undo(self) -> None:
        """Take the last edit back."""
        if self.history.can_undo:
            self._show(self.history.undo())

    def redo(self) -> None:
        """Do the last undone edit again."""
        if self.history.can_redo:
            self._show(self.history.redo())

    def select(self, ids: Iterable[str]) -> None:
        """Select these nodes and links, and nothing else."""
        known = {item.id for item in (*self.document.nodes, *self.document.links)}
        selection = frozenset(ids) & known
        if selection != self.selection:
            self.selection = selection
            self.selectionChanged.emit(selection)

    # Files

    @property
    def modified(self) -> bool:
        """Whether there is something to save."""
        return self.document != self._saved

    def new(self) -> None:
        """Start an empty document."""
        self._load(Document(), None, Path(), ())

    def open(self, path: Path, *, template: bool = False) -> None:
        """Open a topology file; a template is opened as a copy without a path. Raises UserError."""
        loaded = files.load(path)
        self._load(loaded.document, None if template else path, path.parent, loaded.problems)

    def save(self, path: Path | None = None) -> None:
        """Write the document to `path`, or to where it came from. Raises UserError."""
        target = path or self.path
        if target is None:
            raise UserError("this drawing has no file yet", remedy="use Save as")
        folder = target.parent
        moves = folder.resolve() != self.base.resolve()
        document = self._relocated(self.document, folder) if moves else self.document
        files.save(document, target)
        if moves:
            self.history.rewrite(lambda each: self._relocated(each, folder))
        self.path = target
        self.base = folder
        self._saved = document
        if document != self.document:
            self.live.rebase(folder)
            self._show(document)
        self.pathChanged.emit()

    # What runs

    @property
    def running(self) -> bool:
        """Whether the session runs."""
        return self.live.running

    @property
    def store(self) -> Store:
        """What was captured."""
        return self.live.store

    def start(self) -> None:
        """Run the drawing; what runs is a capture of its own, apart from one that was opened."""
        if not self.document.nodes:
            self.message.emit("There is nothing to run yet: draw a node first (Tab on the canvas)", "warning")
            return
        if self.store.opened:
            self.live.clear()
            self.message.emit("A new capture began: what was opened before is still in its file", "info")
        self.live.start(self.document, self.base, self.allow_script)

    def stop(self) -> None:
        """Stop what runs; the sockets close in the background."""
        self.live.stop()

    def toggle(self) -> None:
        """Run or stop."""
        if self.running:
            self.stop()
        else:
            self.start()

    async def send(self, node_id: str, frames: Sequence[bytes]) -> None:
        """Send one message by hand. Raises SocketError."""
        if self.live.session is None or not self.running:
            raise SocketError("nothing runs", where=node_id, remedy="press Run (Ctrl+E) first")
        await self.live.session.send(node_id, frames)

    def drawing_text(self) -> str:
        """The drawing as a capture file keeps it: whole by itself wherever the file goes, without secrets.

        Raises UserError.
        """
        return files.dumps(without_secrets(self._relocated(self.document, None)))

    def notes(self) -> dict[str, str]:
        """What is kept with rows that go to a file by themselves; any thread may ask."""
        notes = {"zinspector": __version__, **self.decoding.kept.notes}
        try:
            return {"drawing": self.drawing_text(), **notes}
        except UserError:
            return notes

    async def show_capture(self, capture: Store, notes: Mapping[str, str] | None = None) -> None:
        """Show the messages of an opened capture, and what its notes hold, instead of the present ones.

        That is the drawing, and decode rules with their schemas. Without a drawing of its own the present one stays,
        and its rules come first. Raises UserError for a drawing that can't be read.
        """
        self.stop()
        await self.live.closed()  # its last messages must not come after those of the file
        notes = notes or {}
        if text := notes.get("drawing", ""):
            loaded = files.loads(text, "the drawing in the capture")
            carried = Carried(notes, loaded.document.decode)
            document = replace(loaded.document, decode=carried.texts)
            self._load(document, None, Path(), loaded.problems, carried)
        else:
            self.decoding.carry(Carried(notes), beside=True)
            self._show(self.document)
        self.live.clear()
        self.store.adopt(capture)
        self.ticked.emit()

    def _load(
        self,
        document: Document,
        path: Path | None,
        base: Path,
        problems: tuple[Problem, ...],
        carried: Carried | None = None,
    ) -> None:
        self.live.forget()
        self.decoding.carry(carried or Carried())
        self.captured_drawing = Document()
        self.path = path
        self.base = base
        self._saved = document
        self.diagnosis.begin(problems)
        self.history = History(document)
        self.select(())
        self._show(document)

    def _relocated(self, document: Document, folder: Path | None) -> Document:
        """The document as it must be in another folder (or anywhere: None), so that it still means the same files."""
        whole = relocation.anywhere(self.base)

        def moved(text: str) -> str:
            path = whole(text)
            # what was shipped stays where zinspector is, wherever the drawing goes
            if folder is None or path == text or Path(path).is_relative_to(shipped("resources")):
                return path
            return os.path.relpath(path, folder)

        rules = self.decoding.relocated(document.decode, moved)
        return replace(relocation.relocated(document, moved), decode=rules)

    def _show(self, document: Document) -> None:
        before, self.document = self.document, document
        self._remember(document)
        self.decoding.read(document.decode, self.base)
        self.select(self.selection)
        self.documentChanged.emit(before, document)
        self.diagnosis.check()
        self.pathChanged.emit()
        if self.running:
            self.live.change(document)

    def _remember(self, document: Document) -> None:
        gone_nodes = [node for node in self.captured_drawing.nodes if document.node(node.id) is None]
        gone_links = [link for link in self.captured_drawing.links if document.link(link.id) is None]
        self.captured_drawing = replace(
            document, nodes=(*document.nodes, *gone_nodes), links=(*document.links, *gone_links)
        )

    def _on_tick(self) -> None:
        self.diagnosis.check_run()
        self.ticked.emit()
