"""Findings from a capture: what its rows say that went wrong on the wire, each once, with the rows that show it.

One set of rules for a file and for what is captured now: rows go in as they come, and how they are cut into batches
changes nothing. `oddities` reads single rows, `handshakes` those of monitors, `undelimited` messages; `doubles`,
`unanswered`, `hung_up` and `storms` are told of whole `sessions`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import chain

import pyarrow as pa
import pyarrow.compute as pc

from zinspector.doctor.doubles import Doubles
from zinspector.doctor.finding import ORDER, Finding
from zinspector.doctor.handshakes import Handshakes
from zinspector.doctor.hung_up import HungUp
from zinspector.doctor.oddities import Oddities
from zinspector.doctor.sessions import Sessions
from zinspector.doctor.storms import Storms
from zinspector.doctor.unanswered import Unanswered
from zinspector.doctor.undelimited import Undelimited

MOST = 1000
MOST_EVIDENCE = 20


class Examination:
    """What went wrong in the rows so far. It holds little of them: counts, and the first rows of each finding."""

    def __init__(self) -> None:
        self._oddities, self._doubles = Oddities(MOST, MOST_EVIDENCE), Doubles(MOST, MOST_EVIDENCE)
        self._handshakes = Handshakes(MOST, MOST_EVIDENCE)
        self._unanswered, self._storms = Unanswered(MOST, MOST_EVIDENCE), Storms(MOST, MOST_EVIDENCE)
        self._hung_up, self._undelimited = HungUp(MOST, MOST_EVIDENCE), Undelimited(MOST, MOST_EVIDENCE)
        told = (self._doubles, self._unanswered, self._hung_up, self._storms)
        self._rules = (self._oddities, self._handshakes, self._undelimited, *told)
        self._sessions = Sessions((*told, self._undelimited))
        self._last_ns = 0

    def consume(self, batch: pa.RecordBatch) -> None:
        """Take rows in, in the order of the capture.

        Rows of number 0 come before: they only tell of connections that are open already (see `capture.standing`).
        """
        if batch.num_rows and not batch.column("n")[0].as_py():
            self._sessions.consume(batch)
        elif batch.num_rows:
            self._last_ns = max(self._last_ns, pc.max(batch.column("time_ns")).as_py())
            self._oddities.consume(batch)
            self._handshakes.consume(batch)
            self._undelimited.consume(batch)
            self._sessions.consume(batch)
            self._doubles.watch(batch)

    def findings(self) -> list[Finding]:
        """What is wrong, errors first."""
        found = [_of_rows(finding) for rule in self._rules for finding in rule.findings(self._last_ns)]
        return sorted(found, key=lambda finding: (ORDER[finding.severity], finding.code))


def check(batches: Iterable[pa.RecordBatch], standing: pa.RecordBatch | None = None) -> list[Finding]:
    """What went wrong in a whole capture, errors first; `standing` are the rows that come before (number 0)."""
    examination = Examination()
    for batch in chain([] if standing is None else [standing], batches):
        examination.consume(batch)
    return examination.findings()


def _of_rows(finding: Finding) -> Finding:
    """Without the evidence that is no row here: it came before."""
    if all(finding.evidence):
        return finding
    return replace(finding, evidence=tuple(n for n in finding.evidence if n))
