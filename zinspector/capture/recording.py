"""A recording that is written while it happens: the same `.arrow` file as a saved capture, batch by batch.

- Batches may come from several recorders with words of their own; the file has one set of words, which only grows.
- Every batch is handed to the system when it comes. A file whose writer was killed has no footer; it opens all the
  same, up to its last whole batch (`files.py`).
- A file that somebody else records into is refused (an advisory lock).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from zinspector.capture.schema import SCHEMA, WORDS
from zinspector.errors import FileError

try:
    import fcntl
except ImportError:  # Windows refuses a second writer by itself
    fcntl = None  # type: ignore[assignment]


class Recording:
    """A file that rows are appended to until it is closed."""

    def __init__(self, path: Path, metadata: Mapping[str, str] | None = None) -> None:
        """Begin the file anew. Raises FileError."""
        self.path = path
        self.rows = 0
        # none begins empty: Arrow takes the first words of an empty set for another set, which a file can't have
        self._words: dict[str, dict[str, int]] = {name: {"": 0} for name in WORDS}
        self._columns: dict[str, pa.Array] = {name: pa.array([""], pa.utf8()) for name in WORDS}
        self._translations: dict[str, tuple[pa.Array, pa.Array]] = {}
        extra = {key.encode(): value.encode() for key, value in (metadata or {}).items()}
        self._schema = SCHEMA.with_metadata({**extra, **SCHEMA.metadata})
        self._lock = _locked(path)
        self._file = pa.BufferedOutputStream(pa.OSFile(str(path), "wb"), 1 << 16)
        options = pa.ipc.IpcWriteOptions(emit_dictionary_deltas=True)
        self._writer = pa.ipc.new_file(self._file, self._schema, options=options)

    def append(self, batch: pa.RecordBatch) -> None:
        """Add rows, with the numbers that they have. Raises FileError when the disk refuses."""
        columns = [
            self._translated(name, column) if name in self._words else column
            for name, column in zip(SCHEMA.names, batch.columns, strict=True)
        ]
        try:
            self._writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=self._schema))
            self._file.flush()
        except OSError as error:
            raise self._fault(error) from None
        self.rows += batch.num_rows

    def close(self) -> None:
        """Finish the file. Raises FileError."""
        try:
            self._writer.close()
            self._file.close()
        except OSError as error:
            raise self._fault(error) from None
        finally:
            self._lock.close()

    def _translated(self, name: str, column: pa.DictionaryArray) -> pa.DictionaryArray:
        """The column with the words of this file."""
        words = column.dictionary
        known, translation = self._translations.get(name, (None, None))
        if known is None or not known.equals(words):
            codes = self._words[name]
            translation = pa.array([codes.setdefault(word, len(codes)) for word in words.to_pylist()], pa.int32())
            self._translations[name] = words, translation
            if len(codes) > len(self._columns[name]):
                self._columns[name] = pa.array(list(codes), pa.utf8())
        return pa.DictionaryArray.from_arrays(translation.take(column.indices), self._columns[name])

    def _fault(self, error: OSError) -> FileError:
        text = f"can't be written: {os.strerror(error.errno) if error.errno else error}"
        return FileError(text, where=str(self.path), remedy="free some space, or record elsewhere")


def _locked(path: Path) -> BinaryIO:
    """A handle whose life is that of the lock. Raises FileError."""
    try:
        file = path.open("ab")
        try:
            if fcntl is not None:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            raise
    except BlockingIOError:
        raise FileError("another zinspector records into this file", where=str(path)) from None
    except OSError as error:
        raise FileError(f"can't be written: {error.strerror}", where=str(path)) from None
    return file
