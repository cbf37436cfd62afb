"""Questions to begin with: what the Query tab offers while nothing has been asked.

Questions about topics count a message once, as the Topics tab does: `ONCE` keeps of each topic the rows that were sent,
else those that a tap saw pass, else those that came in.
"""

from __future__ import annotations

from typing import NamedTuple


class Example(NamedTuple):
    """A question and the statement that answers it.

    `plot`: x, y and series columns that show it best; `empty`: why there may be no rows, and what to do then.
    """

    title: str
    sql: str
    plot: tuple[str, str, str] | None = None
    empty: str = ""


ONCE = "QUALIFY rank() OVER (PARTITION BY topic ORDER BY direction = 'in', direction DESC) = 1"
NO_TOPICS = "no topics here: try History ▸ Who sends to whom"
NO_FIELD = "no JSON here has “temperature”: write a field of yours"

EXAMPLES = (
    Example(
        "Messages per topic and second",
        "SELECT date_trunc('second', time) AS second, topic, count(*) AS messages\n"
        f"FROM messages WHERE topic IS NOT NULL\nGROUP BY second, topic, direction\n{ONCE}\nORDER BY second",
        ("second", "messages", "topic"),
        NO_TOPICS,
    ),
    Example(
        "Busiest topics",
        "SELECT topic, count(*) AS messages, sum(size) AS bytes, max(size) AS largest\n"
        "FROM messages WHERE topic IS NOT NULL\nGROUP BY topic, direction\n"
        f"{ONCE}\nORDER BY messages DESC LIMIT 100",
        ("topic", "messages", ""),
        NO_TOPICS,
    ),
    Example(
        "Who sends to whom",
        "SELECT node, link, from_type, to_type, count(*) AS messages, sum(size) AS bytes\n"
        "FROM messages WHERE kind = 'message'\nGROUP BY ALL ORDER BY bytes DESC",
    ),
    Example(
        "Largest messages",
        "SELECT n, time, node, topic, size\nFROM messages WHERE kind = 'message'\nORDER BY size DESC LIMIT 100",
    ),
    Example(
        "A JSON field over time",
        "SELECT n, time, topic, TRY_CAST(payload->>'temperature' AS DOUBLE) AS temperature\n"
        "FROM messages WHERE payload->>'temperature' IS NOT NULL\nORDER BY n",
        ("time", "temperature", "topic"),
        NO_FIELD,
    ),
    Example(
        "Longest silences on each link or tap",
        "SELECT place, n, make_timestamp_ns(time_ns) AS time, silent_ns / 1e6 AS silent_ms\n"
        "FROM (SELECT place, n, time_ns, time_ns - lag(time_ns) OVER (PARTITION BY place ORDER BY n) AS silent_ns\n"
        "  FROM (SELECT coalesce(link, node) AS place, n, time_ns FROM messages WHERE kind = 'message'))\n"
        "ORDER BY silent_ns DESC NULLS LAST LIMIT 100",
    ),
)


def example_of(sql: str) -> Example | None:
    """The example that a statement is, word for word."""
    return next((one for one in EXAMPLES if one.sql == sql), None)
