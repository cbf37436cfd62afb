"""`zinspector check FILE`: what is wrong with a drawing, one finding a line. No socket is opened."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from zinspector.cli.arguments import add_verb
from zinspector.cli.findings import line, of_drawing
from zinspector.topology import files

EXAMPLES = """
  zinspector check weather.zin.json
  zinspector check weather.zin.json -T json
"""


def add(verbs: Any) -> None:
    """Add the verb to the parser."""
    verb = add_verb(verbs, "check", "say what is wrong with a topology; exit 1 when there are errors", EXAMPLES, work)
    verb.add_argument("file", type=Path, metavar="FILE", help="a .zin.json topology")
    verb.add_argument(
        "-T", dest="output", choices=["text", "json"], default="text", help="json prints an array of findings"
    )


def work(asked: argparse.Namespace) -> int:
    """Check the file; 1 when there are errors."""
    findings = of_drawing(files.load(asked.file), asked.file.parent)
    if asked.output == "json":
        print(json.dumps([finding.as_json() for finding in findings], indent=1, ensure_ascii=False))
    else:
        for finding in findings:
            print(line(finding))
    return int(any(finding.severity == "error" for finding in findings))
