"""Comparisons as DuckDB SQL. What is missing gives NULL, and NULL becomes no match.

`held` is about one column `v`: VARCHAR for text and words, BLOB for bytes; and for JSON the VARCHAR that `SCALAR` makes
of it: the JSON text of a scalar, or only the opening bracket of what isn't one. Where numbers are all that is asked for
(`numeric`), `NUMBER` makes DOUBLE of it, and numpy compares.

A JSON number is compared as a double, as JSON means it; where the filter names an integer that no double holds, as an
integer of up to 38 digits. What is larger than any double, NaN and Infinity are no numbers.

Nothing here may raise for some of the values: one error makes DuckDB go row by row. So casts are TRY_CAST, behind a
cheap test that lets few fail.
"""

from __future__ import annotations

from typing import Final

from zinspector.capture.filter.tree import Operator, Step, Test, Value

EXACT: Final = 1 << 53
HUGE: Final = 1 << 127
NUMBER: Final = ("CASE WHEN v >= '-' AND v < ':' THEN TRY_CAST(v AS DOUBLE) END", "CASE WHEN isfinite(v) THEN v END")
SCALAR: Final = ("CASE WHEN starts_with(v, '{') THEN '{' WHEN starts_with(v, '[') THEN '[' ELSE v END",)
STRING: Final = (
    "(CASE WHEN starts_with(v, '\"') THEN CASE WHEN contains(v, '\\') THEN json_extract_string(v, '$') "
    "ELSE substring(v, 2, length(v) - 2) END END)"
)
COMPARE: Final[dict[Operator, str]] = {"==": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
TEXTUAL: Final[dict[Operator, str]] = {
    "contains": "contains",
    "startswith": "starts_with",
    "matches": "regexp_matches",
}
CONSTANTS: Final = {True: "'true'", False: "'false'"}


def held(test: Test) -> str:
    """What a word, a frame, or what was found in one, has to fulfil; NULL where it is missing: `coalesce` is slow."""
    if test.operator == "exists":
        return "(v IS NOT NULL)"
    how: Operator = "==" if test.operator == "in" else test.operator
    return _joined([_one(test, how, value) for value in test.values], "OR")


def as_bytes(test: Test) -> bool:
    """Whether frames are compared as bytes: text is equal where its bytes are, and then it is text."""
    return test.field.type == "bytes" or (test.field.type == "text" and test.operator in ("==", "in"))


def numeric(test: Test) -> bool:
    """Whether a comparison with JSON needs nothing but doubles, which `NUMBER` makes."""
    return bool(test.values) and all(_is_double(value) for value in test.values)


def at_path(path: tuple[Step, ...], *, guarded: bool) -> str:
    """What JSON text holds at a path, as JSON text. Not guarded, it raises when some text isn't JSON."""
    found = f"json_extract(v, {quoted(_path(path))})::VARCHAR"
    return f"CASE WHEN json_valid(v) THEN {found} END" if guarded else found


def quoted(text: str) -> str:
    """Text as a literal."""
    return "'" + text.replace("'", "''") + "'"


def _one(test: Test, operator: Operator, value: Value) -> str:
    if test.field.type == "json":
        return _json(operator, value)
    if isinstance(value, str) and as_bytes(test):
        value = value.encode()
    if isinstance(value, bytes):
        return _bytes(operator, value)
    assert isinstance(value, str), value
    return _text(operator, value, "v")


def _text(operator: Operator, value: str, v: str) -> str:
    if operator in TEXTUAL:
        return f"{TEXTUAL[operator]}({v}, {quoted(value)})"
    return f"{v} {COMPARE[operator]} {quoted(value)}"


def _bytes(operator: Operator, value: bytes) -> str:
    digits = value.hex().upper()
    if operator == "contains":
        return f"(contains(hex(v), '{digits}') AND regexp_matches(hex(v), '^(?:..)*?{digits}'))"
    if operator == "startswith":
        return f"array_slice(v, 1, {len(value)}) = {_blob(value)}" if value else "true"
    return f"v {COMPARE[operator]} {_blob(value)}"


def _json(operator: Operator, value: Value) -> str:
    if value is None:
        return f"v {COMPARE[operator]} 'null'"
    if isinstance(value, bool):
        return f"(v IN ('true', 'false') AND v {COMPARE[operator]} {CONSTANTS[value]})"
    if not isinstance(value, str):
        return _json_number(operator, value)
    if operator == "==":
        return f"v = to_json({quoted(value)}::VARCHAR)::VARCHAR"
    return _text(operator, value, STRING)


def _json_number(operator: Operator, value: Value) -> str:
    assert isinstance(value, int | float), value
    how = COMPARE[operator]
    number = NUMBER[1].replace("v", f"({NUMBER[0]})")
    plain = f"{number} {how} {float(value)!r}::DOUBLE"
    if _is_double(value):
        return plain
    whole = f"TRY_CAST(v AS HUGEINT) {how} {value}"
    return f"CASE WHEN regexp_full_match(v, '-?[0-9]{{1,38}}') THEN {whole} ELSE {plain} END"


def _is_double(value: Value) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isinstance(value, float) or not EXACT <= abs(value) < HUGE


def _blob(data: bytes) -> str:
    return "'" + "".join(f"\\x{byte:02X}" for byte in data) + "'::BLOB"


def _path(path: tuple[Step, ...]) -> str:
    return "$" + "".join(
        f"[{step}]" if isinstance(step, int) else '."' + step.replace("\\", "\\\\").replace('"', '\\"') + '"'
        for step in path
    )


def _joined(parts: list[str], word: str) -> str:
    """All parts joined, as a balanced tree: a parser of SQL has only so much depth."""
    if len(parts) == 1:
        return parts[0]
    half = len(parts) // 2
    return f"({_joined(parts[:half], word)} {word} {_joined(parts[half:], word)})"
