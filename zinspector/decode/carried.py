"""Decode rules that travel with a recording, with what their schema files held: it can be read where those are not.

Two notes of the recording hold them: `decode`, a JSON array of rules, and `schemas`, a JSON object from the name of a
file, as the rules say it, to its descriptor set in base64. What comes with a recording is hostile: it names no file
that would be looked at, it is bounded, and what can't be used is left out with a reason.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from zinspector.decode.registry import Registry
from zinspector.decode.rules import Rule, RuleError

RULES: Final = "decode"
SCHEMAS: Final = "schemas"
MOST_BYTES: Final = 4 << 20  # of all schemas, in base64
MOST_RULES: Final = 200


class Kept(NamedTuple):
    """What a recording keeps of decode rules: its `notes`, and in sentences what it can't keep."""

    notes: dict[str, str]
    left_out: tuple[str, ...] = ()


def keep(rules: Sequence[Rule], registry: Registry) -> Kept:
    """The notes for rules in the order in which they are asked; none where there are no rules."""
    if not rules:
        return Kept({})
    texts, left_out, room = list[str](), list[str](), MOST_BYTES
    schemas: dict[str, str] = {}
    for rule in (rule.anywhere() for rule in rules[:MOST_RULES]):
        texts.append(str(rule))
        if not rule.files or rule.files[0] in schemas:
            continue
        found = registry.described(rule)
        data = base64.b64encode(found.data).decode() if found is not None and found.encoding == "protobuf" else ""
        if data and len(data) <= room:
            schemas[rule.files[0]] = data
            room -= len(data)
        else:
            why = f"the schemas are more than {MOST_BYTES >> 20} MiB" if data else f"{rule.decoder} can't hand it on"
            left_out.append(f"{rule.files[0]} is not kept in the recording: {why}")
    if len(rules) > MOST_RULES:
        left_out.append(f"only the first {MOST_RULES} of {len(rules):,} decode rules are kept in the recording")
    return Kept({RULES: json.dumps(texts), SCHEMAS: json.dumps(schemas)}, tuple(left_out))


class Carried:
    """The rules that came with a recording. `texts` has them in the order in which they are asked."""

    def __init__(self, notes: Mapping[str, str] | None = None, drawn: Iterable[str] = ()) -> None:
        """`notes` are those of the recording, `drawn` the rules of the drawing that it carries."""
        self._contents: dict[str, str] = {}
        self._fault = ""
        texts: list[Any] = []
        try:
            texts = _parsed((notes or {}).get(RULES, "[]"), list)
            self._contents = dict(map(_content, _parsed((notes or {}).get(SCHEMAS, "{}"), dict).items()))
        except ValueError as error:
            self._fault = f"what it holds of schemas and rules is damaged: {error}"
        said = [text for text in (*texts, *drawn) if isinstance(text, str)]
        self.texts: tuple[str, ...] = tuple(dict.fromkeys(said))[:MOST_RULES]

    def rule(self, text: str) -> Rule:
        """One of them. Raises RuleError."""
        try:
            return Rule.carried(text, self._contents)
        except RuleError as error:
            reasons = "; ".join(filter(None, (error.text, self._fault)))
            raise RuleError(reasons, where=text, remedy=error.remedy) from None


def _parsed(text: str, kind: type[Any]) -> Any:
    """A note. Raises ValueError."""
    if len(text) > 2 * MOST_BYTES:
        raise ValueError(f"more than {2 * MOST_BYTES >> 20} MiB")
    try:
        found = json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(found, kind):
        raise ValueError(f"{type(found).__name__} instead of {kind.__name__}")
    return found


def _content(entry: tuple[str, Any]) -> tuple[str, str]:
    """The name of a file, and what it held as a URL. Raises ValueError."""
    name, data = entry
    try:
        binascii.a2b_base64(data, strict_mode=True)
    except (TypeError, ValueError):
        raise ValueError(f"the schema {name[:80]!r} is not base64") from None
    last = name.replace("\\", "/").rpartition("/")[2]
    return name, f"data:application/x-protobuf;name={quote(last)};base64,{data}"
