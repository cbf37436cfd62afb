"""Both themes can be read: contrast is computed as WCAG does, for every role that carries text."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtGui import QColor, QFontInfo
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QLabel, QLineEdit, QPlainTextEdit
from pytestqt.qtbot import QtBot

from zinspector.ui import theme
from zinspector.ui.colours import DARK, LIGHT, Theme

GROUNDS = ("window", "panel", "raised", "field")
TEXTS = (
    "text",
    "muted",
    "accent",
    "ok",
    "warn",
    "error",
    "pubsub",
    "pipeline",
    "reqrep",
    "routing",
    "exclusive",
    "tap",
)


def luminance(colour: QColor) -> float:
    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = linear(colour.redF()), linear(colour.greenF()), linear(colour.blueF())
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: QColor, second: QColor) -> float:
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", [DARK, LIGHT], ids=lambda colours: colours.name)
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("text", TEXTS)
def test_text_reads_on_every_ground(colours: Theme, ground: str, text: str) -> None:
    assert contrast(colours.colour(text), colours.colour(ground)) >= 4.5


@pytest.mark.parametrize("colours", [DARK, LIGHT], ids=lambda colours: colours.name)
def test_text_reads_on_selection_and_accent(colours: Theme) -> None:
    assert contrast(colours.colour("text"), colours.colour("selection")) >= 4.5
    assert contrast(colours.colour("on_accent"), colours.colour("accent")) >= 4.5
    assert contrast(colours.colour("on_accent"), colours.colour("ok")) >= 4.5


def test_applying_a_theme_changes_what_is_shown(qtbot: QtBot, qapp: QApplication) -> None:
    label = QLabel("text")
    qtbot.addWidget(label)
    shown = []
    for name, colours in (("light", LIGHT), ("dark", DARK)):
        with qtbot.waitSignal(theme.switch().changed):
            theme.apply(qapp, name)
        assert theme.theme() is colours
        label.show()
        shown.append(label.grab().toImage().pixelColor(1, 1).name())
    assert shown[0] != shown[1]


def test_the_shipped_fonts_are_used(qapp: QApplication) -> None:
    theme.apply(qapp, "dark")
    assert QFontInfo(theme.ui_font()).family() == "Inter"
    assert QFontInfo(theme.mono_font()).family() == "JetBrains Mono"
    assert QFontInfo(theme.mono_font()).fixedPitch()


def test_this_pyside_keeps_its_reference_counts(qapp: QApplication) -> None:
    """PySide6 6.12.0 loses a reference to None with every void call and aborts after some thousand of them."""
    label = QLabel("x")
    before = sys.getrefcount(None)
    for _ in range(200):
        label.setText("x")
    assert abs(sys.getrefcount(None) - before) < 50
    label.deleteLater()


@pytest.mark.parametrize("name", ["dark", "light"])
@pytest.mark.parametrize("make", [QLineEdit, QPlainTextEdit])
def test_placeholders_can_be_read(qtbot: QtBot, qapp: QApplication, name: str, make: type[QLineEdit]) -> None:
    theme.apply(qapp, name)
    edit = make()
    qtbot.addWidget(edit)
    edit.setPlaceholderText("MMMM")
    edit.ensurePolished()
    edit.resize(200, 40)
    picture = edit.grab().toImage()
    ground = picture.pixelColor(8, 8)
    inner = [picture.pixelColor(x, y) for x in range(8, 60) for y in range(8, 30)]
    assert max(contrast(colour, ground) for colour in inner) >= 4.5


def test_buttons_of_dialogs_have_no_icons(qtbot: QtBot, qapp: QApplication) -> None:
    theme.apply(qapp, "dark")
    box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    qtbot.addWidget(box)
    box.ensurePolished()
    box.grab()
    assert box.button(QDialogButtonBox.StandardButton.Close).icon().isNull()
