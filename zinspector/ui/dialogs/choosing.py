"""Which file? Asked with a dialog that is shown with `open()` and goes when it is answered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from zinspector.capture.packets.unpacking import SUFFIXES as PACKED

CAPTURE_SUFFIXES = (".arrow", ".parquet", ".mcap", ".pcap", ".pcapng", ".cap", *PACKED, ".jsonl")
"""What a file that holds a capture is usually called."""
CAPTURES = " ".join(f"*{suffix}" for suffix in CAPTURE_SUFFIXES)

Answered = Callable[[Path], object]


def ask_what_to_open(parent: QWidget, title: str, folder: Path, kind: str, answered: Answered) -> None:
    """Ask for a file that is there, in `folder` at first; `kind` is a filter of Qt: `Schemas (*.proto)`."""
    dialog = QFileDialog(parent, title, str(folder))
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    _open(dialog, kind, answered)


def ask_where_to_save(
    parent: QWidget, title: str, suggested: Path, suffix: str, kind: str, answered: Answered, *, warns: bool = True
) -> None:
    """Ask for a file to write. A name without an extension gets `suffix`; `warns`: the dialog tells of a file there."""
    dialog = QFileDialog(parent, title)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setOption(QFileDialog.Option.DontConfirmOverwrite, not warns)
    dialog.setDefaultSuffix(suffix)
    dialog.selectFile(str(suggested))
    _open(dialog, kind, answered)


def file_name(title: str, suffix: str) -> Path:
    """A name for a file about something that people called so."""
    return Path(f"{title.replace('/', '-')}.{suffix}")


def _open(dialog: QFileDialog, kind: str, answered: Answered) -> None:
    dialog.setNameFilters([kind, "All files (*)"])
    dialog.fileSelected.connect(lambda text: answered(Path(text)))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
