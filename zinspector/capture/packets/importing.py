"""A packet capture to a store with rows: the whole file, with progress, and what is damaged in it told as rows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from zinspector.capture.packets.columns import Packets
from zinspector.capture.packets.dissect import Dissector
from zinspector.capture.packets.ordering import joined, renumbered
from zinspector.capture.packets.records import PacketReader
from zinspector.capture.packets.sorting import Sorter
from zinspector.capture.packets.unpacking import SUFFIXES, Unpacking
from zinspector.capture.progress import CancelledError, Progress
from zinspector.capture.store import Store
from zinspector.errors import FileError


def node_of(path: Path) -> str:
    """What the rows of a capture are called: the stem of its file, without `.gz` or the like."""
    return (path.with_suffix("") if path.suffix in SUFFIXES else path).stem


def read_packets(path: Path, progress: Progress | None = None, node: str | None = None) -> Store:
    """A store with the rows of a pcap or pcapng, packed or not. Raises FileError.

    `progress` is told the share that is done, 0 to 1, and stops by returning False.
    """
    dissector = Dissector(node or node_of(path))
    try:
        batches = list(_batches(path, dissector, progress))
    except OSError as error:
        raise FileError(error.strerror or str(error), where=str(path)) from None
    store = Store(retention_bytes=1 << 62)
    for batch in joined([renumbered(batch, dissector.appeared) for batch in batches]):
        store.append(batch)
    return store


def _batches(path: Path, dissector: Dissector, progress: Progress | None) -> Iterator[pa.RecordBatch]:
    reader, sorter = PacketReader(), Sorter()
    try:
        for packets in sorter.chunks(_chunks(path, reader, progress)):
            dissector.take(packets)
            yield from _rows(dissector)
    except CancelledError:
        raise
    except FileError as error:
        raise FileError(error.text, where=str(path), remedy=error.remedy) from None
    dissector.finish(reader.damage, reader.dropped, sorter.remark)
    yield from _rows(dissector)


def _chunks(path: Path, reader: PacketReader, progress: Progress | None) -> Iterator[Packets]:
    with path.open("rb") as file:
        size = max(os.fstat(file.fileno()).st_size, 1)
        unpacking = Unpacking(file)
        for piece in unpacking.pieces():
            for packets in reader.feed(piece):
                yield packets
                if progress is not None and not progress(min(file.tell() / size, 1.0)):
                    raise CancelledError("opening was cancelled", where=str(path))
    reader.finish(unpacking.damage)


def _rows(dissector: Dissector) -> Iterator[pa.RecordBatch]:
    batch = dissector.rows()
    if batch is not None and batch.num_rows:
        yield batch
