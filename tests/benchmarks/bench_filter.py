"""How long a filter or a statement of SQL takes to answer over ten million rows in a mapped file.

Rows are two-frame messages of 200 topics, nine of ten with JSON and one with Protobuf, about 110 bytes each. Prints one
JSON line: seconds for each question, asked for the first time and once more (the least and the median of some runs,
each of which remembers nothing of the others); what asks for topics also with their codes kept, as the window keeps
them; seconds to the first rows that match, which the window shows while the others are looked for; bytes held beside
the file; and how many times as long the peers take for a row in the same run: a pandas script over the same messages in
memory, and `tshark -Y` over a packet capture that holds the same messages. `bare` are the seconds of DuckDB alone, over
views of topics and payloads that were laid out for it before: the least that this machine takes.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from tests.helpers.captured import Feed
from zinspector.capture.files import load_store, save
from zinspector.capture.filter.display import Filter
from zinspector.capture.filter.frames import BatchFrames
from zinspector.capture.filter.kept import Kept
from zinspector.capture.filter.topic_words import coded
from zinspector.capture.formats.exporting import export
from zinspector.capture.message import messages
from zinspector.capture.query import Query
from zinspector.capture.store import Store

ROWS = int(os.environ.get("BENCH_ROWS", "10000000"))
BATCH = 50_000
DIFFERENT = 20  # batches that are made; the others are these again
RUNS = 5
PANDAS_ROWS = 500_000
TSHARK_ROWS = 20_000
BODY = b'{"n": %d, "price": %d.25, "city": "%b", "station": "at the river, north side"}'
QUOTE = b"\x0a\x04ACME\x11\x00\x00\x00\x00\x00\x40\x59\x40\x18%b"
FILTERS = {
    "topic": 'topic == "ticks.7"',
    "size": "size > 99",
    "text": 'text contains "Paris"',
    "json": "json.price > 101",
    "both": 'topic == "ticks.7" and json.price > 101',
}
BARE_COLUMNS = ["n", "size", "topic", "payload"]
BARE = {
    "topic": "SELECT n FROM t WHERE topic = 'ticks.7'",
    "size": "SELECT n FROM t WHERE size > 99",
    "text": "SELECT n FROM t WHERE contains(payload, 'Paris')",
    "json": "SELECT n FROM t WHERE starts_with(payload, '{') AND TRY_CAST(payload->>'$.price' AS DOUBLE) > 101",
    "group": "SELECT topic, count(*) FROM t GROUP BY topic",
}
GROUP_BY = "SELECT topic, count(*) FROM messages GROUP BY topic"


def rows(count: int) -> Store:
    """That many messages."""
    different = Store(retention_bytes=1 << 62)
    feed = Feed(different)
    for first in range(0, min(count, DIFFERENT * BATCH), BATCH):
        feed.messages(
            [
                [b"ticks.%d" % (n % 200), BODY % (n, n % 150, (b"London", b"Paris", b"Rome")[n % 3])]
                if n % 10
                else [b"quotes.%d" % (n % 200), QUOTE % (b"%c" % (n % 128))]
                for n in range(first, first + BATCH)
            ]
        )
    made = Store(retention_bytes=1 << 62)
    for _ in range(0, count, different.retained):
        for batch in different.batches():
            made.append(batch)
    return made


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def anonymous_bytes() -> int:
    """What this process holds that is in no file."""
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("RssAnon")]
    return int(line.split()[1]) * 1024


def with_pandas(store: Store) -> dict[str, float]:
    """Seconds for each question of a script as users write it, over columns that are in memory already."""
    batches = list(store.batches())[: PANDAS_ROWS // BATCH]
    rows = [one for batch in batches for one in messages(batch)]
    frame = pd.DataFrame(
        {
            "topic": [one.frames[0].decode() for one in rows],
            "size": [one.size for one in rows],
            "payload": [one.frames[1].decode(errors="replace") for one in rows],
        }
    )

    def price(text: str) -> float:
        try:
            return float(json.loads(text)["price"])
        except ValueError:
            return 0.0

    return {
        "topic": seconds(lambda: frame[frame.topic == "ticks.7"]),
        "size": seconds(lambda: frame[frame["size"] > 99]),
        "text": seconds(lambda: frame[frame.payload.str.contains("Paris", regex=False)]),
        "json": seconds(lambda: frame[frame.payload.map(price) > 101]),
        "group": seconds(lambda: frame.groupby("topic").size()),
    }


def with_tshark(store: Store, folder: Path) -> dict[str, float]:
    """Seconds for a pass of tshark with a filter on bytes."""
    if shutil.which("tshark") is None:
        return {}
    path = folder / "some.pcapng"
    export([batch.slice(0, TSHARK_ROWS) for batch in list(store.batches())[:1]], path)
    command = ["tshark", "-r", str(path), "-Y", 'tcp contains "Paris"']
    return {"text": seconds(lambda: subprocess.run(command, capture_output=True, check=True))}


def asked(batches: Sequence[pa.RecordBatch]) -> dict[str, tuple[float, float]]:
    """Seconds for each question, for the first time and once more."""
    kept = Kept()
    told = {}
    for key, text in FILTERS.items():
        first, again = (seconds(lambda text=text: Filter(text, kept=kept).rows(batches)) for _ in range(2))
        told[key] = (first, again)
    first, again = (seconds(lambda: Query(GROUP_BY, kept=kept).run(batches)) for _ in range(2))
    return told | {"group": (first, again)}


def prepared(batches: Sequence[pa.RecordBatch]) -> dict[str, float]:
    """Seconds for questions about topics when their codes are kept."""
    kept = Kept()
    for batch in batches:
        coded(BatchFrames(batch), kept)
    return {
        "topic": seconds(lambda: Filter(FILTERS["topic"], kept=kept).rows(batches)),
        "both": seconds(lambda: Filter(FILTERS["both"], kept=kept).rows(batches)),
        "group": seconds(lambda: Query(GROUP_BY, kept=kept).run(batches)),
    }


def bare(batches: Sequence[pa.RecordBatch]) -> dict[str, float]:
    """Seconds that DuckDB takes alone."""
    parts = []
    for batch in batches:
        values = batch.column("frames").values
        _, views, *data = values.buffers()
        both = np.frombuffer(views, np.uint64).reshape(-1, 2, 2)[values.offset // 2 :][: batch.num_rows]
        topic, payload = (
            pa.Array.from_buffers(pa.string_view(), batch.num_rows, [None, pa.py_buffer(both[:, at].copy()), *data])
            for at in (0, 1)
        )
        parts.append(pa.RecordBatch.from_arrays([batch["n"], batch["size"], topic, payload], BARE_COLUMNS))
    with closing(duckdb.connect()) as database:
        database.register("t", pa.Table.from_batches(parts))

        def ask(text: str) -> Callable[[], object]:
            return lambda: database.sql(text).to_arrow_table()

        return {key: seconds(ask(text)) for key, text in BARE.items()}


def first_part(batches: Sequence[pa.RecordBatch], text: str) -> float:
    """Seconds to the first part of an answer with rows that match, or to its end."""
    begin = time.perf_counter()
    with closing(Filter(text, kept=Kept()).masks(batches)) as masks:
        next((mask for mask in masks if mask.any()), None)
        return time.perf_counter() - begin


def least(runs: Sequence[dict[str, tuple[float, float]]], key: str, which: int) -> float:
    """The shortest time of all runs."""
    return round(min(run[key][which] for run in runs), 3)


def main() -> None:
    """Print the line."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save(rows(ROWS).batches(), folder / "rows.arrow")
        store = load_store(folder / "rows.arrow")
        batches = store.batches()
        count = store.retained
        Filter("size > 100000").rows(batches)  # the first use checks the file and reads it into memory
        before = anonymous_bytes()
        told: dict[str, Any] = {"benchmark": "filter", "rows": count, "file_mb": round(_size(folder) / 1e6)}
        runs = [asked(batches) for _ in range(RUNS)]
        for key in runs[0]:
            told[key] = {"s": least(runs, key, 0), "again_s": least(runs, key, 1)}
            told[key] |= {"median_s": round(statistics.median(run[key][0] for run in runs), 3)}
        for key, text in FILTERS.items():
            told[key]["first_rows_s"] = round(min(first_part(batches, text) for _ in range(RUNS)), 3)
        for key, taken in _least_of([prepared(batches) for _ in range(RUNS)]).items():
            told[key]["prepared_s"] = taken
        for key, taken in _least_of([bare(batches) for _ in range(RUNS)]).items():
            told[key]["bare_s"] = taken
        first = {key: told[key]["s"] for key in runs[0]}
        told["anonymous_mb"] = round((anonymous_bytes() - before) / 1e6)
        told["pandas_times_as_long"] = _ratios(with_pandas(store), PANDAS_ROWS, first, count)
        told["tshark_times_as_long"] = _ratios(with_tshark(store, folder), TSHARK_ROWS, first, count)
        print(json.dumps(told))


def _least_of(runs: Sequence[dict[str, float]]) -> dict[str, float]:
    return {key: round(min(run[key] for run in runs), 3) for key in runs[0]}


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def _ratios(peer: dict[str, float], peer_rows: int, ours: dict[str, float], our_rows: int) -> dict[str, float]:
    return {key: round((taken / peer_rows) / (ours[key] / our_rows), 1) for key, taken in peer.items()}


if __name__ == "__main__":
    main()
