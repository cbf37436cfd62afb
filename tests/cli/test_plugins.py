"""plugins: the table, and a user's plugin that fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from zinspector.cli import run


def test_shipped_and_built_in(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plugins"]) == 0
    told = capsys.readouterr().out
    for name in ("built-in", "json", "jupyter", "protobuf"):
        assert any(line.startswith(f"{name} ") and "  ready" in line for line in told.splitlines())


def test_a_plugin_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ZINSPECTOR_HOME", str(tmp_path))
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "broken.py").write_text("import no_such_module\n")
    assert run(["plugins", "-T", "json"]) == 1
    (broken,) = [plugin for plugin in json.loads(capsys.readouterr().out) if plugin["name"] == "broken"]
    assert (broken["state"], broken["source"], broken["decoders"]) == ("failed", "user", [])
    assert "no_such_module" in broken["reason"]
    assert run(["plugins"]) == 1
    assert "broken    -" in capsys.readouterr().out
