"""`zinspector check FILE...`: what is wrong with a drawing or in a capture, one finding a line. No socket is opened."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from zinspector.cli import captures
from zinspector.cli.arguments import add_verb
from zinspector.cli.findings import line, of_drawing
from zinspector.doctor import remedies, traffic
from zinspector.doctor.finding import ORDER, Finding
from zinspector.errors import UserError
from zinspector.topology import files

EXAMPLES = """
  zinspector check weather.zin.json
  zinspector check weather.zin.json -T json
  zinspector check recording.arrow
  zinspector check capture.pcapng
  zinspector check traffic-*.arrow                            # all files of a rotation
"""


def add(verbs: Any) -> None:
    """Add the verb to the parser."""
    about = "say what is wrong with a topology or in a capture; exit 1 when there are errors"
    verb = add_verb(verbs, "check", about, EXAMPLES, work)
    captures.add_argument(verb, "a .zin.json topology, or any capture that read reads")
    verb.add_argument(
        "-T", dest="output", choices=["text", "json"], default="text", help="json prints an array of findings"
    )


def work(asked: argparse.Namespace) -> int:
    """Check the file, or a capture in several; 1 when there are errors."""
    drawing = next((path for path in asked.files if not _is_capture(path)), None)
    if drawing is not None and asked.files[1:]:
        raise UserError("a topology is checked by itself", where=str(drawing), remedy="name it alone, or captures only")
    findings = _of_capture(asked.files) if drawing is None else _of_drawing(drawing)
    if asked.output == "json":
        print(json.dumps([finding.as_json() for finding in findings], indent=1, ensure_ascii=False))
    else:
        for finding in findings:
            print(line(finding))
    return int(any(finding.severity == "error" for finding in findings))


def _of_drawing(path: Path) -> list[Finding]:
    return of_drawing(files.load(path), path.parent)


def _of_capture(paths: Sequence[Path]) -> list[Finding]:
    store = captures.load(paths)
    told = [Finding("Z000", "warning", text, remedy=remedies.EVENTS["DAMAGED"]) for text in store.remarks]
    return sorted([*traffic.check(store.batches(), store.standing), *told], key=lambda one: ORDER[one.severity])


def _is_capture(path: Path) -> bool:
    """Whether a file is no topology: those are JSON objects, and so are lines of messages, which go by their name."""
    if path.suffix in (".json", ".jsonl"):
        return path.suffix == ".jsonl"
    try:
        with path.open("rb") as file:
            return not file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
    except OSError:  # told by whoever loads it
        return True
