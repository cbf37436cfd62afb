"""How the window looks: the current theme, fonts, palette, style sheet and tinted icons.

`apply()` dresses the application; widgets that paint by themselves ask `theme()` while painting and repaint on
`switch().changed`. The style sheet is Qt's own language over Fusion, filled with the colours of `colours.py`.
"""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QObject, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from zinspector.shipped import shipped
from zinspector.ui.colours import DARK, LIGHT, Theme

__all__ = ["Theme", "ThemeSwitch", "apply", "icon", "mono_font", "switch", "theme", "ui_font"]

UI_FAMILY = "Inter"
MONO_FAMILY = "JetBrains Mono"


class ThemeSwitch(QObject):
    """Holds the current theme.

    Signals:
        changed(): another theme was applied; repaint and retint.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.wanted = "system"
        self.current = DARK

    def follow(self) -> Theme:
        """The theme that `wanted` means now: dark, light, or what the system says."""
        if self.wanted in ("dark", "light"):
            return DARK if self.wanted == "dark" else LIGHT
        scheme = QGuiApplication.styleHints().colorScheme()
        return LIGHT if scheme == Qt.ColorScheme.Light else DARK


@cache
def switch() -> ThemeSwitch:
    """The one ThemeSwitch."""
    return ThemeSwitch()


def theme() -> Theme:
    """The theme in force."""
    return switch().current


def apply(app: QApplication, wanted: str = "system") -> None:
    """Dress the application in `dark`, `light` or the `system`'s theme."""
    _begin(app)
    holder = switch()
    holder.wanted = wanted
    holder.current = holder.follow()
    app.setPalette(_palette(holder.current))
    app.setStyleSheet(_style_sheet(holder.current))
    icon.cache_clear()
    holder.changed.emit()


def ui_font(points: float | None = None, *, bold: bool = False) -> QFont:
    """The interface font, scaled with the system's font size when `points` is None."""
    font = QFont(UI_FAMILY)
    font.setPointSizeF(points or _base_points())
    if bold:
        font.setWeight(QFont.Weight.DemiBold)
    return font


def mono_font(points: float | None = None, *, bold: bool = False) -> QFont:
    """The font of data: addresses, payloads, numbers."""
    font = QFont(MONO_FAMILY)
    font.setStyleHint(QFont.StyleHint.Monospace)
    font.setPointSizeF(points or _base_points())
    font.setBold(bold)
    for feature in ("calt", "liga"):
        font.setFeature(QFont.Tag(feature), 0)  # ligatures would make `!=` and `://` read as something else
    return font


@cache
def icon(name: str, role: str = "text") -> QIcon:
    """The icon `resources/icons/NAME.svg` in the colour of `role`, greyed when disabled."""
    path = shipped(f"resources/icons/{name}.svg")
    if not path.exists():
        return QIcon()
    source = path.read_text(encoding="utf-8")
    made = QIcon()
    for mode, colour in (
        (QIcon.Mode.Normal, theme().colour(role)),
        (QIcon.Mode.Disabled, theme().colour("line")),
    ):
        renderer = QSvgRenderer(QByteArray(source.replace("#000", colour.name()).encode()))
        for side in (16, 24, 32, 48):
            pixmap = QPixmap(QSize(side, side))
            pixmap.fill(QColor(0, 0, 0, 0))
            painter = QPainter(pixmap)
            renderer.render(painter)
            painter.end()
            made.addPixmap(pixmap, mode)
    return made


@cache
def _begin(app: QApplication) -> None:
    """What all themes have in common: once, because each of it makes Qt polish all widgets anew."""
    for path in sorted(shipped("resources/fonts").glob("*.?tf")):
        QFontDatabase.addApplicationFont(str(path))
    app.setStyle("Fusion")
    app.setFont(ui_font())


@cache
def _base_points() -> float:
    """The system's font size, within reason; offscreen platforms report 12, desktops 9 to 11."""
    points = QGuiApplication.font().pointSizeF()
    return 9.0 if points <= 0 or QGuiApplication.platformName() == "offscreen" else max(8.0, points)


def _palette(colours: Theme) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    pairs = {
        role.Window: "panel",
        role.WindowText: "text",
        role.Base: "field",
        role.AlternateBase: "panel",
        role.Text: "text",
        role.PlaceholderText: "muted",
        role.Button: "raised",
        role.ButtonText: "text",
        role.ToolTipBase: "raised",
        role.ToolTipText: "text",
        role.Highlight: "selection",
        role.HighlightedText: "text",
        role.Link: "accent",
        role.BrightText: "error",
        role.Light: "raised",
        role.Midlight: "line",
        role.Mid: "line",
        role.Dark: "line",
        role.Shadow: "window",
        role.Accent: "accent",
    }
    for which, name in pairs.items():
        palette.setColor(which, colours.colour(name))
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, colours.colour("muted").darker(130))
    return palette


def _style_sheet(colours: Theme) -> str:
    sheet = shipped("resources/style.qss").read_text(encoding="utf-8")
    for name in sorted(Theme.__dataclass_fields__, key=len, reverse=True):
        sheet = sheet.replace(f"@{name}", getattr(colours, name))
    return sheet.replace("@mono", MONO_FAMILY).replace("@icons", shipped("resources/icons").as_posix())
