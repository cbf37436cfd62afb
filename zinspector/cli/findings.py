"""Findings for the command line: what the drawing alone tells, and how one reads on a line."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

from zinspector.doctor import drawing
from zinspector.doctor.finding import Finding
from zinspector.runtime.checking import refused_options
from zinspector.runtime.transports import available
from zinspector.topology.files import Loaded


def of_drawing(loaded: Loaded, base: Path) -> list[Finding]:
    """What could not be read in the file, and what is wrong with the rest; without what the user silenced.

    `base` is the folder of the file.
    """
    has = frozenset(name for name, there in available().items() if there)
    found = [
        *drawing.loading(loaded.problems),
        *drawing.check(loaded.document, has, base),
        *refused_options(loaded.document),
    ]
    return drawing.unsilenced(loaded.document, found)


def line(finding: Finding) -> str:
    """`CODE severity where: sentence (remedy)`, always one line."""
    remedy = f" ({finding.remedy})" if finding.remedy else ""
    text = f"{finding.code} {finding.severity} {finding.where}: {finding.text}{remedy}"
    return " ".join(text.splitlines())


class Told:
    """Prints each finding once, as it comes up, and keeps all that ever came up."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._found: dict[tuple[str, str | None, str | None, str], Finding] = {}

    def tell(self, findings: list[Finding]) -> None:
        """Print those that are new. One whose words change (how long something takes) is not new."""
        for finding in findings:
            key = finding.code, finding.node, finding.link, finding.cause
            if key not in self._found:
                print(line(finding), file=self._out, flush=True)
            self._found[key] = finding

    def all(self) -> list[Finding]:
        """Every finding in the order in which it came up, with its last words."""
        return list(self._found.values())
