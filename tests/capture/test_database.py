"""Databases of their own: what doesn't fit in memory waits in a folder, and nothing is left there."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from zinspector.capture import database
from zinspector.capture.database import connect, roomy

LARGE = "SELECT sum(place) FROM (SELECT row_number() OVER (ORDER BY hash(range)) AS place FROM range(3000000))"


@pytest.fixture(autouse=True)
def _little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "MEMORY", "48MB")
    monkeypatch.setattr(database, "MEMORY_WITH_FOLDER", "48MB")


def test_what_does_not_fit_waits_on_the_disk(tmp_path: Path) -> None:
    with roomy(tmp_path) as ours:
        assert ours.execute(LARGE).fetchall() == [(4500001500000,)]
        assert list(tmp_path.iterdir())
    assert not list(tmp_path.iterdir())


def test_without_a_folder_memory_is_all_there_is() -> None:
    with connect() as ours, pytest.raises(duckdb.OutOfMemoryException):
        ours.execute(LARGE)


@pytest.mark.parametrize(
    "setting", ["temp_directory = '/tmp'", "memory_limit = '1TB'", "enable_external_access = true"]
)
def test_a_statement_changes_no_setting(setting: str, tmp_path: Path) -> None:
    with roomy(tmp_path) as ours, pytest.raises(duckdb.Error):
        ours.execute(f"SET {setting}")
