"""Shipped files are found in the source tree; the wheel and the frozen build are tried by `make package`."""

from __future__ import annotations

from pathlib import Path

import pytest

from zinspector.shipped import shipped


def test_the_source_tree_has_what_is_shipped() -> None:
    for name in (
        "plugins/json",
        "plugins/protobuf",
        "plugins/jupyter",
        "resources/samples",
        "resources/style.qss",
        "resources/fonts",
    ):
        assert shipped(name).exists(), name


def test_a_frozen_build_looks_beside_its_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "plugins").mkdir()
    monkeypatch.setattr("sys._MEIPASS", str(tmp_path), raising=False)
    assert shipped("plugins") == tmp_path / "plugins"
