"""How the message table looks to this user: columns, widths, times, colour rules. Remembered in the settings.

Settings may be of another version or edited by hand, so what makes no sense is left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final

from PySide6.QtCore import QObject, Signal

from zinspector.errors import UserError
from zinspector.settings import Settings
from zinspector.ui.inspect.columns import MESSAGE_COLUMNS
from zinspector.ui.inspect.times import FORMATS

ORIGINAL: Final = tuple(column.key for column in MESSAGE_COLUMNS)
WIDEST: Final = 4000
MOST: Final = 100


@dataclass(frozen=True)
class ColourRule:
    """Messages that the filter lets through are shown in this colour, with its sign and under this name."""

    name: str
    filter: str
    colour: str
    enabled: bool = True


SAMPLE_RULES: Final = (
    ColourRule("Anomalies", "anomalies", "red"),
    ColourRule("Large messages", "size > 64k", "orange"),
    ColourRule("Commands", 'kind in {"command", "handshake"}', "violet", enabled=False),
    ColourRule("Errors in text", 'text matches "(?i)error|exception|fail"', "yellow", enabled=False),
)


class Looks(QObject):
    """What the user chose.

    Signals:
        changed(): something was chosen otherwise.
        failed(UserError): it can't be remembered.
    """

    changed = Signal()
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns: tuple[str, ...] = ORIGINAL
        self.widths: dict[str, int] = {}
        self.time = "clock"
        self.rules: tuple[ColourRule, ...] = SAMPLE_RULES
        self._settings: Settings | None = None

    def remember_in(self, settings: Settings) -> None:
        """Take what these settings say, and keep it there from now on."""
        self._settings = settings
        said = settings.table
        columns = [key for key in _listed(said.get("columns")) if isinstance(key, str) and key]
        self.columns = tuple(dict.fromkeys(columns)) or ORIGINAL
        widths = said.get("widths")
        if isinstance(widths, dict):
            self.widths = {
                key: width for key, width in widths.items() if isinstance(width, int) and 0 < width <= WIDEST
            }
        self.time = said["time"] if said.get("time") in FORMATS else "clock"
        if "rules" in said:
            self.rules = tuple(rule for one in _listed(said["rules"]) if (rule := _rule(one)) is not None)
        self.changed.emit()

    def choose(self, **choices: Any) -> None:
        """Look otherwise: `columns`, `widths`, `time`, `rules`."""
        for name, value in choices.items():
            setattr(self, name, value)
        self.keep()
        self.changed.emit()

    def keep(self) -> None:
        """Remember what was chosen."""
        if self._settings is None:
            return
        self._settings.table = {
            "columns": list(self.columns),
            "widths": self.widths,
            "time": self.time,
            "rules": [asdict(rule) for rule in self.rules],
        }
        try:
            self._settings.save()
        except UserError as error:
            self.failed.emit(error)


def _listed(value: object) -> Iterable[Any]:
    return value[:MOST] if isinstance(value, list) else ()


def _rule(said: object) -> ColourRule | None:
    if not isinstance(said, dict):
        return None
    name, text, colour, enabled = (said.get(part) for part in ("name", "filter", "colour", "enabled"))
    if not (isinstance(name, str) and isinstance(text, str) and isinstance(colour, str) and isinstance(enabled, bool)):
        return None
    return ColourRule(name, text, colour, enabled)
