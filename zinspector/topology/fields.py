"""Reading an untrusted JSON object field by field: `Fields`.

Every reader takes one field, checks its type, and marks it as known; `rest()` is what nobody asked for and has to be
kept. A field that is absent or null has its default. A wrong one raises a TopologyError that names its path, such as
`behaviour.rate must be a number, not 'fast'`; one that is missing also names the field that may be a typo of it.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Collection, Mapping
from typing import Any, cast

from zinspector.errors import TopologyError

ALIKE = 0.7  # `lsten` and `Listen` for `listen`, `form` for `from`; not `url` for `listen`


class Fields:
    """One JSON object; `path` is what leads to it, such as `behaviour.`."""

    def __init__(self, record: Any, path: str = "") -> None:
        if not isinstance(record, Mapping):
            raise TopologyError(f"{path.rstrip('.')} must be an object, not {show(record)}".lstrip())
        self.record = record
        self.path = path
        self._known: set[str] = set()

    def rest(self) -> dict[str, Any]:
        """The fields that no reader asked for."""
        return {name: value for name, value in self.record.items() if name not in self._known}

    def raw(self, name: str) -> Any:
        """The field as it is; None if it is absent."""
        self._known.add(name)
        return self.record.get(name)

    def has(self, name: str) -> bool:
        """Whether the field is there and not null."""
        return self.record.get(name) is not None

    def wrong(self, name: str, expected: str, value: Any) -> TopologyError:
        """The error for a field that isn't what it should be."""
        return TopologyError(f"{self.path}{name} must be {expected}, not {show(value)}")

    def missing(self, name: str, allowed: Collection[str] = (), known: Collection[str] = ()) -> TopologyError:
        """The error for a field that must be there; `known` are fields that nobody asked for yet, but no typos."""
        expected = f": one of {', '.join(allowed)}" if allowed else ""
        strangers = {other.lower(): other for other in self.rest() if other not in known}
        near = difflib.get_close_matches(name, strangers, n=1, cutoff=ALIKE)
        remedy = f"did you mean {name} by {self.path}{show(strangers[near[0]])[1:-1]}?" if near else ""
        return TopologyError(f"{self.path}{name} is missing{expected}", remedy=remedy)

    def part(self, name: str) -> Fields:
        """An object that must be there."""
        value = self.raw(name)
        if value is None:
            raise self.missing(name)
        return Fields(value, f"{self.path}{name}.")

    def needed(self, name: str) -> str:
        """A text that must be there and not be empty."""
        if not self.has(name):
            raise self.missing(name)
        value = self.text(name)
        if not value:
            raise self.wrong(name, "a text that is not empty", value)
        return value

    def text(self, name: str, default: str = "") -> str:
        """A text, or `default`."""
        value = self.maybe_text(name)
        return default if value is None else value

    def maybe_text(self, name: str) -> str | None:
        """A text, or None."""
        value = self.raw(name)
        if value is not None and not is_text(value):
            raise self.wrong(name, "a text", value)
        return cast("str | None", value)

    def one_of(self, name: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        """One of a few words."""
        value = self.raw(name)
        if value is None and default is not None:
            return default
        if value is None:
            raise self.missing(name, allowed)
        if not isinstance(value, str) or value not in allowed:
            raise self.wrong(name, f"one of {', '.join(filter(None, allowed))}", value)
        return value

    def texts(self, name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """A list of texts."""
        value = self.raw(name)
        if value is None:
            return default
        if not isinstance(value, list) or not all(is_text(item) for item in value):
            raise self.wrong(name, "a list of texts", value)
        return tuple(value)

    def ports(self, name: str) -> tuple[int, ...]:
        """A list of TCP ports."""
        value = self.raw(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(is_whole(item) and 0 < item < 65536 for item in value):
            raise self.wrong(name, "a list of ports from 1 to 65535", value)
        return tuple(value)

    def flag(self, name: str) -> bool:
        """true or false; false when absent."""
        value = self.raw(name)
        if value is None or isinstance(value, bool):
            return bool(value)
        raise self.wrong(name, "true or false", value)

    def rate(self, name: str) -> float | None:
        """A number above 0, or None."""
        value = self.raw(name)
        if value is not None and not (is_number(value) and value > 0):
            raise self.wrong(name, "a number above 0" if is_number(value) else "a number", value)
        return cast("float | None", value)

    def count(self, name: str) -> int | None:
        """A whole number from 0 on, or None."""
        value = self.raw(name)
        if value is not None and not (is_whole(value) and value >= 0):
            raise self.wrong(name, "a whole number from 0 on", value)
        return cast("int | None", value)

    def position(self, name: str) -> tuple[float, float]:
        """`[x, y]`, finite."""
        value = self.raw(name)
        if value is None:
            return (0.0, 0.0)
        if isinstance(value, list) and len(value) == 2 and all(is_number(item) for item in value):
            return (float(value[0]), float(value[1]))
        raise self.wrong(name, "two numbers [x, y]", value)

    def options(self, name: str) -> dict[str, int | str]:
        """An object whose values are whole numbers or texts; true and false count as 1 and 0."""
        value = self.raw(name)
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            raise self.wrong(name, "an object", value)
        for option, setting in value.items():
            if not (is_text(setting) or isinstance(setting, bool) or is_whole(setting)):
                raise self.wrong(f"{name}.{option}", "a whole number or a text", setting)
        return {option: int(setting) if isinstance(setting, bool) else setting for option, setting in value.items()}


def is_text(value: Any) -> bool:
    """Whether this is a text that can be written as UTF-8 (JSON can smuggle half surrogate pairs)."""
    return isinstance(value, str) and not any(0xD800 <= ord(char) < 0xE000 for char in value)


def is_number(value: Any) -> bool:
    """Whether this is a finite number (Python's JSON reads NaN and Infinity, and takes true for 1)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) if isinstance(value, float) else abs(value) < 2**63


def is_whole(value: Any) -> bool:
    """Whether this is an integer of at most 64 bits."""
    return isinstance(value, int) and is_number(value)


def show(value: Any) -> str:
    """A JSON value in a few words, for an error message."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case list():
            return f"a list of {len(value)}" if value else "an empty list"
        case dict():
            return "an object"
        case str():
            return ascii(value) if len(value) <= 40 else f"{value[:40]!a}..."
        case _:
            return repr(value)[:40] if not isinstance(value, int) or abs(value) < 2**128 else "a huge number"
