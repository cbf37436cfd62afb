"""`zinspector check FILE`: what is wrong with a drawing, one finding a line."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from zinspector.doctor import drawing
from zinspector.doctor.finding import Finding
from zinspector.runtime.versions import capabilities
from zinspector.topology import files


def add(verbs: Any) -> None:
    """Add the verb to the parser."""
    verb = verbs.add_parser("check", help="what is wrong with a topology; exit 1 when there are errors")
    verb.add_argument("file", type=Path, metavar="FILE", help="a .zin.json file")
    verb.add_argument("-T", dest="output", choices=["text", "json"], default="text", help="json prints an array")
    verb.set_defaults(work=work)


def work(asked: argparse.Namespace) -> int:
    """Check the file; 1 when there are errors."""
    loaded = files.load(asked.file)
    has = frozenset(name for name, there in capabilities().items() if there)
    silenced = {(node.id, code) for node in loaded.document.nodes for code in node.silenced}
    findings = [
        *(Finding("Z100", "error", f"{p.where}: {p.text}", remedy=p.remedy) for p in loaded.problems),
        *(found for found in drawing.check(loaded.document, has, asked.file.parent) if (found.node, found.code) not in silenced),
    ]
    if asked.output == "json":
        print(json.dumps([finding.as_json() for finding in findings], indent=1, ensure_ascii=False))
    else:
        for finding in findings:
            remedy = f" ({finding.remedy})" if finding.remedy else ""
            print(f"{finding.code} {finding.severity} {finding.where}: {finding.text}{remedy}")
    return int(any(finding.severity == "error" for finding in findings))
