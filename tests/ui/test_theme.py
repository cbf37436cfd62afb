"""Both themes can be read: contrast is computed as WCAG does, for every role that carries text."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFontInfo
from PySide6.QtWidgets import (
    QApplication,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QTableWidget,
    QTableWidgetItem,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)
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


@pytest.mark.parametrize("kind", [QTreeWidget, QTableWidget])
def test_titles_stand_above_their_cells(
    qtbot: QtBot, qapp: QApplication, kind: type[QTreeWidget | QTableWidget]
) -> None:
    theme.apply(qapp, "light")
    view = kind()
    qtbot.addWidget(view)
    if isinstance(view, QTreeWidget):
        view.setRootIsDecorated(False)
        view.setHeaderLabels(["I"])
        view.addTopLevelItem(QTreeWidgetItem(["I"]))
        header = view.header()
    else:
        view.setColumnCount(1)
        view.setRowCount(1)
        view.setShowGrid(False)
        view.setHorizontalHeaderLabels(["I"])
        view.setItem(0, 0, QTableWidgetItem("I"))
        header = view.horizontalHeader()
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    view.show()
    cell = view.visualItemRect(view.itemAt(2, 2))
    assert first_ink(header.viewport(), header.viewport().rect()) == first_ink(view.viewport(), cell)


def first_ink(widget: QWidget, rect: QRect) -> int:
    """The first column of pixels, from the left, where something is written."""
    image = widget.grab(rect.adjusted(1, 1, -1, -3)).toImage()
    ground = image.pixel(image.width() - 20, image.height() // 2)
    rows = range(image.height())
    return next(x for x in range(image.width()) if any(image.pixel(x, y) != ground for y in rows))
