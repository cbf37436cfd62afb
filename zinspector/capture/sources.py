"""Where the messages of a replay were seen: those of several nodes or connections, sent from one socket, are mixed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final, NamedTuple

import pyarrow as pa

from zinspector.capture.masks import Mask
from zinspector.capture.readable import printable

MOST_NAMED: Final = 4


class Source(NamedTuple):
    """Where rows were seen; sockets of our own number no connections."""

    node: str
    connection: int | None


def sources_of(batch: pa.RecordBatch, mask: Mask) -> dict[Source, int]:
    """How many of the rows that `mask` picks were seen where."""
    table = pa.table({name: batch.column(name).filter(pa.array(mask)) for name in Source._fields})
    counts = table.group_by(list(Source._fields)).aggregate([([], "count_all")])
    return {Source(row["node"], row["connection"]): row["count_all"] for row in counts.to_pylist()}


def mixed(sources: Mapping[Source, int], *, of_connections: bool) -> str:
    """Of which nodes, or else `of_connections`, they are, and the filter that takes one; empty where it is of one."""
    nodes: Counter[str] = Counter()
    for source, count in sources.items():
        nodes[source.node] += count
    if len(nodes) > 1:
        return _words("nodes", nodes, 'node == "{}"')
    connections = Counter({str(source.connection): count for source, count in sources.items()})
    return _words("connections", connections, "connection == {}") if of_connections and len(connections) > 1 else ""


def _words(what: str, counts: Counter[str], form: str) -> str:
    named = [f"{printable(name)} ({count:,})" for name, count in counts.most_common(MOST_NAMED)]
    more = f" and {len(counts) - MOST_NAMED:,} more" if len(counts) > MOST_NAMED else ""
    one = form.format(printable(counts.most_common(1)[0][0]))
    return f"messages of {len(counts):,} {what} are mixed: {', '.join(named)}{more}; for one of them, filter by {one}"
