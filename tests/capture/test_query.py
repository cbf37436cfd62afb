"""SQL over a capture: what it sees, what it can't reach, and how it fails."""

from __future__ import annotations

import json
import re
import threading
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings

from tests.capture.filter.test_against_reference import stores
from zinspector.capture.clock import Clock
from zinspector.capture.message import Message, messages
from zinspector.capture.query import MOST_ROWS, CancelledQueryError, Query, QueryError, Result
from zinspector.capture.schema import SCHEMA
from zinspector.capture.store import Store
from zinspector.capture.writer import Recorder

ENDLESS = "SELECT count(*) FROM range(100000000000) a, range(1000000) b WHERE hash(a.range, b.range) = 1"


def ticks() -> Store:
    store, recorder = Store(), Recorder(Clock())
    for start in (0, 10):
        published = recorder.source("t1", "in", "PUB", "SUB")
        asked = recorder.source("t2", "in", "REQ", "REP")
        for n in range(start, start + 10):
            payload = b'{"price": %d}' % n if n % 5 else b"{broken"
            recorder.add_run(published, [1], [b"ticks.%d" % (n % 2), payload], [2], None, None)
            recorder.add_run(asked, [1], [b"\xff", b"no json"], [2], None, None)
        batch = recorder.flush()
        assert batch is not None
        store.append(batch)
    return store


TICKS = ticks()


def ask(sql: str, most_rows: int = MOST_ROWS) -> Result:
    return Query(sql).run(TICKS.batches(), most_rows)


def rows(sql: str) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in ask(sql).table.to_pylist()]


@pytest.mark.parametrize(
    ("sql", "wanted"),
    [
        ("SELECT count(*) FROM messages", [(40,)]),
        (
            "SELECT topic, count(*) FROM messages GROUP BY topic ORDER BY topic NULLS LAST",
            [("ticks.0", 10), ("ticks.1", 10), (None, 20)],
        ),
        ("SELECT sum((payload->>'price')::int) FROM messages WHERE topic = 'ticks.1'", [(80,)]),
        ("SELECT text FROM messages WHERE n IN (1, 2)", [(["ticks.0", "{broken"],), ([None, "no json"],)]),
        ("SELECT count(*) FROM messages WHERE payload IS NULL", [(24,)]),
        ("SELECT count(*) FROM messages WHERE text[2] = 'no json'", [(20,)]),
        ("FROM messages SELECT max(n) - min(n)", [(39,)]),
        ("WITH big AS (SELECT n FROM messages WHERE n > 38) SELECT n FROM big;  -- done", [(39,), (40,)]),
        ("SELECT count(*) FROM messages a JOIN messages b ON a.topic = b.topic", [(200,)]),
        ("PIVOT messages ON node IN ('t1', 't2') USING count(*) GROUP BY kind", [("message", 20, 20)]),
        ("VALUES (1), (2)", [(1,), (2,)]),
    ],
)
def test_what_it_says(sql: str, wanted: list[tuple[object, ...]]) -> None:
    assert rows(sql) == wanted


def test_time_is_a_moment_and_all_columns_are_there() -> None:
    table = ask("SELECT * FROM messages").table
    assert set(SCHEMA.names) | {"time", "topic", "text", "payload"} == set(table.column_names)
    assert table.column("time").cast(pa.int64()).equals(table.column("time_ns"))


def test_an_empty_capture_can_be_asked() -> None:
    assert Query("SELECT topic, count(*) FROM messages GROUP BY topic").run([]).table.num_rows == 0


def test_more_rows_than_wanted_are_cut() -> None:
    found = ask("SELECT n FROM messages ORDER BY n", 3)
    assert (found.table.column("n").to_pylist(), found.cut) == ([1, 2, 3], True)
    assert not ask("SELECT n FROM messages", 40).cut
    wide = Query("SELECT repeat('x', 1000) || range FROM range(100000)").run([], most_bytes=5_000_000)
    assert wide.cut
    assert wide.table.num_rows < 100_000


@pytest.mark.parametrize(
    ("sql", "line", "column", "word"),
    [
        ("SELECT foo FROM messages", 1, 8, "foo"),
        ("SELECT 'é😀',\n  foo FROM messages", 2, 3, "foo"),
        ("SELEC 1", 1, 1, "SELEC"),
        ("SELECT n FROM message", 1, 15, "message"),
        ("SELECT nofun(n) FROM messages", 1, 8, "nofun"),
        ("SELECT 1 +\n", 0, 0, ""),
        ("SELECT ('x' || n)::INT FROM messages", 0, 0, "to INT32"),
        ("SELECT ?", 0, 0, "parameter"),
        ("", 0, 0, "statement"),
        ("-- nothing", 0, 0, "statement"),
        ("SELECT 1; SELECT 2", 0, 0, "one statement"),
        ("SELECT '\ud800'", 0, 0, "character"),
        ("SELECT " + "(" * 20_000 + "1" + ")" * 20_000, 0, 0, "nested"),
        ("SELECT 1" + " + 1" * 15_000, 0, 0, "nested"),
        ("SELECT '" + "x" * 70_000 + "'", 0, 0, "longer"),
        ("(" * 30_000, None, None, "syntax"),
    ],
)
def test_faults_are_told_with_their_place(sql: str, line: int | None, column: int | None, word: str) -> None:
    with pytest.raises(QueryError) as raised:
        ask(sql)
    assert word in raised.value.text
    if line:
        assert (raised.value.line, raised.value.column) == (line, column)
    assert len(str(raised.value)) < 1000


