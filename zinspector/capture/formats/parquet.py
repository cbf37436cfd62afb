"""Parquet: the columns of a capture, compressed, for pandas, polars, DuckDB and Spark.

Frames are stored as plain binary, since few readers know Arrow's views; they become views again when read. Pages have
checksums. What a file expands to is asked of its metadata before it is read, and counted while it is. Frames and words
that are stored by dictionary are read so, too: a dictionary is where a small file says a large thing many times.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from zinspector.capture.formats.budget import Budget
from zinspector.capture.formats.footer import Footer, read_footer
from zinspector.capture.formats.sound import UnsoundError, sound, views_of
from zinspector.capture.formats.source import Source
from zinspector.capture.progress import CancelledError, Progress
from zinspector.capture.schema import FORMAT, SCHEMA, VERSION, WORDS
from zinspector.capture.standing import NOTE as STANDING
from zinspector.capture.standing import as_text, from_text
from zinspector.capture.store import Store
from zinspector.errors import FileError

ROWS_AT_ONCE = 1 << 16
BYTES_AT_ONCE = 32 << 20
VALUE = 20  # bytes that each frame, size or anomaly takes in memory besides its own
ROW = 100  # bytes that each row takes in memory besides its frames
MOST_TEXT, MOST_THINGS = 64 << 20, 1 << 20  # of the metadata: bytes, and columns of row groups
LISTS = ("frames", "true_sizes", "anomalies")
STORED = pa.schema(
    [pa.field(f.name, pa.list_(pa.large_binary()), f.nullable) if f.name == "frames" else f for f in SCHEMA]
)


def write(file: BinaryIO, source: Source, metadata: Mapping[str, str], standing: pa.RecordBatch | None = None) -> None:
    """Write all rows; `metadata` is kept beside them, and what is `standing` (see there)."""
    extra = {key.encode(): value.encode() for key, value in metadata.items()}
    schema = STORED.with_metadata({**extra, **(SCHEMA.metadata or {})})
    with pq.ParquetWriter(
        file, schema, compression="zstd", use_dictionary=list(WORDS), write_page_checksum=True, version="2.6"
    ) as writer:
        for part in source.slices(ROWS_AT_ONCE, BYTES_AT_ONCE):
            columns = [column.cast(field.type) for column, field in zip(part.columns, STORED, strict=True)]
            writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
        if standing is not None:
            writer.add_key_value_metadata({STANDING: as_text(standing)})


def load(path: Path, progress: Progress | None = None, budget: Budget | None = None) -> Store:
    """A store with the rows of a file. Raises FileError."""
    budget = budget or Budget(path)
    store = Store(retention_bytes=1 << 62)
    try:
        with pa.OSFile(str(path)) as source:
            footer = read_footer(path)
            opened = _open(source)
            _check(opened.schema_arrow, path)
            _ask(footer, budget)
            store.standing = from_text((opened.metadata.metadata or {}).get(STANDING.encode(), b""))
            for batch in _batches(source, footer, budget):
                store.append_read(batch)
                if progress is not None and not progress(store.captured / max(footer.rows, 1)):
                    raise CancelledError("opening was cancelled", where=str(path))
    except (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError) as error:
        raise FileError(_told(error), where=str(path)) from None
    return store


def notes(path: Path) -> dict[str, str]:
    """The metadata that was written beside the rows. Raises FileError."""
    try:
        with pa.OSFile(str(path)) as source:
            read_footer(path)
            found = _open(source).metadata.metadata or {}
    except (pa.ArrowException, OSError, ValueError) as error:
        raise FileError(_told(error), where=str(path)) from None
    found.pop(STANDING.encode(), None)
    return {key.decode("utf-8", "replace"): value.decode("utf-8", "replace") for key, value in found.items()}


def _open(source: pa.NativeFile, dictionaries: list[str] | None = None) -> pq.ParquetFile:
    return pq.ParquetFile(
        source,
        read_dictionary=dictionaries,
        pre_buffer=False,
        thrift_string_size_limit=MOST_TEXT,
        thrift_container_size_limit=MOST_THINGS,
        page_checksum_verification=True,
    )


def _check(schema: pa.Schema, path: Path) -> None:
    version = (schema.metadata or {}).get(b"version", b"")
    if (schema.metadata or {}).get(b"format") == FORMAT.encode() and not (
        version.isdigit() and int(version) <= VERSION
    ):
        raise FileError(
            f"written by a newer zinspector (version {version.decode('utf-8', 'replace')}; this one knows {VERSION})",
            where=str(path),
            remedy="update zinspector to open it",
        )
    missing = [name for name in SCHEMA.names if name not in schema.names]
    if len(missing) == len(SCHEMA.names):
        raise FileError("a Parquet file, but not a zinspector capture", where=str(path))
    if missing:
        raise FileError(f"the columns {', '.join(missing)} are missing", where=str(path))


def _ask(footer: Footer, budget: Budget) -> None:
    """Whether there is room for what the file says it holds. Raises FileError."""
    chunks = [chunk for group in footer.groups for chunk in group.chunks]
    values = sum(chunk.values for chunk in chunks if chunk.path[0] in LISTS)
    budget.ask(footer.rows * ROW + values * VALUE + sum(chunk.size for chunk in chunks))


def _batches(source: pa.NativeFile, footer: Footer, budget: Budget) -> Iterator[pa.RecordBatch]:
    chunks = [[chunk for chunk in group.chunks if chunk.path[0] in SCHEMA.names] for group in footer.groups]
    said_often = {".".join(chunk.path) for group in chunks for chunk in group if chunk.by_dictionary}
    reader = _open(source, list(said_often))
    rows = 0
    for number, group in enumerate(footer.groups):
        size = sum(chunk.size + chunk.values * VALUE for chunk in chunks[number])
        at_once = max(1, min(ROWS_AT_ONCE, group.rows * BYTES_AT_ONCE // max(size, 1)))
        for batch in reader.iter_batches(at_once, row_groups=[number], columns=SCHEMA.names, use_threads=False):
            made = sound(_rows(batch, budget))
            budget.take(made.nbytes)
            rows += made.num_rows
            yield made
    if rows != footer.rows:
        raise UnsoundError(f"it has {rows:,} of the {footer.rows:,} rows that it says it has")


def _rows(batch: pa.RecordBatch, budget: Budget) -> pa.RecordBatch:
    columns = []
    for field in SCHEMA:
        column = batch.column(field.name)
        if field.name == "frames":
            columns.append(views_of(column))
        elif field.name in WORDS:
            columns.append(_words(column))
        else:
            if field.name == "anomalies":
                budget.ask(_said(column))
            columns.append(column.cast(field.type))
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)


def _words(column: pa.Array) -> pa.DictionaryArray:
    if isinstance(column, pa.DictionaryArray):
        words = column.dictionary.cast(pa.utf8())
        return pa.DictionaryArray.from_arrays(column.indices.cast(pa.int32()), words)
    return column.cast(pa.utf8()).dictionary_encode()


def _said(lists: pa.Array) -> int:
    """The bytes of all texts in lists of them, each as often as it is said."""
    values = lists.values if pa.types.is_list(lists.type) else lists
    if not isinstance(values, pa.DictionaryArray):
        return int(values.nbytes)
    lengths = pc.binary_length(values.dictionary).take(values.indices)
    return int(pc.sum(lengths).as_py() or 0)


def _told(error: BaseException) -> str:
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)
    if isinstance(error, MemoryError):
        return "damaged, or too large for the memory of this computer"
    return f"damaged: {str(error).partition(chr(10))[0]}"
