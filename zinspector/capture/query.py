"""SQL over a capture: one SELECT (or WITH, FROM, VALUES ...) about the table `messages`.

Its columns are those of `schema.py`, and
- time: `time_ns` as a timestamp (UTC),
- topic: of publish-subscribe messages, as text,
- text: all frames as text, NULL where one isn't,
- payload: the last frame that is JSON, an object or a list: `payload->>'price'` never fails.

A statement reaches nothing but this table: no file, no network, no other database; it runs in a database of its own,
which ends with it. What it needs and what it gives is bounded in memory: rows are handed over batch by batch, and what
doesn't fit waits on the disk. It may be cancelled.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import duckdb
import pyarrow as pa

from zinspector.capture.database import SPILLED, planner, roomy
from zinspector.capture.derived import DERIVED, DerivedRows
from zinspector.capture.filter.kept import Kept
from zinspector.capture.schema import SCHEMA
from zinspector.errors import UserError

MOST_ROWS: Final = 100_000
MOST_BYTES: Final = 256 << 20
ROWS_AT_ONCE: Final = 2048
MOST_WORDS: Final = 600
LONGEST: Final = 1 << 16
EXPLAIN: Final = "EXPLAIN (FORMAT JSON) "
COLUMNS: Final = "{columns}, make_timestamp_ns(time_ns) AS time, {derived}"
PAYLOAD: Final = "CASE WHEN json_valid(payload) THEN payload::JSON END"
CALLED: Final = "the table is called messages"
NOWHERE: Final = "a statement reaches no files and no network"
FIRST_WORD: Final = re.compile(r"(?>\s+|--[^\n]*|/\*.*?\*/)*+(\w+)", re.DOTALL)
SAID: Final = re.compile(r"\w+(?: \w+)* Error: (.*)", re.DOTALL)


class QueryError(UserError):
    """A statement that can't be run; `line` and `column` count from 1, and are 0 where no place is known."""

    def __init__(self, text: str, *, line: int = 0, column: int = 0, remedy: str = "") -> None:
        super().__init__(text, where=f"SQL, line {line}, column {column}" if line else "SQL", remedy=remedy)
        self.line = line
        self.column = column


class CancelledQueryError(QueryError):
    """The user gave up."""


class Result(NamedTuple):
    """What a statement gave; `cut` says that there would have been more rows."""

    table: pa.Table
    cut: bool


