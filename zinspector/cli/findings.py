"""Findings for the command line: what the drawing alone tells, how one reads on a line, and those of a run.

They are told on standard error as they come up. While a spy still asks who listens at its address, rows wait: the
answer says more than they do.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from zinspector.cli.recording import Passing
from zinspector.doctor import drawing
from zinspector.doctor.finding import Finding, unexplained, unsaid
from zinspector.runtime.checking import refused_options
from zinspector.runtime.session import Session
from zinspector.runtime.transports import available
from zinspector.topology.document import Document
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


class Diagnosis:
    """What is wrong with a run: with its drawing (`drawn`), its session, its recording, and the rows that went by."""

    def __init__(self, document: Document, session: Session, store: Passing, drawn: Iterable[Finding] = ()) -> None:
        self._document = document
        self._session = session
        self._store = store
        self._drawn = list(drawn)
        self._told = Told(sys.stderr)
        self._shown = Told(sys.stderr)
        self._examined = 1

    def begin(self) -> None:
        """Tell what is wrong with the drawing."""
        self._told.tell(self._drawn)

    def look(self, live: list[Finding]) -> None:
        """Tell what came up: `live` is what the session says."""
        trouble = self._store.finding()
        found = [*unsaid(live, self._drawn), *([trouble] if trouble is not None else [])]
        self._told.tell(drawing.unsilenced(self._document, found))
        if self._examined != self._store.next_n and not self._session.asking:
            self._examined = self._store.next_n
            self._shown.tell(self._unexplained())

    def all(self) -> list[Finding]:
        """Every finding that came up; what rows show of it as it is now."""
        return [*self._told.all(), *self._unexplained()]

    def _unexplained(self) -> list[Finding]:
        shown = drawing.unsilenced(self._document, self._store.examination.findings())
        return unexplained(shown, self._told.all())
