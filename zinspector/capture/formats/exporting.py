"""Writing a capture in another format: which there are, what each can't keep, and the way in which all are written.

A file is written beside its target and takes its place when it is whole. Formats are chosen by extension; what writes
one, and the libraries that it needs, are imported when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from zinspector.capture import files, locking
from zinspector.capture.formats.channels import Describe
from zinspector.capture.formats.source import Source
from zinspector.capture.jsonl_out import Decode
from zinspector.capture.progress import Progress
from zinspector.capture.standing import left_out
from zinspector.errors import FileError
from zinspector.storage import replacing


@dataclass(frozen=True)
class Exported:
    """What was written: how many rows, and in sentences what the format could not keep of them."""

    rows: int
    lost: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wish:
    """What else a writer is told: notes to keep, such as the drawing; what fills `decoded`; what tells schemas.

    `standing` are the rows that hold of connections that were open before the first row (see `capture.standing`).
    """

    metadata: Mapping[str, str] = field(default_factory=dict)
    decode: Decode | None = None
    describe: Describe | None = None
    standing: pa.RecordBatch | None = None


Write = Callable[[BinaryIO, Source, Wish], tuple[str, ...]]


@dataclass(frozen=True)
class Form:
    """A format: its extension, what it is for, and in sentences what it never keeps (empty: it keeps everything)."""

    suffix: str
    name: str
    about: str
    loses: str
    write: Write | None = None


def _parquet(file: BinaryIO, source: Source, wish: Wish) -> tuple[str, ...]:
    from zinspector.capture.formats import parquet

    parquet.write(file, source, wish.metadata, wish.standing)
    return ()


def _mcap(file: BinaryIO, source: Source, wish: Wish) -> tuple[str, ...]:
    from zinspector.capture.formats import mcap_out

    return mcap_out.write(file, source, wish.metadata, wish.describe, wish.standing)


def _pcapng(file: BinaryIO, source: Source, wish: Wish) -> tuple[str, ...]:
    from zinspector.capture.formats import pcapng

    lost = pcapng.write(file, source, drawing=bool(wish.metadata.get("drawing")))
    return (*lost, *left_out(wish.standing, "pcapng"))


def _jsonl(file: BinaryIO, source: Source, wish: Wish) -> tuple[str, ...]:
    from zinspector.capture.formats import text

    lost = text.write_jsonl(file, source, wish.metadata, wish.decode)
    return (*lost, *left_out(wish.standing, "lines of JSON"))


def _csv(file: BinaryIO, source: Source, wish: Wish) -> tuple[str, ...]:
    from zinspector.capture.formats import text

    return text.write_csv(file, source, wish.decode)


FORMS = (
    Form(".arrow", "zinspector capture", "zinspector, polars and pandas", ""),
    Form(".parquet", "Parquet", "pandas, polars, DuckDB and Spark", "", _parquet),
    Form(".mcap", "MCAP", "Foxglove and PlotJuggler", "", _mcap),
    Form(
        ".pcapng",
        "pcapng",
        "Wireshark and tshark",
        "Events and anomalies become comments, frames that the capture cut are as long as what was kept of them, and "
        "neither the drawing nor the numbers of messages are kept. Where a handshake is missing, one is made up. What "
        "a recording notes of connections that were open before it is left out.",
        _pcapng,
    ),
    Form(
        ".jsonl",
        "lines of JSON",
        "jq and any program",
        "Neither the drawing is kept, nor what a recording notes of connections that were open before it.",
        _jsonl,
    ),
    Form(
        ".csv",
        "CSV",
        "spreadsheets",
        "It is for reading: frames are shown, not kept, and it can't be opened as a capture again.",
        _csv,
    ),
)


def form_of(path: Path) -> Form:
    """The format that a file name asks for. Raises FileError."""
    found = next((form for form in FORMS if form.suffix == path.suffix.lower()), None)
    if found is None:
        known = ", ".join(form.suffix for form in FORMS)
        text = f"no format has the extension {path.suffix}" if path.suffix else "a file name without an extension"
        raise FileError(text, where=str(path), remedy=f"end it in one of {known}")
    return found


def export(
    batches: Sequence[pa.RecordBatch],
    path: Path,
    progress: Progress | None = None,
    *,
    metadata: Mapping[str, str] | None = None,
    decode: Decode | None = None,
    describe: Describe | None = None,
    form: Form | None = None,
    standing: pa.RecordBatch | None = None,
) -> Exported:
    """Write rows to `path`. Raises FileError; CancelledError when `progress` returned False.

    `metadata` is kept where the format can; `decode` fills `decoded` in lines of JSON and CSV; `describe` says which
    frames are Protobuf, for MCAP; `form` is used instead of the one that the extension names; `standing` is that of the
    store.
    """
    form = form or form_of(path)
    if path.exists() and not path.is_file():
        raise FileError("is no ordinary file", where=str(path), remedy="choose another place")
    if locking.taken(path):
        raise FileError("another zinspector records into this file", where=str(path))
    source = Source(batches, progress, path)
    if form.write is None:
        return Exported(files.save(batches, path, metadata, progress, standing=standing))
    with replacing(path) as file:
        lost = form.write(file, source, Wish(metadata or {}, decode, describe, standing))
    return Exported(source.rows, lost)
