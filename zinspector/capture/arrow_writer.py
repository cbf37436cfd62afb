"""Batches to the bytes of an `.arrow` file: one set of words, few large batches, sums beside each.

Small batches that come together are written as one: a file of a million tiny ones would be slow to open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa

from zinspector.capture.checksum import KEY, KEY_OF_OTHERS, checksum, checksum_of_others
from zinspector.capture.schema import SCHEMA
from zinspector.capture.words import Words

NOTE = b"zinspector.note."
"""Begins the keys of notes that were made after the file was begun, beside a batch."""
MISSING = b"missing"
"""The key of how many rows were captured, but are not in the file: 20 digits, to be written over in their place."""
BATCH_BYTES = 4 << 20
BATCH_ROWS = 1 << 16


class ArrowWriter:
    """Writes to a file that the caller flushes and closes. Methods raise the OSError of the file."""

    def __init__(self, file: Any, metadata: Mapping[str, str] | None = None) -> None:
        """`metadata` is kept in the schema."""
        extra = {key.encode(): value.encode() for key, value in (metadata or {}).items()}
        self._metadata = {**extra, **SCHEMA.metadata}
        self._words = Words()
        options = pa.ipc.IpcWriteOptions(emit_dictionary_deltas=True)
        self._writer = pa.ipc.new_file(file, SCHEMA.with_metadata(self._metadata), options=options)

    def write(self, batches: list[pa.RecordBatch]) -> int:
        """Write some batches as one; returns its rows."""
        joined = self._words.joined(batches).replace_schema_metadata(self._metadata)
        sums = {KEY: b"%016x" % checksum(joined), KEY_OF_OTHERS: b"%016x" % checksum_of_others(joined)}
        self._writer.write_batch(joined, custom_metadata=sums)
        return int(joined.num_rows)

    @property
    def words(self) -> pa.RecordBatch:
        """A batch without rows, with all words so far."""
        return self._words.nothing().replace_schema_metadata(self._metadata)

    def learn(self, batch: pa.RecordBatch) -> None:
        """Take in the words of a batch that is written later."""
        self._words.learn(batch)

    def begin(self) -> None:
        """Write what the file is: Arrow does so with the first batch, and until then there would be an empty file."""
        self._writer.write_batch(self.words)

    def note(self, metadata: Mapping[str, str]) -> None:
        """Keep notes that came later: the schema, which has the first ones, is written already."""
        beside = {NOTE + key.encode(): value.encode() for key, value in metadata.items()}
        self._writer.write_batch(self.words, custom_metadata=beside)

    def close(self) -> None:
        """Write the footer."""
        self._writer.close()


def together(batches: Iterable[pa.RecordBatch]) -> Iterator[list[pa.RecordBatch]]:
    """Batches that are written as one."""
    some: list[pa.RecordBatch] = []
    size = rows = 0
    for batch in batches:
        if some and (size > BATCH_BYTES or rows + batch.num_rows > BATCH_ROWS):
            yield some
            some, size, rows = [], 0, 0
        some.append(batch)
        size += batch.get_total_buffer_size()
        rows += batch.num_rows
    if some:
        yield some
