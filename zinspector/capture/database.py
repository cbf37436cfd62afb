"""One DuckDB in memory, closed to everything but the tables that it is handed.

It reaches no file, no network, no extension and no Python variable; the settings are locked. Its memory is bounded.
Only where it is given a folder of its own it puts there what doesn't fit, sorted rows or groups under way, up to
`SPILLED`. Each use takes a cursor of its own, so threads don't wait for each other.
"""

from __future__ import annotations

import atexit
import gc
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

MEMORY = "1GB"
MEMORY_WITH_FOLDER = "96MB"  # with what reads and gives rows about 130 MB
THREADS_WITH_FOLDER = 2  # each needs memory of its own
SPILLED = "8GB"
MOST_THREADS = 4

_lock = threading.Lock()
_opened: list[duckdb.DuckDBPyConnection] = []

# What gc.freeze() froze, or a database that is still open, would not be freed at the end, and then duckdb's binding
# complains of each of its objects.
atexit.register(gc.unfreeze)
atexit.register(_opened.clear)


def connect(folder: Path | None = None, **more: str) -> duckdb.DuckDBPyConnection:
    """A database of its own, empty and closed, which may use `folder`; with `more` settings."""
    settings: dict[str, str | int] = {
        "threads": min(os.cpu_count() or 1, MOST_THREADS if folder is None else THREADS_WITH_FOLDER),
        "memory_limit": MEMORY if folder is None else MEMORY_WITH_FOLDER,
        "enable_external_access": "false",
        "temp_directory": "" if folder is None else str(folder),
        "max_temp_directory_size": SPILLED,
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "python_enable_replacements": "false",
        "lock_configuration": "true",
        **more,
    }
    return duckdb.connect(":memory:", config=settings)


@contextmanager
def roomy(folder: Path | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database of its own for large questions, which has room on the disk, in `folder` or that of the system.

    Raises OSError where nothing can be put there.
    """
    with tempfile.TemporaryDirectory(prefix="sql-", dir=folder, ignore_cleanup_errors=True) as room:
        database = connect(Path(room), errors_as_json="true")
        try:
            yield database
        finally:
            database.close()


def planner() -> duckdb.DuckDBPyConnection:
    """A database that tells which columns a statement needs, and works nothing out for that."""
    database = connect(errors_as_json="true", lock_configuration="false")
    names = [name for (name,) in database.execute("SELECT name FROM duckdb_optimizers()").fetchall()]
    names.remove("unused_columns")
    database.execute(f"SET disabled_optimizers = '{','.join(names)}'")
    database.execute("SET lock_configuration = true")
    return database


@contextmanager
def cursor() -> Iterator[duckdb.DuckDBPyConnection]:
    """A cursor of the database that all filters share; what is registered with it ends with it."""
    with _lock:
        if not _opened:
            _opened.append(connect())
        mine = _opened[0].cursor()
    try:
        yield mine
    finally:
        mine.close()
