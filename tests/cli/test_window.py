"""The verbs that open a window: with and without a display."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.helpers.command_line import WEATHER, zinspector_process
from zinspector.cli.libraries import ALWAYS, missing, require
from zinspector.cli.window import display
from zinspector.errors import UserError

NO_DISPLAY: dict[str, str | None] = {"DISPLAY": None, "WAYLAND_DISPLAY": None, "QT_QPA_PLATFORM": None}


def test_the_demo_without_a_display_leaves_evidence(tmp_path: Path) -> None:
    done = zinspector_process("demo", "--for", "2", cwd=tmp_path, **NO_DISPLAY)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("No display: running the demo offscreen for 2 s\n")
    for name in ("screenshot.png", "capture.arrow", "charts.png", "charts.svg", "charts.csv"):
        path = Path("zinspector-demo") / name
        assert (tmp_path / path).stat().st_size > 0
        assert str(path) in done.stdout


def test_a_place_that_can_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    done = zinspector_process("demo", "--output", tmp_path / "taken", **NO_DISPLAY)
    assert done.returncode == 2
    assert "File exists" in done.stderr


@pytest.mark.parametrize("display", [None, ":7654"])
def test_open_without_a_display(display: str | None) -> None:
    done = zinspector_process("open", WEATHER, **{**NO_DISPLAY, "DISPLAY": display})
    assert done.returncode == 2
    assert done.stderr.startswith("zinspector: there is no display to open a window on")


def test_startup_times() -> None:
    done = zinspector_process("--startup-times", **NO_DISPLAY)
    assert done.returncode == 0
    assert re.search(r"first paint \d+\.\d+ s", done.stdout)


def test_which_display(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in NO_DISPLAY:
        monkeypatch.delenv(name, raising=False)
    assert display() is None
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert display() is None
    for platform, expected in (("offscreen", None), ("minimal", None), ("xcb", "x11"), ("vnc:size=8x8", "vnc")):
        monkeypatch.setenv("QT_QPA_PLATFORM", platform)
        assert display() == expected


def test_libraries_that_are_missing_are_named() -> None:
    assert missing({"libc.so.6": "libc6", "libnothing.so.1": "libnothing1"}) == {"libnothing.so.1": "libnothing1"}
    require(None)


def test_the_line_that_installs_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ALWAYS, "libnothing.so.1", "libnothing1")
    with pytest.raises(UserError) as caught:
        require(None)
    assert caught.value.remedy == "sudo apt install libnothing1"
