"""`zinspector check FILE`: what is wrong with a drawing or in a capture, one finding a line. No socket is opened."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from zinspector.capture.files import load_store
from zinspector.cli.arguments import add_verb
from zinspector.cli.findings import line, of_drawing
from zinspector.cli.progress import telling
from zinspector.doctor import remedies, traffic
from zinspector.doctor.finding import ORDER, Finding
from zinspector.topology import files

EXAMPLES = """
  zinspector check weather.zin.json
  zinspector check weather.zin.json -T json
  zinspector check recording.arrow
  zinspector check capture.pcapng
"""


def add(verbs: Any) -> None:
    """Add the verb to the parser."""
    about = "say what is wrong with a topology or in a capture; exit 1 when there are errors"
    verb = add_verb(verbs, "check", about, EXAMPLES, work)
    verb.add_argument("file", type=Path, metavar="FILE", help="a .zin.json topology, or any capture that read reads")
    verb.add_argument(
        "-T", dest="output", choices=["text", "json"], default="text", help="json prints an array of findings"
    )


def work(asked: argparse.Namespace) -> int:
    """Check the file; 1 when there are errors."""
    findings = _of_capture(asked.file) if _is_capture(asked.file) else _of_drawing(asked.file)
    if asked.output == "json":
        print(json.dumps([finding.as_json() for finding in findings], indent=1, ensure_ascii=False))
    else:
        for finding in findings:
            print(line(finding))
    return int(any(finding.severity == "error" for finding in findings))


def _of_drawing(path: Path) -> list[Finding]:
    return of_drawing(files.load(path), path.parent)


def _of_capture(path: Path) -> list[Finding]:
    with telling(path.name) as progress:
        store = load_store(path, progress)
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