@pytest.mark.parametrize(
    "sql",
    [
        *("COPY messages TO '{path}'", "COPY (SELECT 1) TO '{path}'", "EXPORT DATABASE '{path}'", "ATTACH '{path}'"),
        *(
            "INSTALL httpfs",
            "LOAD httpfs",
            "PRAGMA version",
            "SET threads = 1",
            "RESET threads",
            "CALL pragma_version()",
        ),
        *("CREATE TABLE a AS SELECT 1", "DROP VIEW messages", "DELETE FROM messages", "INSERT INTO messages SELECT 1"),
        *(
            "BEGIN",
            "CHECKPOINT",
            "USE memory",
            "VACUUM",
            "EXPLAIN ANALYZE SELECT 1",
            "PREPARE a AS SELECT 1",
            "EXECUTE a",
        ),
        *(
            "FROM '{file}'",
            "FROM read_csv('{file}')",
            "FROM read_text('{file}')",
            "FROM read_blob('http://127.0.0.1/a')",
        ),
        *(
            "FROM glob('{folder}/*')",
            "FROM read_json('{file}')",
            "FROM parquet_scan('{file}')",
            "FROM sniff_csv('{file}')",
        ),
        *("FROM query('COPY messages TO ''{path}''')", "FROM sqlite_scan('{file}', 'a')", "SELECT getenv('HOME')"),
        *("WITH a AS (INSERT INTO messages SELECT 1) FROM a", "FROM enable_logging()", "PIVOT messages ON kind"),
        *("FROM secret_of_python", "SELECT * FROM file_of_python"),
    ],
)
def test_it_reaches_nothing_but_messages(sql: str, tmp_path: Path) -> None:
    secret_of_python = file_of_python = pa.table({"a": [1]})
    file = tmp_path / "secret.csv"
    file.write_text("a\nsecret\n")
    path = tmp_path / "out"
    with pytest.raises(QueryError) as raised:
        ask(sql.format(path=path, file=file, folder=tmp_path))
    assert "secret\n" not in str(raised.value)
    assert list(tmp_path.iterdir()) == [file]
    assert secret_of_python is file_of_python


def test_there_is_no_table_but_messages() -> None:
    assert rows("SHOW TABLES") == [("messages",)]
    assert rows("SELECT view_name FROM duckdb_views() WHERE NOT internal") == [("messages",)]
    with pytest.raises(QueryError, match="no table captured"):
        ask("FROM captured")


@pytest.mark.parametrize(
    ("sql", "text", "remedy"),
    [
        ("SELECT * FROM nope", "there is no table nope", "the table is called messages"),
        ("FROM messages JOIN nope USING (n)", "there is no table nope", "the table is called messages"),
        ("SELECT * FROM '/etc/passwd'", "a statement reaches no files and no network", "the table is called messages"),
        ("SELECT 'é' FROM 'a b'", "a statement reaches no files and no network", "the table is called messages"),
        ('FROM "/etc/passwd"', "a statement reaches no files and no network", "the table is called messages"),
        ("FROM 'a.csv'", "a statement reaches no files and no network", "the table is called messages"),
        ("INSTALL httpfs", "INSTALL can't be run", "a capture is only read: write SELECT ... FROM messages"),
        (
            "-- LOAD\n/* a */ checkpoint",
            "CHECKPOINT can't be run",
            "a capture is only read: write SELECT ... FROM messages",
        ),
        ("/**/" * 9999 + "LOAD x", "LOAD can't be run", "a capture is only read: write SELECT ... FROM messages"),
    ],
)
def test_faults_say_what_to_do(sql: str, text: str, remedy: str) -> None:
    with pytest.raises(QueryError) as raised:
        ask(sql)
    assert (raised.value.text, raised.value.remedy) == (text, remedy)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT list(range) FROM range(1000000000)",
        "SELECT string_agg(repeat('x', 1000)) FROM range(10000000)",
    ],
)
def test_what_needs_too_much_memory_fails(sql: str) -> None:
    with pytest.raises(QueryError):
        ask(sql)


def test_a_long_statement_can_be_cancelled_while_it_runs() -> None:
    query = Query(ENDLESS)
    ended = threading.Event()
    raised: list[Exception] = []

    def run() -> None:
        try:
            query.run(TICKS.batches())
        except QueryError as error:
            raised.append(error)
        ended.set()

    thread = threading.Thread(target=run)
    thread.start()
    while not ended.wait(0.05):  # also when it hadn't begun yet
        query.cancel()
    thread.join()
    assert isinstance(raised[0], CancelledQueryError)


def test_a_cancelled_query_does_not_begin() -> None:
    query = Query(ENDLESS)
    query.cancel()
    with pytest.raises(CancelledQueryError):
        query.run(TICKS.batches())


JSON_START = re.compile(r'[ \t\r\n][ \t\r\n{[]|\{[ \t\r\n"}]|\[[ \t\r\n{["\-0-9tfn\]]')


def payload_of(message: Message) -> object:
    """The last frame that is text and begins like JSON, where it is JSON as DuckDB reads it."""
    for frame in reversed(message.frames):
        try:
            text = frame.decode()
        except UnicodeDecodeError:
            continue
        if JSON_START.match(text):
            return text
    return None


@settings(max_examples=15)
@given(store=stores())
def test_derived_columns_are_those_of_the_rows(store: Store) -> None:
    table = Query("SELECT n, topic, text, payload FROM messages ORDER BY n").run(store.batches()).table.to_pylist()
    for row, message in zip(table, (m for batch in store.batches() for m in messages(batch)), strict=True):
        assert (row["n"], row["topic"]) == (message.n, message.topic)
        for told, frame in zip(row["text"], message.frames, strict=True):
            assert told == (frame.decode() if told is not None else None)
        assert row["payload"] in (None, payload_of(message))
        if row["payload"] is not None:
            json.loads(row["payload"])
