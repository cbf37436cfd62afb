"""`--record FILE` and its rotation: how every verb that captures is told to record, and how it does.

Every batch goes into the recording when it comes, not thirty times a second: nothing can fall out of the store before.
When the disk is slower than the traffic, capturing waits for it. A recording that the disk refuses ends with a finding
and with exit code 2 in the end; what runs, and what is printed, goes on.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from zinspector import __version__
from zinspector.capture.arrow_file import ArrowFile
from zinspector.capture.store import Store
from zinspector.capture.take import Limits, Take, series
from zinspector.cli import BAD_USE
from zinspector.cli.arguments import count, seconds, size
from zinspector.cli.output import Output, require_folder
from zinspector.decode.rules import moved_rules
from zinspector.doctor.finding import Finding
from zinspector.doctor.traffic import Examination
from zinspector.errors import FileError, UserError
from zinspector.topology import files, relocation
from zinspector.topology.confidential import without_secrets
from zinspector.topology.document import Document

PASSING_BYTES = 64 << 20
_SUFFIXES = frozenset({".arrow", ""})
_OTHER_FORMATS = frozenset({".parquet", ".mcap", ".pcapng", ".pcap", ".jsonl", ".json", ".csv"})


def add_arguments(verb: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    verb.add_argument("--record", type=Path, metavar="FILE", help="write every row to this .arrow file, as it comes")
    numbered = "begin a new file, FILE-0001 and so on,"
    verb.add_argument("--rotate-size", type=size, metavar="SIZE", help=f"{numbered} after SIZE bytes (100MB, 2GB)")
    verb.add_argument("--rotate-after", type=seconds, metavar="S", help=f"{numbered} after S seconds")
    verb.add_argument("--rotate-keep", type=count, metavar="N", help="keep only the newest N files of this recording")


def begin(
    asked: argparse.Namespace, shown: Output, drawing: Document | None = None, base: Path = Path()
) -> Take | None:
    """The recording that was asked for; it carries the decode rules and the drawing, whose paths begin in `base`.

    Raises UserError.
    """
    limits = Limits(asked.rotate_size, asked.rotate_after, asked.rotate_keep)
    if asked.record is None:
        if limits != Limits():
            raise UserError("there is nothing to rotate", where="--rotate", remedy="add --record FILE")
        return None
    if limits.most_files is not None and not limits.several:
        raise UserError(
            "says how many files to keep, but there is one",
            where="--rotate-keep",
            remedy="say when the next begins: --rotate-size or --rotate-after",
        )
    if asked.record.suffix.lower() not in _SUFFIXES:
        arrow = asked.record.with_suffix(".arrow")
        then = f", then: zinspector convert {arrow} {asked.record}"
        raise UserError(
            f"a recording is an .arrow file, not {asked.record.suffix}",
            where="--record",
            remedy=f"record {arrow}{then if asked.record.suffix.lower() in _OTHER_FORMATS else ''}",
        )
    require_folder(asked.record)
    old = "" if limits.several else _there(asked.record)
    earlier = [each.name for each in series(asked.record).values()] if limits.several else []
    drawn = {} if drawing is None else {"drawing": _carried(drawing, base)}
    notes = {**drawn, "zinspector": __version__, **shown.notes()}
    take = Take(asked.record, notes, limits)
    if old:
        print(f"zinspector: {asked.record}: replaces {old}", file=sys.stderr)
    if earlier:
        there = earlier[0] if len(earlier) == 1 else f"{earlier[0]} to {earlier[-1]}"
        told = f"{there} of an earlier recording stay; this one begins with {take.path.name}"
        print(f"zinspector: {asked.record}: {told}", file=sys.stderr)
    return take


def _carried(document: Document, base: Path) -> str:
    """The drawing as a recording keeps it: wherever that goes, its paths mean the same files; without secrets."""
    moved = relocation.anywhere(base)
    carried = without_secrets(relocation.relocated(document, moved))
    return files.dumps(replace(carried, decode=moved_rules(document.decode, moved)))


def _there(path: Path) -> str:
    """What is in a file that a recording will replace, in words; empty where there is nothing."""
    try:
        size = path.stat().st_size if path.is_file() else 0
        rows = ArrowFile(path).rows if size else 0
    except OSError:  # whoever writes it will say so
        return ""
    except FileError:
        return f"a file of {size:,} bytes"
    return f"a recording of {rows:,} {'row' if rows == 1 else 'rows'}" if size else ""


class Passing(Store):
    """A store that keeps little, and hands each batch on to the recording and to the doctor when it has its numbers."""

    def __init__(self, take: Take | None) -> None:
        super().__init__(PASSING_BYTES)
        self.examination = Examination()
        self._take = take

    def append(self, batch: pa.RecordBatch) -> None:
        """Add rows, here, to the recording and to what is examined."""
        first = self.next_n
        super().append(batch)
        for numbered in self.since(first):
            self.examination.consume(numbered)
            if self._take is not None:
                self._take.put(numbered, wait=True)

    def finding(self) -> Finding | None:
        """What is wrong with the recording."""
        if self._take is None or self._take.failure is None:
            return None
        failure = self._take.failure
        remedy = failure.remedy or "make room on that disk, or record to another; then start again"
        return Finding("Z000", "error", f"the recording ended: {failure.sentence}", remedy=remedy)


def end(take: Take | None, code: int) -> int:
    """Finish the recording; the exit code, which is that of a failure when rows are missing in it."""
    if take is None:
        return code
    take.close()
    if take.failure is None:
        return code
    print(f"zinspector: {take.lost:,} rows are not in the recording: {take.failure}", file=sys.stderr)
    return BAD_USE
