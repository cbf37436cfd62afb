"""What the doctor says: one finding, with its code, place, evidence and remedy.

What the drawing shows to be wrong fails for the same reason, and in the same words, when it runs: `unsaid()` leaves out
what was told already. What a session tells of one of its nodes shows in that node's rows too: `unexplained()` leaves
out these.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["error", "warning", "info"]
ORDER: dict[Severity, int] = {"error": 0, "warning": 1, "info": 2}
Confidence = Literal["certain", "likely", "hint"]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or will be.

    `node` and `link` are ids of the topology; `text` is one sentence; `remedy` says what to change, if possible
    with the line of pyzmq code; `evidence` are message numbers. Of what is seen in traffic, `cause` stays the same
    while the words change (how often, since when), and `ended` tells that it is over.
    """

    code: str
    severity: Severity
    text: str
    node: str | None = None
    link: str | None = None
    remedy: str = ""
    evidence: tuple[int, ...] = ()
    confidence: Confidence = "certain"
    cause: str = ""
    ended: bool = False

    @property
    def where(self) -> str:
        """`node ID`, `link ID` or `document`."""
        if self.node is not None:
            return f"node {self.node}"
        return f"link {self.link}" if self.link is not None else "document"

    def as_json(self) -> dict[str, Any]:
        """The object of the report's `findings` array."""
        return {
            "code": self.code,
            "severity": self.severity,
            "node": self.node,
            "link": self.link,
            "text": self.text,
            "remedy": self.remedy,
            "confidence": self.confidence,
            "evidence": list(self.evidence),
        }


def unsaid(findings: Iterable[Finding], said: Iterable[Finding]) -> list[Finding]:
    """Without those that `said` tells of the same node in the same words, whatever their code."""
    known = {(finding.node, finding.text) for finding in said}
    return [finding for finding in findings if (finding.node, finding.text) not in known]


def unexplained(shown: Iterable[Finding], said: Iterable[Finding]) -> list[Finding]:
    """Of what rows show, that of which `said` tells nothing under the same code: a session knows more of its nodes."""
    known = {(finding.code, finding.node) for finding in said if finding.code != "Z000"}
    return [finding for finding in shown if (finding.code, finding.node) not in known]
