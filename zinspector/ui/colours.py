"""The colours of both themes, by role. Text on any background of its theme reads at 4.5:1 or better."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor

PATTERN_OF_TYPE = {
    "PUB": "pubsub",
    "SUB": "pubsub",
    "XPUB": "pubsub",
    "XSUB": "pubsub",
    "PUSH": "pipeline",
    "PULL": "pipeline",
    "REQ": "reqrep",
    "REP": "reqrep",
    "ROUTER": "routing",
    "DEALER": "routing",
    "PROXY": "routing",
    "RELAY": "tap",
    "SPY": "tap",
    "IMPORT": "tap",
    "SNIFF": "tap",
}


@dataclass(frozen=True)
class Theme:
    """One theme: a hex colour per role. The pattern colours mark socket types, always beside their name."""

    name: str
    window: str
    panel: str
    raised: str
    field: str
    line: str
    text: str
    muted: str
    accent: str
    on_accent: str
    selection: str
    ok: str
    warn: str
    error: str
    pubsub: str
    pipeline: str
    reqrep: str
    routing: str
    exclusive: str
    tap: str

    def colour(self, role: str) -> QColor:
        """The colour of a role such as `panel`, `muted` or `pubsub`."""
        return QColor(getattr(self, role))

    def pattern(self, socket_type: str | None) -> QColor:
        """The colour of a socket type (or of PROXY, RELAY, SPY, IMPORT)."""
        return self.colour(PATTERN_OF_TYPE.get(socket_type or "", "exclusive"))

    def value(self, kind: str) -> QColor:
        """The colour of a decoded value's kind (`decode.api.Value.kind`)."""
        roles = {
            "number": "reqrep",
            "time": "reqrep",
            "string": "pipeline",
            "bool": "routing",
            "enum": "routing",
            "null": "muted",
            "bytes": "muted",
            "error": "error",
        }
        return self.colour(roles.get(kind, "text"))

    @property
    def dark(self) -> bool:
        """Whether light text stands on a dark ground."""
        return self.name == "dark"


DARK = Theme(
    name="dark",
    window="#14171c",
    panel="#1b1f26",
    raised="#232831",
    field="#171b21",
    line="#2f3641",
    text="#e6e9ee",
    muted="#98a1b0",
    accent="#4a9eff",
    on_accent="#08131f",
    selection="#26436b",
    ok="#3ecf8e",
    warn="#f5b14c",
    error="#ff6b6b",
    pubsub="#4ea1ff",
    pipeline="#3ecf8e",
    reqrep="#f5b14c",
    routing="#b388ff",
    exclusive="#9aa3b0",
    tap="#ff5d73",
)

LIGHT = Theme(
    name="light",
    window="#eef0f3",
    panel="#f8f9fb",
    raised="#ffffff",
    field="#ffffff",
    line="#d4d9e0",
    text="#1b2027",
    muted="#5a6472",
    accent="#1663c7",
    on_accent="#ffffff",
    selection="#cfe2fb",
    ok="#0f7045",
    warn="#8a5300",
    error="#b8232f",
    pubsub="#1a60bd",
    pipeline="#0f7045",
    reqrep="#8a5300",
    routing="#6a3fc4",
    exclusive="#55606e",
    tap="#b3243f",
)
