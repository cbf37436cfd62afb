"""`zinspector convert IN... OUT`: a capture in another format, for other programs or to keep."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from zinspector.capture.files import notes_of
from zinspector.capture.formats.exporting import FORMS, Form, export, form_of
from zinspector.capture.formats.source import Picked
from zinspector.cli import FINE, captures, filtering, output
from zinspector.cli.arguments import add_verb
from zinspector.cli.progress import telling
from zinspector.errors import UserError

EXAMPLES = """
  zinspector convert recording.arrow recording.parquet
  zinspector convert recording.arrow recording.mcap --decode 'topic:quotes.*=protobuf(quotes.proto, market.Quote)'
  zinspector convert recording.arrow london.pcapng -Y 'topic == "weather.london"'
  zinspector convert capture.pcap.gz capture.arrow
  zinspector convert capture.pcapng table.txt --to csv
  zinspector convert traffic-*.arrow traffic.arrow            # all files of a rotation as one
"""


NUMBER: Final = re.compile(r"-\d{4,9}(?=\.)")  # of a file of a rotation


def add(verbs: Any) -> None:
    """Add the verb to the parser."""
    verb = add_verb(verbs, "convert", "write a capture in another format", EXAMPLES, work)
    captures.add_argument(verb, "a capture of any format but CSV", "IN")
    verb.add_argument("out", type=Path, metavar="OUT", help=f"what to write, by extension: {', '.join(_names())}")
    verb.add_argument("--to", choices=_names(), metavar="FORMAT", help="the format, whatever the extension of OUT")
    verb.add_argument("-Y", dest="filter", metavar="FILTER", help="only the rows that match this display filter")
    output.add_decoding(verb)
    verb.set_defaults(output=None)


def work(asked: argparse.Namespace) -> int:
    """Write the file."""
    form = _form(asked)
    if str(asked.out) == "-":
        remedy = f"name a file; to print rows: zinspector read {asked.files[0]} -T jsonl"
        raise UserError("can't be written to standard output", where="-", remedy=remedy)
    _require_no_input(asked.files, asked.out)
    output.require_folder(asked.out)
    shown = output.Output(asked, capture=asked.files[-1])
    wanted = filtering.made(asked.filter, shown)
    notes = {key: text for key, text in notes_of(asked.files[-1]).items() if key == "drawing"} | shown.notes()
    store = captures.load(asked.files)
    batches = store.batches()
    with telling(captures.name(asked.files)) as progress:
        rows = batches if wanted is None else Picked(batches, wanted.rows(batches, progress))
    with telling(asked.out.name) as progress:
        known = shown.decoding
        done = export(
            rows, asked.out, progress, metadata=notes, decode=known.of_rows, describe=known.schema, form=form,
            standing=store.standing,
        )  # fmt: skip
    print(f"{done.rows:,} {'row' if done.rows == 1 else 'rows'} in {asked.out}")
    captures.tell(asked.files, store)
    for text in done.lost:
        print(f"zinspector: {asked.out}: {text}", file=sys.stderr)
    return FINE


def _require_no_input(files: Sequence[Path], out: Path) -> None:
    """Let nobody who names a rotation and forgets OUT lose its last file. Raises UserError."""
    first = files[0]
    alike = first.parent == out.parent and NUMBER.sub("", first.name) == NUMBER.sub("", out.name)
    if out.exists() and (files[1:] or (alike and first != out)):
        raise UserError("is there already", where=str(out), remedy="the last name is what to write: name a new file")


def _form(asked: argparse.Namespace) -> Form:
    if asked.to is None:
        return form_of(asked.out)
    return form_of(Path(f"-.{asked.to}"))


def _names() -> list[str]:
    return [form.suffix.removeprefix(".") for form in FORMS]
