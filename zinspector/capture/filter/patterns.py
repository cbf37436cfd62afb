"""Patterns after `matches`: RE2, as DuckDB has it, so that no pattern takes forever."""

from __future__ import annotations

import re

import duckdb

from zinspector.capture.database import cursor
from zinspector.capture.filter.errors import FilterError

LONGEST = 4096
NOT_IN_RE2 = re.compile(r"\\[1-9]|\(\?(?:[=!]|<[=!]|P=)")


def check(pattern: str, at: int) -> None:
    """Raises FilterError when this is no pattern; `at` is the column of its opening quote."""
    if len(pattern) > LONGEST:
        raise FilterError(f"the pattern is longer than {LONGEST} characters", at, length=len(pattern) + 2)
    try:
        with cursor() as database:
            database.execute("SELECT regexp_matches('', ?)", [pattern]).fetchall()
    except duckdb.Error as error:
        reason = str(error).partition("\n")[0].rpartition("Error: ")[2]
        raise FilterError(
            f"no pattern: {reason}", at, length=len(pattern) + 2, expected="a pattern of RE2",
            remedy="RE2 has no back references and no looking around" if NOT_IN_RE2.search(pattern) else "",
        ) from None  # fmt: skip
