"""The store: ready batches to disk, memory with ten million rows, opening two gigabytes.

The baseline is pyarrow alone, writing the same batches to an IPC file in the same run. Prints one JSON line: million
messages a second of 256 B for the baseline, a recording and a spilling store, median and best of some rounds that
take turns, and the ratios of the medians (disks and neighbours make single rounds differ by a factor of three);
how much the process grew with 10 M messages of 100 B (`anonymous` is memory, `mapped` are pages of files that the
system takes back when it wants them); seconds to open a recording of 2 GB and show its first rows; milliseconds to go
anywhere in it. Each part has a process of its own.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa

from zinspector.capture.clock import Clock
from zinspector.capture.files import load_store
from zinspector.capture.recording import Recording
from zinspector.capture.spill import Spill
from zinspector.capture.store import Store
from zinspector.capture.views import Heap, fill_views
from zinspector.capture.writer import Recorder

ROWS = int(os.environ.get("BENCH_ROWS", "10000000"))
MESSAGES = 1_000_000
BATCH = 16_384
ROUNDS = 5
OPENED_BYTES = 2_000_000_000
SHOWN = 50


def batch_of(size: int, rows: int = BATCH) -> pa.RecordBatch:
    """Messages of one frame, as the wire writer makes them: views into one chunk."""
    recorder = Recorder(Clock())
    source = recorder.source("relay", "connect->bind", "PUSH", "PULL")
    recorder.add_run(source, list(range(rows)), [b""] * rows)
    made = recorder.flush()
    assert made is not None
    data = os.urandom(rows * size)
    lengths = np.full(rows, size, np.int64)
    views = np.empty((rows, 4), np.uint32)
    fill_views(views, data, np.arange(rows, dtype=np.int64) * size, lengths, 0)
    heap = Heap()
    heap._buffers.append(pa.py_buffer(data))
    frames = pa.ListArray.from_arrays(np.arange(rows + 1, dtype=np.int32), heap.column(views))
    made = made.set_column(made.schema.get_field_index("frames"), made.schema.field("frames"), frames)
    return made.set_column(made.schema.get_field_index("size"), made.schema.field("size"), pa.array(lengths))


def bare(batches: list[pa.RecordBatch], folder: Path) -> None:
    """Pyarrow alone."""
    options = pa.ipc.IpcWriteOptions(emit_dictionary_deltas=True)
    with pa.OSFile(str(folder / "bare.arrow"), "wb") as file:
        writer = pa.ipc.new_file(file, batches[0].schema, options=options)
        for batch in batches:
            writer.write_batch(batch)
        writer.close()


def recorded(batches: list[pa.RecordBatch], folder: Path) -> None:
    """A recording."""
    recording = Recording(folder / "recorded.arrow")
    for batch in batches:
        recording.append(batch)
    recording.close()


def stored(batches: list[pa.RecordBatch], folder: Path) -> None:
    """A store that spills, until all is in files and mapped."""
    spill = Spill(folder)
    store = Store(1 << 40, spill)
    for batch in batches:
        while spill.full:
            time.sleep(0.001)
        store.append(batch)
    spill.settle()
    spill.close()
    assert store.retained == sum(batch.num_rows for batch in batches)


def ingest(root: Path) -> dict[str, float]:
    """Million messages a second, in turns so that all see the same disk."""
    batches = [batch_of(256) for _ in range(8)] * (MESSAGES // BATCH // 8)
    rows = sum(batch.num_rows for batch in batches)
    seen: dict[str, list[float]] = {}
    ways: dict[str, Callable[[list[pa.RecordBatch], Path], None]] = {
        "baseline": bare,
        "recording": recorded,
        "store": stored,
    }
    for _ in range(ROUNDS):
        for name, write in ways.items():
            folder = Path(tempfile.mkdtemp(dir=root))
            began = time.perf_counter()
            write(batches, folder)
            seen.setdefault(name, []).append(rows / (time.perf_counter() - began) / 1e6)
            shutil.rmtree(folder)
    median = {name: float(np.median(values)) for name, values in seen.items()}
    return {
        **{name: round(value, 2) for name, value in median.items()},
        **{f"{name}_best": round(max(values), 2) for name, values in seen.items()},
        **{f"{name}_ratio": round(median[name] / median["baseline"], 2) for name in ("recording", "store")},
    }


def memory(root: Path) -> dict[str, float]:
    """Megabytes by which the process grew, at the end and at most."""
    spill = Spill(root)
    store = Store(1 << 40, spill)
    before = resident()
    most = 0.0
    for _ in range(ROWS // BATCH + 1):
        while spill.full:
            time.sleep(0.001)
        store.append(batch_of(100))
        most = max(most, resident()["RssAnon"])
    spill.settle()
    after = resident()
    found = {
        "rows": store.retained,
        "skipped": store.skipped,
        "anonymous_mb": round(after["RssAnon"] - before["RssAnon"]),
        "most_anonymous_mb": round(most - before["RssAnon"]),
        "mapped_mb": round(after["RssFile"] - before["RssFile"]),
        "on_disk_mb": round(sum(path.stat().st_size for path in root.iterdir()) / 1e6),
        "batches": len(store.batches()),
    }
    spill.close()
    return found


def opening(root: Path) -> dict[str, float]:
    """Seconds to the first page, milliseconds to any other."""
    path = root / "large.arrow"
    recording = Recording(path)
    batch = batch_of(256)
    while recording.bytes < OPENED_BYTES:
        recording.append(batch)
    recording.close()
    began = time.perf_counter()
    store = load_store(path)
    assert len(store.rows(store.first_n, SHOWN)) == SHOWN
    opened = time.perf_counter() - began
    times = []
    for n in np.random.default_rng(1).integers(1, store.next_n - SHOWN, 100).tolist():
        began = time.perf_counter()
        store.rows(n, SHOWN)
        times.append(1000 * (time.perf_counter() - began))
    return {"gb": round(recording.bytes / 1e9, 2), "rows": store.retained, "first_page_s": round(opened, 3)} | {
        "jump_ms_median": round(float(np.median(times)), 1),
        "jump_ms_most": round(max(times), 1),
    }


def resident() -> dict[str, float]:
    """What the process holds, in MB: memory of its own, and pages of files."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return {line.split(":")[0]: int(line.split()[1]) / 1000 for line in lines if line.startswith("Rss")}


PARTS: dict[str, Callable[[Path], dict[str, float]]] = {"ingest": ingest, "memory": memory, "opening": opening}


def main() -> None:
    """All parts, each where nothing else has been."""
    found = {}
    for part in PARTS:
        command = [sys.executable, "-m", "tests.benchmarks.bench_store", part]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        found[part] = json.loads(done.stdout)
    print(json.dumps({"benchmark": "store", **found}))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        with tempfile.TemporaryDirectory() as made:
            print(json.dumps(PARTS[sys.argv[1]](Path(made))))
    else:
        main()