class Query:
    """One statement; `run` and `cancel` may be called from different threads."""

    def __init__(self, text: str, *, kept: Kept | None = None, folder: Path | None = None) -> None:
        """Reads the statement. Raises QueryError.

        What has no room in memory goes to `folder`, by default that of the system.
        """
        self.text = text
        self._kept = Kept() if kept is None else kept
        self._folder = folder
        self._cancelled = False
        self._running: duckdb.DuckDBPyConnection | None = None
        if len(text) > LONGEST:
            raise QueryError(f"longer than {LONGEST} characters")
        if any("\ud800" <= letter < "\ue000" for letter in text):
            raise QueryError("there is something that is no character")
        self._planner = planner()
        try:
            statements = self._planner.extract_statements(text)
        except duckdb.Error as error:
            raise self._error(error) from None
        if len(statements) != 1:
            raise QueryError("one statement is needed" if not statements else "only one statement can be run at a time")
        kind = statements[0].type.name
        if kind == "MULTI":  # PIVOT, which has to look at the values first
            raise QueryError(
                "PIVOT needs to know its columns", remedy="write PIVOT ... ON kind IN ('message', 'event')"
            )
        if kind != "SELECT":
            first = FIRST_WORD.match(text)
            verb = first[1].upper() if first else kind
            raise QueryError(
                f"{kind if verb == 'WITH' else verb} can't be run",
                remedy="a capture is only read: write SELECT ... FROM messages",
            )

    def run(
        self, batches: Sequence[pa.RecordBatch], most_rows: int = MOST_ROWS, most_bytes: int = MOST_BYTES
    ) -> Result:
        """What the statement says about these rows, up to a limit. Raises QueryError, CancelledQueryError."""
        with self.reading(batches) as reader:
            return _fetched(reader, most_rows, most_bytes)

    @contextmanager
    def reading(self, batches: Sequence[pa.RecordBatch]) -> Iterator[pa.RecordBatchReader]:
        """What the statement says about these rows, to be read bit by bit.

        Raises QueryError, CancelledQueryError, also while it is read.
        """
        try:
            wanted = self._wanted()
            with roomy(self._folder) as database:
                self._running = database
                rows = DerivedRows(batches, wanted, self._kept, lambda: self._cancelled)
                _show(database, rows, wanted)
                if self._cancelled:
                    raise CancelledQueryError("the query was cancelled")
                yield database.sql(self.text).to_arrow_reader(ROWS_AT_ONCE)
        except (duckdb.Error, pa.ArrowException, OSError, MemoryError) as error:
            raise self._error(error, len(EXPLAIN)) from None
        finally:
            self._running = None

    def cancel(self) -> None:
        """Make `run` raise CancelledQueryError soon. May be repeated, and does nothing once `run` is over."""
        self._cancelled = True
        if (running := self._running) is not None:
            with contextlib.suppress(duckdb.ConnectionException):  # it has just ended
                running.interrupt()

    def _wanted(self) -> list[str]:
        """The columns of `DERIVED` that the statement may need: those that its plan mentions."""
        with self._planner.cursor() as database:
            _show(database, pa.schema([*SCHEMA, *DERIVED]).empty_table(), DERIVED.names)
            plan = str(database.execute(EXPLAIN + self.text).fetchall())
        return [name for name in DERIVED.names if name in plan]

    def _error(self, error: Exception, before: int = 0) -> QueryError:
        """What DuckDB complains about, with the place; `before` stood in front of the statement."""
        if self._cancelled or isinstance(error, duckdb.InterruptException):
            return CancelledQueryError("the query was cancelled")
        if isinstance(error, duckdb.OutOfMemoryException | MemoryError):
            return QueryError(
                f"it needs more memory than there is, and more than {SPILLED} on the disk",
                remedy="ask for less, or group before sorting",
            )
        if isinstance(error, duckdb.PermissionException):
            return QueryError(NOWHERE, remedy=CALLED)
        text, place, missing = _told(error)
        before_it = self.text.encode()[: max(0, (place or 0) - before)].decode(errors="replace")
        remedy = ""
        if missing:  # DuckDB itself would suggest a table of its own
            named = self.text[len(before_it) :].startswith("'") or "/" in missing
            text, remedy = NOWHERE if named else f"there is no table {missing}", CALLED
        if place is None or place < before:
            return QueryError(text, remedy=remedy)
        lines = before_it.split("\n")
        return QueryError(text, line=len(lines), column=len(lines[-1]) + 1, remedy=remedy)


def _told(error: Exception) -> tuple[str, int | None, str]:
    """The words of a complaint, the byte that is meant, if it says so, and the name of a table that is not there."""
    found = SAID.match(str(error))
    words, place, missing = found[1] if found else str(error), None, ""
    if words.startswith("{"):
        with contextlib.suppress(ValueError, KeyError):
            said = json.loads(words)
            words, place = said["exception_message"], said.get("position")
            missing = str(said["name"]) if said.get("type") == "Table" else ""
    if "max_expression_depth" in words:
        words = "nested too deep"
    words = words.partition("\n\n")[0].partition("Candidate functions:")[0]
    return " ".join(words.split())[:MOST_WORDS], None if place is None else int(place), missing[:MOST_WORDS]


def _fetched(reader: pa.RecordBatchReader, most_rows: int, most_bytes: int) -> Result:
    """What comes, until it is enough."""
    batches: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in reader:
        batches.append(batch)
        rows += batch.num_rows
        size += batch.nbytes
        if rows > most_rows or size > most_bytes:
            break
    table = pa.Table.from_batches(batches, reader.schema).slice(0, most_rows)
    return Result(table, rows > most_rows or size > most_bytes)


def _show(database: duckdb.DuckDBPyConnection, table: pa.Table | DerivedRows, wanted: Sequence[str]) -> None:
    """Make the table of the statement, the only one; derived columns that it doesn't want are empty."""
    made = {"topic": "topic", "text": "text", "payload": PAYLOAD}
    empty = {"topic": "NULL::VARCHAR", "text": "NULL::VARCHAR[]", "payload": "NULL::JSON"}
    derived = [f"{made[name] if name in wanted else empty[name]} AS {name}" for name in DERIVED.names]
    columns = COLUMNS.format(columns=", ".join(f'"{name}"' for name in SCHEMA.names), derived=", ".join(derived))
    database.from_arrow(table).project(columns).create_view("messages")
