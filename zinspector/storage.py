"""Versioned documents on disk: integer version, migrations dict -> dict, atomic write, newer refused.

Every JSON file of ours is an object with `"format"` and `"version"`. A `Format` knows its name, its current
version and one small migration per older version. Bump `version` only when an older zinspector would
misread the new file; a new optional field does not need it, since unknown fields survive load and save.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from zinspector.errors import FileError

Record = dict[str, Any]


@dataclass(frozen=True)
class Format:
    """A family of files: its name, current version, and migrations from version n to n + 1."""

    name: str
    version: int
    migrations: Mapping[int, Callable[[Record], Record]] = field(default_factory=dict)

    def upgrade(self, record: Any, where: str) -> Record:
        """Check the header of `record` and bring it to the current version. Raises FileError."""
        if not isinstance(record, dict) or record.get("format") != self.name:
            raise FileError(f'not a {self.name} file (no "format": "{self.name}")', where=where)
        version = record.get("version")
        if not isinstance(version, int) or isinstance(version, bool) or version < 1:
            raise FileError(f'"version" must be a positive integer, not {version!r}', where=where)
        if version > self.version:
            raise FileError(
                f"written by a newer zinspector (version {version}; this one knows {self.version})",
                where=where,
                remedy="update zinspector to open it",
            )
        while version < self.version:
            record = self.migrations[version](record)
            version += 1
        return {**record, "version": self.version}


def read_json(path: Path) -> Any:
    """The JSON value in `path`. Raises FileError that names file, line and column."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise FileError(error.strerror or str(error), where=str(path)) from None
    except UnicodeDecodeError as error:
        raise FileError(f"not UTF-8 text at byte {error.start}", where=str(path)) from None
    return parse_json(text, where=str(path))


def parse_json(text: str, where: str) -> Any:
    """The JSON value in `text`. Raises FileError that names line and column."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise FileError(
            f"not valid JSON: {error.msg}",
            where=f"{where}, line {error.lineno}, column {error.colno}",
            remedy="a half-written file ends early; restore it from a backup or mend the place named"
            if error.pos >= len(text.rstrip())
            else "",
        ) from None
    except RecursionError:
        raise FileError("nested too deeply", where=where) from None
    except ValueError as error:
        raise FileError(str(error), where=where) from None


def write_json(path: Path, value: Any) -> None:
    """Write `value` so that `path` holds either the old or the new text, never half. Raises FileError."""
    write_bytes(path, (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode())


def write_bytes(path: Path, data: bytes) -> None:
    """Replace `path` by `data` atomically, keeping its permissions. Raises FileError."""
    with replacing(path) as file:
        file.write(data)


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to write that becomes `path` when the block ends well, and vanishes when it does not.

    Keeps the permissions of a file that is there. Raises FileError for what the system refuses.
    """
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        Path(temporary).replace(path)
    except BaseException as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise FileError(
                f"can't be written: {error.strerror or error}", where=str(path), remedy="choose another place"
            ) from None
        raise
