"""Captures as lines: JSON by contract 4.2, which opens again, and CSV for spreadsheets, which doesn't."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, BinaryIO

from zinspector.capture import csv, jsonl
from zinspector.capture.formats.source import Source
from zinspector.capture.message import Message

Decode = Callable[[Message], list[dict[str, Any]]]


def write_jsonl(
    file: BinaryIO, source: Source, metadata: Mapping[str, str], decode: Decode | None = None
) -> tuple[str, ...]:
    """Write one object a row; returns what was lost."""
    _write(file, jsonl.lines(source.messages(), decode))
    return ("The drawing is not kept in lines of JSON.",) if metadata.get("drawing") else ()


def write_csv(file: BinaryIO, source: Source, decode: Decode | None = None) -> tuple[str, ...]:
    """Write a header and one line a row; returns what was lost."""
    _write(file, [csv.header()])
    _write(file, csv.lines(source.messages(), decode))
    return ("CSV is for reading: frames are shown, not kept, and the file can't be opened as a capture again.",)


def _write(file: BinaryIO, lines: Iterable[str]) -> None:
    for line in lines:
        file.write(line.encode("utf-8", "backslashreplace"))
        file.write(b"\n")
