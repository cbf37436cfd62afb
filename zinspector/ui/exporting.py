"""Exporting from the window: what can be exported now, and the work in the background with progress and Cancel."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from zinspector.capture.formats.channels import PayloadSchema
from zinspector.capture.formats.exporting import Exported, Form, export
from zinspector.capture.formats.source import Picked
from zinspector.capture.jsonl_out import Decoded
from zinspector.capture.message import Message, messages
from zinspector.capture.progress import CancelledError, Progress
from zinspector.decode.api import Context
from zinspector.decode.registry import Registry
from zinspector.decode.rules import Rule
from zinspector.errors import UserError
from zinspector.settings import Settings, data_folder
from zinspector.shipped import shipped
from zinspector.tasks import spawn
from zinspector.ui.background import with_progress
from zinspector.ui.dialogs.export import ExportDialog, Numbers, Part
from zinspector.ui.inspect.messages import MessagesPanel
from zinspector.ui.workspace import Workspace


class Exporting(QObject):
    """File > Export capture…"""

    def __init__(self, window: QWidget, workspace: Workspace, settings: Settings, messages: MessagesPanel) -> None:
        super().__init__(window)
        self._window = window
        self._workspace = workspace
        self._settings = settings
        self.messages = messages

    def ask(self) -> ExportDialog | None:
        """Ask what to export and where; None where there is nothing."""
        parts = self.parts()
        if not parts[0].count:
            self._workspace.message.emit("Nothing to export: no message was captured yet", "info")
            return None
        dialog = ExportDialog(self._proposed(), parts, self.preferred(parts), self._window)
        dialog.chosen.connect(self._chosen)
        dialog.open()
        return dialog

    async def export_to(self, path: Path, form: Form, numbers: Numbers | None = None) -> None:
        """Write rows (None: all) to `path`, and tell what was lost."""
        batches, standing = self._workspace.store.batches(), self._workspace.store.standing
        notes = self._workspace.notes() | ({} if self._workspace.document.nodes else {"drawing": ""})
        rules = self._workspace.decoding.rules

        def work(progress: Progress) -> Exported:
            reading = _Reading(rules)
            rows = batches if numbers is None else Picked(batches, numbers)
            wishes: dict[str, Any] = {"metadata": notes, "standing": standing}
            if rules:
                wishes |= {"decode": reading.of_rows, "describe": reading.schema}
            return export(rows, path, progress, form=form, **wishes)

        try:
            done = await with_progress(self._window, f"Exporting {path.name}", work)
        except CancelledError:
            self._workspace.message.emit(f"Exporting {path.name} was cancelled", "info")
        except UserError as error:
            self._tell(QMessageBox.Icon.Warning, error.text, "\n".join(filter(None, (error.where, error.remedy))))
        else:
            self._workspace.message.emit(f"Exported {done.rows:,} rows to {path.name}", "info")
            if done.lost:
                text = f"Exported {done.rows:,} rows to {path.name}, but not all of what is known of them."
                self._tell(QMessageBox.Icon.Information, text, "\n".join(done.lost))

    def _chosen(self, path: Path, form: Form, numbers: Numbers | None) -> None:
        spawn(self.export_to(path, form, numbers), "export capture")

    def preferred(self, parts: list[Part]) -> int:
        """The part that is most likely meant: what the table shows, where it doesn't show everything."""
        rows = self.messages.table.rows
        narrowed = rows.filtered or rows.scope.follow is not None or bool(rows.scope.items)
        return 1 if narrowed and parts[1].count else 0

    def parts(self) -> list[Part]:
        """All rows, those that the table shows, and those that the user chose."""
        table = self.messages.table
        shown = table.rows.shown.array().astype(np.uint64)
        first = self._workspace.store.first_n
        chosen = {n for n in (table.current, table.second, *table.marks) if n is not None and n >= first}
        picked = np.array(sorted(chosen), np.uint64)
        return [
            Part("All that was captured", self._workspace.store.retained, None),
            Part("What the table shows", len(shown), shown),
            Part("Selected and marked messages", len(picked), picked),
        ]

    def _proposed(self) -> Path:
        drawing = self._workspace.path
        recent = next((Path(text).parent for text in self._settings.recent), Path.home())
        stem = drawing.name.split(".")[0] if drawing is not None else self._workspace.document.name
        return (drawing.parent if drawing is not None else recent) / f"{stem}.parquet"

    def _tell(self, icon: QMessageBox.Icon, text: str, more: str) -> None:
        box = QMessageBox(icon, "zinspector", text, parent=self._window)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setInformativeText(more)
        box.finished.connect(box.deleteLater)
        box.open()


class _Reading:
    """Decoders for the thread that exports: those of the window belong to the window's own."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self._rules = rules
        self._registry = Registry.load(shipped("plugins"), data_folder() / "plugins")

    def of_rows(self, batch: pa.RecordBatch) -> Iterator[str]:
        """For each row {frame, decoder, value} of the frames that a rule names, as JSON."""
        return map(json.dumps, map(self._decoded, messages(batch)))

    def _decoded(self, message: Message) -> Decoded:
        found = []
        for frame, data in enumerate(message.frames if message.kind == "message" else ()):
            context = Context.of(message, frame)
            if any(rule.matches(context) for rule in self._rules):
                decoded = self._registry.decode(data, context, self._rules)
                value = decoded.value if _is_json(decoded.value) else None
                found.append({"frame": frame, "decoder": decoded.decoder.partition(" ")[0], "value": value})
        return found

    def schema(self, message: Message, frame: int) -> PayloadSchema | None:
        """What a rule says that a frame is, where that is Protobuf with a schema."""
        found = self._registry.schema(Context.of(message, frame), self._rules)
        return PayloadSchema(found.name, found.data) if found is not None and found.encoding == "protobuf" else None


def _is_json(value: Any) -> bool:
    """Whether JSON can hold a value; decoders may make others."""
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return False
    return True
