"""Topology files, `*.zin.json`: `load`, `loads`, `save`, and the records in between.

Loading has two stages: text to an inert JSON record whose format and version are checked (FileError if the file can't
be used at all), then record to nodes, where nothing fails as a whole: see `reading.py`. Whatever was not understood
survives saving. A drawing without any position, written by hand, is laid out automatically. Bump `FORMAT.version`,
with a migration, only when an older zinspector would misread the new file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zinspector.errors import FileError
from zinspector.storage import Format, parse_json, read_json, write_bytes
from zinspector.topology.document import Document
from zinspector.topology.edits import move_to
from zinspector.topology.layout import layered
from zinspector.topology.reading import Problem, read_document
from zinspector.topology.writing import document_record

FORMAT = Format("zinspector-topology", 1)
_LINE = 120


@dataclass(frozen=True)
class Loaded:
    """A document, and what in its file could not be understood."""

    document: Document
    problems: tuple[Problem, ...] = ()


def load(path: Path) -> Loaded:
    """Read a topology file. Raises FileError if it is no topology file at all."""
    return from_record(read_json(path), str(path))


def loads(text: str, where: str = "text") -> Loaded:
    """Read a topology from text; `where` names it in errors. Raises FileError."""
    return from_record(parse_json(text, where), where)


def save(document: Document, path: Path) -> None:
    """Write `path` whole or not at all. Raises FileError."""
    write_bytes(path, dumps(document, str(path)).encode())


def dumps(document: Document, where: str = "") -> str:
    """The text of a topology file. Raises FileError if a foreign field is nested too deeply to be written."""
    record = to_record(document)
    try:
        text = _pretty(record, 0)
        text.encode()
    except UnicodeEncodeError:  # half a surrogate pair in a field that isn't ours
        text = json.dumps(record, indent=1)
    except RecursionError:
        raise FileError("nested too deeply to be written", where=where) from None
    return text + "\n"


def from_record(record: Any, where: str = "") -> Loaded:
    """The document in a JSON record of any known version. Raises FileError."""
    document, problems = read_document(FORMAT.upgrade(record, where))
    if not _has_positions(record.get("nodes")):
        document = move_to(document, layered(document))
    return Loaded(document, problems)


def to_record(document: Document) -> dict[str, Any]:
    """The document as the JSON record that is saved."""
    return {"format": FORMAT.name, "version": FORMAT.version, **document_record(document)}


def _has_positions(nodes: Any) -> bool:
    return isinstance(nodes, list) and any(isinstance(entry, dict) and "position" in entry for entry in nodes)


def _pretty(value: Any, depth: int) -> str:
    """JSON with one line for whatever fits on one, so that a topology reads, and differs, line by line."""
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or (depth and depth + len(line) < _LINE):
        return line
    if not any(isinstance(item, dict | list) for item in _items(value)) and len(value) < 2:
        return line
    inner = " " * (depth + 1)
    if isinstance(value, dict):
        parts = [f"{json.dumps(key, ensure_ascii=False)}: {_pretty(item, depth + 1)}" for key, item in value.items()]
        return "{\n" + ",\n".join(inner + part for part in parts) + "\n" + " " * depth + "}"
    parts = [_pretty(item, depth + 1) for item in value]
    return "[\n" + ",\n".join(inner + part for part in parts) + "\n" + " " * depth + "]"


def _items(value: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value
