"""`-T text|jsonl|csv`, `--decode` and `--topology`: how every verb that shows rows is told to show them."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa

from zinspector.capture import csv, jsonl_out, lines
from zinspector.capture.files import notes_of
from zinspector.capture.formats.source import sliced
from zinspector.capture.message import messages
from zinspector.capture.readable import printable
from zinspector.cli.decoding import Decoding, registry, rules
from zinspector.decode.carried import Carried
from zinspector.decode.rules import Rule
from zinspector.errors import FileError, UserError
from zinspector.topology import files
from zinspector.topology.document import Document

FORMS = ("text", "jsonl", "csv")
ROWS_AT_ONCE = 2000
BYTES_AT_ONCE = 4 << 20


def add_arguments(verb: argparse.ArgumentParser, *, default: str | None, about: str) -> None:
    """Add the arguments; `about` says what `-T` prints."""
    verb.add_argument("-T", dest="output", choices=FORMS, default=default, help=about)
    add_decoding(verb)


def add_decoding(verb: argparse.ArgumentParser) -> None:
    """Add `--decode` and `--topology`."""
    verb.add_argument(
        "--decode",
        action="append",
        default=[],
        metavar="WHERE=DECODER(OPTIONS)",
        help="decode these frames; WHERE is any of topic:GLOB node:ID link:ID frame:NUMBER, or * for all",
    )
    verb.add_argument(
        "--topology", type=Path, metavar="FILE", dest="named_by", help="take decode rules and names from this topology"
    )


def require_folder(path: Path | None) -> None:
    """Tell before a long run that its result could not be written. Raises FileError."""
    if path is None or str(path) == "-":
        return
    if not path.parent.is_dir():
        raise FileError("no such folder", where=str(path.parent), remedy="make it first")
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise FileError("can't be written", where=str(path), remedy="choose another place")


class Output:
    """Rows to lines, as asked for."""

    def __init__(
        self,
        asked: argparse.Namespace,
        drawn: Document | None = None,
        base: Path = Path(),
        capture: Path | None = None,
    ) -> None:
        """`drawn` is the topology that runs, if one does, from the folder `base`; `capture` a file that may carry one.

        What was asked for wins over both. Raises UserError.
        """
        self._form: str | None = asked.output
        self._names: dict[str, str] = {}
        found = rules(asked.decode, Path())  # those of the command line first: they win
        if asked.named_by is not None:
            document = files.load(asked.named_by).document
            found += self._of(document, asked.named_by.parent)
        if drawn is not None:
            found += self._of(drawn, base)
        if capture is not None and capture.is_file():
            found += self._carried(capture)
        self._decoding = Decoding(found)
        self._rules = found

    @property
    def decoding(self) -> Decoding:
        """The decoders that were asked for."""
        return self._decoding

    @property
    def rules(self) -> list[Rule]:
        """The decode rules that were given, in the order in which they are asked."""
        return self._rules

    def notes(self) -> dict[str, str]:
        """The decode rules as a recording carries them, with their schemas; says what it can't carry."""
        kept = self._decoding.kept()
        for text in kept.left_out:
            print(f"zinspector: {text}", file=sys.stderr)
        return kept.notes

    def begin(self) -> list[str]:
        """What stands above the rows."""
        return [csv.header()] if self._form == "csv" else []

    def pieces(self, batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[str, int]]:
        """A line for each row, in pieces: the lines, and how many."""
        if self._form in ("jsonl", "csv"):
            encoded = jsonl_out.encoded if self._form == "jsonl" else csv.encoded
            for part in sliced(batches, ROWS_AT_ONCE, BYTES_AT_ONCE):
                yield str(encoded(part, self._decoding.of_rows), "utf-8"), part.num_rows
            return
        rows = (row for batch in batches for row in messages(batch))
        for line in lines.lines(rows, self._decoding.decoded if self._rules else None, self._names):
            yield f"{line}\n", 1

    def _carried(self, capture: Path) -> list[Rule]:
        """The decode rules of a capture; those that can't be used here are told, and left out."""
        try:
            notes = notes_of(capture)
        except FileError:  # whoever loads the rows tells what is wrong with the file
            return []
        try:
            document = files.loads(notes.get("drawing", "{}"), str(capture)).document
        except FileError:  # it has none, or one that can't be read
            document = Document()
        self._names.update({node.id: node.label for node in document.nodes if node.label})
        came, known, found = Carried(notes, document.decode), registry(), list[Rule]()
        for text in came.texts:
            try:
                rule = came.rule(text)
                known.decoder(rule.decoder, rule.arguments)
                found.append(rule)
            except UserError as error:
                why = printable(str(error))  # the words are somebody else's
                print(f"zinspector: {capture}: a decode rule that it carries is left out: {why}", file=sys.stderr)
        return found

    def _of(self, document: Document, base: Path) -> list[Rule]:
        self._names.update({node.id: node.label for node in document.nodes if node.label})
        return rules(document.decode, base)
