"""Rows a second to each format and back, beside the bare writers of pyarrow and of the MCAP library on the same rows.

Rows are two-frame JSON messages of 200 topics, about 100 bytes each. Prints one JSON line: million rows a second out
and in, the size of a file in bytes a row, and ratios to the bare writers in the same run.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from mcap.writer import Writer

from tests.helpers.captured import Feed
from zinspector.capture.files import load_store
from zinspector.capture.formats.exporting import FORMS, export
from zinspector.capture.message import messages
from zinspector.capture.store import Store

ROWS = int(os.environ.get("BENCH_ROWS", "100000"))


def rows(count: int) -> Store:
    """Messages in batches of ten thousand."""
    store = Store(retention_bytes=1 << 62)
    feed = Feed(store)
    body = b'{"n": %d, "city": "London", "temperature": %d.25, "station": "at the river, north side"}'
    for first in range(0, count, 10_000):
        numbers = range(first, min(first + 10_000, count))
        feed.messages([[b"weather.%d" % (n % 200), body % (n, n % 40)] for n in numbers])
    return store


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def opened(path: Path) -> None:
    """All batches of a file, looked at."""
    list(load_store(path).batches())


def bare_parquet(store: Store, path: Path) -> None:
    """pyarrow with its own settings; the cast that it needs included."""
    plain = pa.list_(pa.large_binary())
    table = store.table()
    place = table.schema.get_field_index("frames")
    pq.write_table(table.set_column(place, "frames", table.column("frames").cast(plain)), path, compression="zstd")


def bare_mcap(payloads: list[tuple[int, bytes]], path: Path) -> None:
    """The MCAP library: one channel of payloads, nothing else."""
    with path.open("wb") as file:
        writer = Writer(file)
        writer.start()
        channel = writer.register_channel("t", "json", 0)
        for when, data in payloads:
            writer.add_message(channel, when, data, when)
        writer.finish()


def main() -> None:
    """Measure all formats and print one line."""
    store = rows(ROWS)
    payloads = [(row.time_ns, row.frames[1]) for batch in store.batches() for row in messages(batch)]
    result: dict[str, object] = {"bench": "formats", "rows": ROWS}
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder, "bare")
        parquet_s = seconds(lambda: bare_parquet(store, bare)) / ROWS
        mcap_s = seconds(lambda: bare_mcap(payloads, bare)) / len(payloads)
        for form in FORMS:
            path = Path(folder, f"c{form.suffix}")
            out = seconds(partial(export, store.batches(), path)) / ROWS
            measured = {"out_m_s": round(1e-6 / out, 3), "bytes_a_row": round(path.stat().st_size / ROWS, 1)}
            if form.suffix != ".csv":
                back = seconds(partial(opened, path)) / ROWS
                measured["in_m_s"] = round(1e-6 / back, 3)
            if form.suffix == ".parquet":
                measured["of_bare_pyarrow"] = round(parquet_s / out, 2)
            if form.suffix == ".mcap":
                measured["of_bare_mcap"] = round(mcap_s / out, 2)
            result[form.suffix.removeprefix(".")] = measured
        result["bare"] = {"parquet_m_s": round(1e-6 / parquet_s, 3), "mcap_m_s": round(1e-6 / mcap_s, 3)}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
