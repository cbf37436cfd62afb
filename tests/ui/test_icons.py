"""The icons: one grid, one colour that the theme replaces, and none missing that the window asks for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from zinspector.shipped import shipped
from zinspector.ui import theme

ICONS = sorted(shipped("resources/icons").glob("*.svg"))
SOURCES = sorted((Path(__file__).resolve().parents[2] / "zinspector" / "ui").rglob("*.py"))
COLOURED = {"zinspector", "chevron", "check"}  # the app's own, and what the style sheet takes as it is
ASKED = re.compile(r'\bicon(?:\(|=)"([a-z-]+)"')


@pytest.mark.parametrize("path", ICONS, ids=lambda path: path.stem)
def test_an_icon_can_be_tinted(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert QSvgRenderer(text.encode()).isValid()
    if path.stem not in COLOURED:
        assert 'viewBox="0 0 24 24"' in text
        assert set(re.findall(r"#[0-9a-fA-F]+", text)) == {"#000"}


def test_no_icon_is_missing() -> None:
    asked = {name for path in SOURCES for name in ASKED.findall(path.read_text(encoding="utf-8"))}
    assert asked
    assert asked <= {path.stem for path in ICONS}


def test_disabled_looks_different(qapp: QApplication) -> None:
    theme.apply(qapp, "dark")
    made = theme.icon("run")
    normal, disabled = (made.pixmap(24, 24, mode).toImage() for mode in (made.Mode.Normal, made.Mode.Disabled))
    assert normal != disabled
