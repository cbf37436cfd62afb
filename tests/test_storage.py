"""Versioned documents: headers checked, migrations in order, atomic writes."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zinspector.errors import FileError
from zinspector.storage import Format, parse_json, read_json, write_bytes, write_json

FORMAT = Format("zinspector-test", 3, {1: lambda r: {**r, "one": True}, 2: lambda r: {**r, "two": True}})


def test_older_versions_are_brought_up_step_by_step() -> None:
    record = FORMAT.upgrade({"format": "zinspector-test", "version": 1, "kept": 7}, where="x")
    assert record == {"format": "zinspector-test", "version": 3, "kept": 7, "one": True, "two": True}


def test_a_newer_version_is_refused_with_advice() -> None:
    with pytest.raises(FileError, match="newer zinspector") as caught:
        FORMAT.upgrade({"format": "zinspector-test", "version": 4}, where="a.zin.json")
    assert "a.zin.json" in str(caught.value)
    assert "update zinspector" in str(caught.value)


@pytest.mark.parametrize("version", [0, -1, "1", None, True, 1.0])
def test_a_version_must_be_a_positive_integer(version: object) -> None:
    with pytest.raises(FileError, match="positive integer"):
        FORMAT.upgrade({"format": "zinspector-test", "version": version}, where="x")


@given(st.recursive(st.none() | st.booleans() | st.text(), st.lists, max_leaves=5))
def test_anything_but_our_object_is_refused(value: object) -> None:
    with pytest.raises(FileError, match="not a zinspector-test file"):
        FORMAT.upgrade(value, where="x")


def test_broken_json_names_line_and_column() -> None:
    with pytest.raises(FileError, match="line 2, column 3") as caught:
        parse_json("{\n  oops}", where="f.json")
    assert caught.value.where.startswith("f.json")


@given(st.text())
def test_parse_json_raises_only_file_errors(text: str) -> None:
    try:
        parse_json(text, where="x")
    except FileError:
        return


def test_hostile_json_is_an_error_not_a_crash() -> None:
    for text in ("[" * 100_000, "9" * 100_000):
        with pytest.raises(FileError):
            parse_json(text, where="x")


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "doc.json"
    write_json(path, {"a": 1})
    with pytest.raises(FileError):
        write_json(tmp_path / "missing" / "doc.json", {"a": 2})
    assert json.loads(path.read_text()) == {"a": 1}
    assert [entry.name for entry in tmp_path.iterdir()] == ["doc.json"]


def test_a_rewritten_file_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "doc.json"
    path.write_text("{}")
    path.chmod(0o600)
    write_bytes(path, b"[]")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_cannot_be_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="No such file"):
        read_json(tmp_path / "none.json")
    (tmp_path / "bad.json").write_bytes(b'{"a": "\xff"}')
    with pytest.raises(FileError, match="not UTF-8 text at byte 7"):
        read_json(tmp_path / "bad.json")
    assert os.fspath(tmp_path) in str(tmp_path / "none.json")
