"""Captures on disk: `.arrow`, which is an Arrow IPC file with the columns of `schema.py`; and the door to all others.

What a file is, its first bytes say: its name may be any.

An IPC file is eight bytes of magic, the stream, and a footer. A file that was never finished has no footer, so opening
reads it as a stream up to the last whole batch: opening is recovering. Saving writes beside the target and renames,
so the target is either the old file or the whole new one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from zinspector.capture import jsonl_in, locking
from zinspector.capture.arrow_file import MAGIC, ArrowFile
from zinspector.capture.arrow_writer import ArrowWriter, together
from zinspector.capture.packets.records import READABLE, is_packet_capture
from zinspector.capture.progress import CancelledError, Progress
from zinspector.capture.standing import NOTE as STANDING
from zinspector.capture.standing import as_text
from zinspector.capture.store import Store
from zinspector.capture.take import RECORDING, series
from zinspector.errors import FileError
from zinspector.storage import replacing

PARQUET = b"PAR1"
MCAP = b"\x89MCAP0\r\n"
HEAD = 4096


def save(
    batches: Sequence[pa.RecordBatch],
    path: Path,
    metadata: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    *,
    standing: pa.RecordBatch | None = None,
) -> int:
    """Write the rows of a store's batches; returns their number. Raises FileError.

    `metadata` is kept in the schema. `progress` is told the share that is done, 0 to 1, and stops by returning False.
    `standing` is that of the store.
    """
    if locking.taken(path):
        raise FileError("another zinspector records into this file", where=str(path))
    rows = 0
    with replacing(path) as file:
        writer = ArrowWriter(file, metadata)
        for batch in batches:
            writer.learn(batch)
        if standing is not None:
            writer.note({STANDING: as_text(standing)})
        done = 0
        for some in together(batch for batch in batches if batch.num_rows):
            if progress is not None and not progress(done / len(batches)):
                raise CancelledError("saving was cancelled", where=str(path))
            rows += writer.write(some)
            done += len(some)
        writer.close()
    return rows


def open_capture(path: Path) -> pa.Table:
    """The rows of an `.arrow` file, mapped; of an unfinished one, all whole batches. Raises FileError."""
    store = _load_arrow(path, None)
    return store.table().replace_schema_metadata(ArrowFile(path).metadata)


def notes_of(path: Path) -> dict[str, str]:
    """The metadata that was written into an `.arrow`, Parquet or MCAP file; empty for others. Raises FileError."""
    head = _head(path)
    if head.startswith(MCAP):
        from zinspector.capture.formats import mcap_in

        return mcap_in.notes(path)
    if head.startswith(PARQUET):
        from zinspector.capture.formats import parquet

        return parquet.notes(path)
    if head[: len(MAGIC)] != MAGIC:
        return {}
    return ArrowFile(path).notes


def load_store(path: Path, progress: Progress | None = None, *, node: str | None = None) -> Store:
    """A store with the rows of any capture file: arrow, Parquet, MCAP, pcap, pcapng, packed ones, lines of JSON.

    Raises FileError. `progress` is as with `save`. `node` is what rows from packets are called, else the file's stem.
    """
    head = _head(path)
    if is_packet_capture(head):
        from zinspector.capture.packets.importing import read_packets

        return read_packets(path, progress, node)
    if jsonl_in.is_jsonl(head):
        return jsonl_in.load(path, progress)
    if head.startswith(PARQUET):
        from zinspector.capture.formats import parquet

        return parquet.load(path, progress)
    if head.startswith(MCAP):
        from zinspector.capture.formats import mcap_in

        return mcap_in.load(path, progress, node)
    if head[: len(MAGIC)] != MAGIC:
        raise FileError("not a capture" if head else "empty", where=str(path), remedy=READABLE)
    return _load_arrow(path, progress)


def _load_arrow(path: Path, progress: Progress | None) -> Store:
    store = Store()
    file = ArrowFile(path, progress)
    store.take_over(file)
    store.recording = file.notes.get(RECORDING, "")
    return store


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(HEAD)
    except FileNotFoundError as error:
        raise FileError(error.strerror or str(error), where=str(path), remedy=_of_rotation(path)) from None
    except OSError as error:
        raise FileError(error.strerror or str(error), where=str(path)) from None


def _of_rotation(path: Path) -> str:
    """Where the rows are when they were recorded into one file after another; empty where they were not."""
    found = [each.name for each in series(path).values()]
    if len(found) < 2:
        return f"it was recorded as {found[0]}" if found else ""
    verbs = "read, query, check and convert take several"
    return f"it was recorded in several files, open one: {found[0]} to {found[-1]}; {verbs}"
