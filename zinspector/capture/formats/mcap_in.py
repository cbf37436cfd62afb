"""MCAP to rows: our own files as they were, those of others with a row for each message.

A message of another program's file is a row as if it had been published: its channel's topic and its data are two
frames, from PUB to SUB; `node` is the file's stem. The first message of a channel comes after an event CHANNEL that
says what the channel holds. What could not be read is told in the remarks of the store.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
from google.protobuf.message import DecodeError
from mcap.records import Channel, Header, Metadata, Schema

from zinspector.capture.formats import rowproto, rowproto_in
from zinspector.capture.formats.budget import Budget
from zinspector.capture.formats.foreign import Foreign
from zinspector.capture.formats.gathering import Gathering
from zinspector.capture.formats.mcap_out import PROFILE, ROWS
from zinspector.capture.formats.mcap_records import Found, Reader, Said
from zinspector.capture.progress import CancelledError, Progress
from zinspector.capture.schema import FORMAT, VERSION
from zinspector.capture.standing import NOTE as STANDING
from zinspector.capture.standing import from_text
from zinspector.capture.store import Store
from zinspector.errors import FileError

TELL_AFTER = 1 << 20  # bytes
TOGETHER = 8 << 20  # bytes of rows that are read together
NOTES_WITHIN = 100  # records


def load(path: Path, progress: Progress | None = None, node: str | None = None, budget: Budget | None = None) -> Store:
    """A store with the rows of a file. Raises FileError. `node` is what foreign rows are called, else the stem."""
    budget = budget or Budget(path)
    gathering = Gathering(budget)
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            reader = Reader(file, size, path, budget)
            rows = _Rows(node or path.stem, path, gathering)
            told = 0
            for found in reader.records():
                rows.take(found)
                if reader.place >= told and progress is not None and not progress(reader.place / size):
                    raise CancelledError("opening was cancelled", where=str(path))
                told = max(told, reader.place + TELL_AFTER)
        rows.flush()
        gathering.store.remarks += [*reader.damage, *rows.damage()]
    except OSError as error:
        raise FileError(error.strerror or str(error), where=str(path)) from None
    except (pa.ArrowException, ValueError, OverflowError, MemoryError) as error:
        raise FileError(f"damaged: {str(error).partition(chr(10))[0]}", where=str(path)) from None
    return gathering.store


def notes(path: Path) -> dict[str, str]:
    """The notes of a file of ours; empty for others. Raises FileError."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            for count, found in enumerate(Reader(file, size, path, Budget(path)).records()):
                if isinstance(found, Metadata) and found.name == PROFILE:
                    return {key: text for key, text in found.metadata.items() if key != STANDING}
                if count > NOTES_WITHIN or isinstance(found, Said):
                    break
    except OSError as error:
        raise FileError(error.strerror or str(error), where=str(path)) from None
    return {}


class _Rows:
    """What records mean."""

    def __init__(self, node: str, path: Path, gathering: Gathering) -> None:
        self._path = path
        self._gathering = gathering
        self._foreign = Foreign(node, gathering)
        self._ours = False
        self._channels: dict[int, Channel] = {}
        self._waiting: list[pa.Array] = []
        self._waiting_bytes = 0
        self._lost = self._strange = 0

    def take(self, found: Found) -> None:
        """Take in a record, or messages. Raises FileError for a newer file."""
        if isinstance(found, Said):
            self._said(found)
        elif isinstance(found, Channel):
            self._channels.setdefault(found.id, found)
        elif isinstance(found, Schema):
            self._foreign.schemas.setdefault(found.id, found)
        elif isinstance(found, Header):
            self._ours = found.profile == PROFILE
        elif found.name == PROFILE:
            self._check(found.metadata)
            self._gathering.store.standing = from_text(found.metadata.get(STANDING, ""))

    def flush(self) -> None:
        """Put all into the store."""
        if self._waiting:
            rows, self._waiting, self._waiting_bytes = pa.concat_arrays(self._waiting), [], 0
            batch = rowproto_in.unpacked(rows)
            if batch is not None:
                self._gathering.put(batch)
            else:
                self._one_by_one(rows)
        self._gathering.flush()

    def damage(self) -> Iterator[str]:
        """What was whole but without a meaning."""
        if self._lost:
            yield f"{self._lost:,} messages belong to no channel that could be read"
        if self._strange:
            yield f"{self._strange:,} rows could not be understood"

    def _said(self, found: Said) -> None:
        known = np.isin(found.channels, list(self._channels))
        self._lost += int(np.count_nonzero(~known))
        if not self._ours:
            self._foreign.take(found, np.flatnonzero(known), self._channels)
            return
        own = [number for number, channel in self._channels.items() if channel.topic == ROWS]
        self._waiting.append(found.bodies(np.flatnonzero(np.isin(found.channels, own))))
        self._waiting_bytes += self._waiting[-1].nbytes
        if self._waiting_bytes >= TOGETHER:
            self.flush()

    def _one_by_one(self, rows: pa.Array) -> None:
        for data in rows:
            try:
                row = rowproto.unpacked(data.as_py())
            except (DecodeError, ValueError):
                self._strange += 1
                continue
            self._gathering.add(row)

    def _check(self, metadata: dict[str, str]) -> None:
        version = metadata.get("version", "")
        if metadata.get("format") == FORMAT and not (version.isdigit() and int(version) <= VERSION):
            raise FileError(
                f"written by a newer zinspector (version {version[:20]}; this one knows {VERSION})",
                where=str(self._path),
                remedy="update zinspector to open it",
            )
