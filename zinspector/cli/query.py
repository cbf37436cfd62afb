"""`zinspector query FILE... SQL`: one statement of SQL about a capture, answered as a table."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import Future
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

from zinspector.cli import FINE, captures, table
from zinspector.cli.arguments import add_verb, count

if TYPE_CHECKING:
    import pyarrow as pa

    from zinspector.capture.query import Query, Result

EXAMPLES = """
  zinspector query recording.arrow 'SELECT topic, count(*) FROM messages GROUP BY topic'
  zinspector query recording.arrow "SELECT time, payload->>'price' AS price FROM messages WHERE size > 100" -T csv
  zinspector query recording.arrow 'SELECT time_bucket(INTERVAL 1 second, time), count(*) FROM messages GROUP BY 1'
  zinspector query traffic-*.arrow 'SELECT node, sum(size) FROM messages GROUP BY node'
  zinspector query capture.pcapng 'DESCRIBE messages'
  zinspector query recording.arrow - < statement.sql

SQL is DuckDB's. The table is messages, with the columns n, time (UTC), time_ns, node, link, connection, direction,
kind, name, from_type, to_type, size, frames, true_sizes, anomalies, topic, text (all frames as text) and payload (the
last frame that is JSON). A statement reads only this table: no files and no network.
"""
MOST_ROWS: Final = 10_000_000
MOST_BYTES: Final = 1 << 30
RETRY_S: Final = 0.1


def add(verbs: Any) -> None:
    """Add the verb to the parser."""
    verb = add_verb(verbs, "query", "ask SQL about a capture", EXAMPLES, work)
    captures.add_argument(verb, "a capture of any format but CSV")
    verb.add_argument("sql", metavar="SQL", help="a SELECT about the table messages; - for standard input")
    verb.add_argument("-T", dest="output", choices=table.FORMS, default="text", help="how to print it (default: text)")
    verb.add_argument("-c", dest="most", type=count, metavar="N", help="stop after N rows")


def work(asked: argparse.Namespace) -> int:
    """Print the answer."""
    from zinspector.capture.query import Query  # with DuckDB, which other verbs need not wait for

    query = Query(sys.stdin.read() if asked.sql == "-" else asked.sql)
    store = captures.load(asked.files)
    most = MOST_ROWS if asked.most is None else asked.most
    found = _answered(query, store.batches(), most)
    for line in table.lines(found.table, asked.output):
        sys.stdout.write(f"{line}\n")
    if found.cut and asked.most is None:
        print(f"zinspector: only the first {found.table.num_rows:,} rows: there are more", file=sys.stderr)
    captures.tell(asked.files, store)
    return FINE


def _answered(query: Query, batches: Sequence[pa.RecordBatch], most: int) -> Result:
    """What it gives, found in a thread: this one waits for Ctrl-C, which may come at any time."""
    answer: Future[Result] = Future()

    def ask() -> None:
        try:
            answer.set_result(query.run(batches, most, MOST_BYTES))
        except BaseException as error:  # noqa: BLE001  # it is raised where it is waited for
            answer.set_exception(error)

    thread = Thread(target=ask, name="query", daemon=True)
    try:
        thread.start()
        return answer.result()
    except KeyboardInterrupt:
        query.cancel()
        while thread.is_alive():  # it may be about to begin
            thread.join(RETRY_S)
            query.cancel()
        raise
