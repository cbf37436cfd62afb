"""MCAP to rows: our own files as they were, those of others with a row for each message.

A message of another program's file is a row as if it had been published: its channel's topic and its data are two
frames, from PUB to SUB; `node` is the file's stem. The first message of a channel comes after an event CHANNEL that
says what the channel holds. What could not be read is told in the remarks of the store.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from google.protobuf.message import DecodeError
from mcap.records import Channel, Header, Metadata, Schema

from zinspector.capture.formats import rowproto
from zinspector.capture.formats.budget import Budget
from zinspector.capture.formats.gathering import Gathering, Row
from zinspector.capture.formats.mcap_out import PROFILE, ROWS
from zinspector.capture.formats.mcap_records import Found, Reader, Said
from zinspector.capture.progress import CancelledError, Progress
from zinspector.capture.schema import FORMAT, VERSION
from zinspector.capture.store import Store
from zinspector.capture.writer import MAX_FRAME
from zinspector.errors import FileError

TELL_AFTER = 1000  # records
LATEST = (1 << 63) - 1
NOTES_WITHIN = 100  # records


def load(path: Path, progress: Progress | None = None, node: str | None = None, budget: Budget | None = None) -> Store:
    """A store with the rows of a file. Raises FileError. `node` is what foreign rows are called, else the stem."""
    budget = budget or Budget(path)
    gathering = Gathering(budget)
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            reader = Reader(file, size, path, budget)
            rows = _Rows(node or path.stem, path)
            for count, found in enumerate(reader.records()):
                for row in rows.of(found):
                    gathering.add(row)
                if count % TELL_AFTER == 0 and progress is not None and not progress(reader.place / size):
                    raise CancelledError("opening was cancelled", where=str(path))
        gathering.flush()
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
                    return dict(found.metadata)
                if count > NOTES_WITHIN or isinstance(found, Said):
                    break
    except OSError as error:
        raise FileError(error.strerror or str(error), where=str(path)) from None
    return {}


class _Rows:
    """What records mean."""

    def __init__(self, node: str, path: Path) -> None:
        self._node = node
        self._path = path
        self._ours = False
        self._schemas: dict[int, Schema] = {}
        self._channels: dict[int, Channel] = {}
        self._told: set[int] = set()
        self._lost = self._strange = 0

    def of(self, found: Found) -> Iterator[Row]:
        """The rows of a record. Raises FileError for a newer file."""
        if isinstance(found, Said):
            channel = self._channels.get(found.channel)
            if channel is None:
                self._lost += 1
            elif not self._ours:
                yield from self._foreign(channel, found)
            elif channel.topic == ROWS:
                yield from self._own(found)
        elif isinstance(found, Channel):
            self._channels.setdefault(found.id, found)
        elif isinstance(found, Schema):
            self._schemas.setdefault(found.id, found)
        elif isinstance(found, Header):
            self._ours = found.profile == PROFILE
        elif found.name == PROFILE:
            self._check(found.metadata)

    def _event(self, name: str, text: str, details: dict[str, str], time_ns: int) -> Row:
        frames = [text.encode("utf-8", "backslashreplace"), json.dumps(details).encode()]
        head = (0, time_ns, self._node, None, None, "in", "event", name, None, None)
        return (*head, sum(map(len, frames)), frames, None, None)

    def damage(self) -> Iterator[str]:
        """What was whole but without a meaning."""
        if self._lost:
            yield f"{self._lost:,} messages belong to no channel that could be read"
        if self._strange:
            yield f"{self._strange:,} rows could not be understood"

    def _own(self, found: Said) -> Iterator[Row]:
        try:
            row = rowproto.unpacked(found.data)
        except (DecodeError, ValueError):
            self._strange += 1
            return
        yield row

    def _foreign(self, channel: Channel, found: Said) -> Iterator[Row]:
        time = min(found.time_ns, LATEST)
        if channel.id not in self._told:
            self._told.add(channel.id)
            schema = self._schemas.get(channel.schema_id)
            kind = f", {schema.name} ({schema.encoding})" if schema is not None else ""
            details = {"topic": channel.topic, "encoding": channel.message_encoding}
            details |= {"schema": schema.name, "schema_encoding": schema.encoding} if schema is not None else {}
            text = f"channel {channel.topic}: {channel.message_encoding or 'no encoding'}{kind}"
            yield self._event("CHANNEL", text, details, time)
        topic = channel.topic.encode("utf-8", "backslashreplace")
        sizes = [len(topic), len(found.data)]
        frames = [topic, found.data[:MAX_FRAME]]
        head = (0, time, self._node, None, None, "in", "message", None, "PUB", "SUB")
        yield (*head, sum(sizes), frames, sizes if len(frames[1]) < sizes[1] else None, None)

    def _check(self, metadata: dict[str, str]) -> None:
        version = metadata.get("version", "")
        if metadata.get("format") == FORMAT and not (version.isdigit() and int(version) <= VERSION):
            raise FileError(
                f"written by a newer zinspector (version {version[:20]}; this one knows {VERSION})",
                where=str(self._path),
                remedy="update zinspector to open it",
            )
