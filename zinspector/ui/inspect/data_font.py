"""The font of captured bytes and text: monospaced and without ligatures, so that `!=` and `://` read as they are."""

from __future__ import annotations

from PySide6.QtGui import QFont

from zinspector.ui.theme import mono_font


def data_font() -> QFont:
    """The font to show captured data in."""
    font = mono_font()
    for feature in ("calt", "liga"):
        font.setFeature(QFont.Tag(feature), 0)
    return font
