"""Captures as lines: JSON by contract 4.2, which opens again, and CSV for spreadsheets, which doesn't."""

from __future__ import annotations

from collections.abc import Mapping
from typing import BinaryIO, Final

from zinspector.capture import csv, jsonl_out
from zinspector.capture.formats.source import Source
from zinspector.capture.jsonl_out import Decode

BYTES_AT_ONCE: Final = 8 << 20  # of frames: as text they are some times as long


def write_jsonl(
    file: BinaryIO, source: Source, metadata: Mapping[str, str], decode: Decode | None = None
) -> tuple[str, ...]:
    """Write one object a row; returns what was lost."""
    for part in source.slices(most_bytes=BYTES_AT_ONCE):
        file.write(jsonl_out.encoded(part, decode))
    return ("The drawing is not kept in lines of JSON.",) if metadata.get("drawing") else ()


def write_csv(file: BinaryIO, source: Source, decode: Decode | None = None) -> tuple[str, ...]:
    """Write a header and one line a row; returns what was lost."""
    file.write(f"{csv.header()}\n".encode())
    for part in source.slices(most_bytes=BYTES_AT_ONCE):
        file.write(csv.encoded(part, decode))
    return ("CSV is for reading: frames are shown, not kept, and the file can't be opened as a capture again.",)
