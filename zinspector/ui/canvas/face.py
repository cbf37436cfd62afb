"""How a node looks, all but its live figures: a value (`Face`) and its picture, painted once and kept.

A face is painted at the scale and pixel ratio it is shown at, so that text stays crisp at every zoom; the same face
is never painted twice while it is in use. Three levels of detail: the whole card, a card with a large title when
zoomed out, and below `FAR_SCALE` nothing here (see `far`).
Health and findings are told by shape as well as by colour.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

from zinspector.ui.canvas.metrics import FULL_SCALE, metrics
from zinspector.ui.theme import theme

KEPT_PICTURES = 900  # about 60 MB at 100 %; far more nodes than fit a screen at the scale they are readable
HEALTH_ROLES = {"ok": "ok", "waiting": "warn", "error": "error"}
BADGE, BADGE_REACH = 8.5, 1.15  # radius, and how far its triangle reaches in radii
BESIDE_BADGE = 4  # room between the badge and what is left of it
FAR_HEALTH = 6.5  # radius of the health dot on a card with a large title
BADGE_SIGNS = {"error": "×", "warning": "!", "info": "i"}
SEVERITY_ROLES = {"error": "error", "warning": "warn", "info": "accent"}


@dataclass(frozen=True)
class Face:
    """Everything that the picture of a node shows."""

    mark: str
    title: str
    address: str = ""
    subtitle: str = ""
    subtitle_role: str = "muted"
    health: str = "idle"
    badge: str = ""
    inlet: str = ""  # "", "open", "linked" or "lit"
    outlet: str = ""
    selected: bool = False
    hovered: bool = False
    dashed: bool = False
    seen: bool = False  # not drawn: it stands back a little


def picture(face: Face, scale: float, ratio: float) -> QPixmap:
    """The picture of `face` at `scale` for a screen of `ratio` device pixels a pixel, in the theme in force."""
    return _picture(face, scale, ratio, theme().name)


@lru_cache(maxsize=KEPT_PICTURES)
def _picture(face: Face, scale: float, ratio: float, _theme_name: str) -> QPixmap:
    sizes = metrics()
    outer = sizes.outer
    factor = scale * ratio
    pixmap = QPixmap(max(1, round(outer.width() * factor)), max(1, round(outer.height() * factor)))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    painter.scale(factor, factor)
    painter.translate(-outer.topLeft())
    _Card(painter, face, scale).paint()
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


class _Card:
    """One picture in the making."""

    def __init__(self, painter: QPainter, face: Face, scale: float) -> None:
        self.painter = painter
        self.face = face
        self.scale = scale
        self.full = scale >= FULL_SCALE
        self.sizes = metrics()
        self.colours = theme()
        self.accent = self.colours.pattern(face.mark)
        self.header = self.sizes.header * (1 if self.full else 1.25)
        self.title_line = QFontMetricsF(self.sizes.title).height()
        self.badge = self._badge_place()
        right = self.badge.left() - BESIDE_BADGE if face.badge else self.sizes.width
        self.header_end = min(self.sizes.width - self.sizes.padding, right)
        self.far_health = QPointF(min(self.sizes.width - 14, right - FAR_HEALTH), self.header / 2)

    def paint(self) -> None:
        """Card, words, health, ports, badge."""
        face, sizes = self.face, self.sizes
        self._ground()
        self._outline()
        if self.full:
            self._words()
            spot = QPointF(sizes.width - sizes.padding - 4, sizes.header + 7 + self.title_line / 2)
            self._health(spot, 4.2)
        else:
            self._large_words()
            self._health(self.far_health, FAR_HEALTH)
        for state, spot in ((face.inlet, sizes.inlet), (face.outlet, sizes.outlet)):
            if state:
                self._port(spot, state)
        if face.badge:
            self._badge(self.badge.center(), self.badge.width() / 2 / BADGE_REACH)

    def _badge_place(self) -> QRectF:
        """On the upper right corner; as much of it outside the card as the picture has room for."""
        outer = self.sizes.outer
        reach = BADGE * BADGE_REACH * (1 if self.full else min(2.0, 0.7 / self.scale))
        x = min(self.sizes.width - 3, outer.right() - 3 - reach)
        y = max(2.0, outer.top() + 3 + reach)
        return QRectF(x - reach, y - reach, 2 * reach, 2 * reach)

    def _shape(self) -> QPainterPath:
        card = QPainterPath()
        card.addRoundedRect(self.sizes.rect, self.sizes.radius, self.sizes.radius)
        return card

    def _ground(self) -> None:
        painter, rect, radius = self.painter, self.sizes.rect, self.sizes.radius
        painter.setPen(Qt.PenStyle.NoPen)
        if self.full and not self.face.seen:
            for spread, alpha in ((5, 9), (3, 12), (1.5, 16)):
                painter.setBrush(QColor(0, 0, 0, alpha * (2 if self.colours.dark else 1)))
                grown = rect.adjusted(-spread, -spread + 3, spread, spread + 3)
                painter.drawRoundedRect(grown, radius + spread, radius + spread)
        ground = self.colours.colour("raised")
        if self.face.seen:
            ground = _mixed(ground, self.colours.colour("window"), 0.45)
        painter.fillPath(self._shape(), ground)
        painter.save()
        painter.setClipPath(self._shape())
        band = QRectF(0, 0, rect.width(), self.header)
        share = (0.24 if self.colours.dark else 0.16) * (0.5 if self.face.seen else 1)
        painter.fillRect(band, _mixed(self.accent, ground, share))
        if not self.face.seen:
            painter.fillRect(QRectF(0, 0, 4, self.header), self.accent)
        painter.restore()

    def _outline(self) -> None:
        line = self.colours.colour("line") if self.colours.dark else self.colours.colour("line").darker(108)
        pen = QPen(line, 1)
        if self.face.selected:
            pen = QPen(self.colours.colour("accent"), 2)
        elif self.face.hovered:
            pen = QPen(_mixed(self.colours.colour("accent"), line, 0.6), 1.2)
        if self.face.dashed and not self.face.selected:
            pen.setStyle(Qt.PenStyle.DashLine)
        self.painter.setPen(pen)
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        self.painter.drawPath(self._shape())

    def _words(self) -> None:
        face, sizes, colours = self.face, self.sizes, self.colours
        inner = sizes.width - 2 * sizes.padding
        header = QRectF(sizes.padding, 0, self.header_end - sizes.padding, sizes.header)
        taken = self._text(header, face.mark, sizes.kind, self.accent)
        header.setLeft(header.left() + taken + 8)
        self._text(header, face.address, sizes.small, colours.colour("muted"), right=True)
        title = QRectF(sizes.padding, sizes.header + 7, inner - 16, self.title_line)
        self._text(title, face.title, sizes.title, colours.colour("text"))
        below = QRectF(sizes.padding, title.bottom() + 2, inner, QFontMetricsF(sizes.mono).height())
        self._text(below, face.subtitle, sizes.mono, colours.colour(face.subtitle_role))

    def _large_words(self) -> None:
        """Type and title as large as they must be to be read from afar."""
        sizes, kind, title = self.sizes, QFont(self.sizes.kind), QFont(self.sizes.title)
        kind.setPointSizeF(min(kind.pointSizeF() * 1.5, 7 / self.scale))
        title.setPointSizeF(min(title.pointSizeF() * 2.2, 8 / self.scale))
        band = QRectF(sizes.padding, 0, self.far_health.x() - 10 - sizes.padding, self.header)
        self._text(band, self.face.mark, kind, self.accent)
        body = QRectF(sizes.padding, self.header, sizes.width - sizes.padding - 6, sizes.height - self.header)
        self._text(body, self.face.title, title, self.colours.colour("text"))

    def _text(self, rect: QRectF, text: str, font: QFont, colour: QColor, *, right: bool = False) -> float:
        """Draw one line of plain text, elided to fit; its width."""
        measure = QFontMetricsF(font)
        shown = measure.elidedText(text.replace("\n", " "), Qt.TextElideMode.ElideRight, rect.width())
        self.painter.setFont(font)
        self.painter.setPen(colour)
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        self.painter.drawText(rect, int(side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine), shown)
        return measure.horizontalAdvance(shown)

    def _health(self, spot: QPointF, radius: float) -> None:
        """A full dot runs, a ring is idle, a half dot waits, a cross failed."""
        painter, health = self.painter, self.face.health
        colour = self.colours.colour(HEALTH_ROLES.get(health, "muted"))
        box = QRectF(spot.x() - radius, spot.y() - radius, 2 * radius, 2 * radius)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if health == "error":
            painter.setPen(QPen(colour, radius * 0.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            inset = box.adjusted(radius * 0.25, radius * 0.25, -radius * 0.25, -radius * 0.25)
            painter.drawLine(inset.topLeft(), inset.bottomRight())
            painter.drawLine(inset.topRight(), inset.bottomLeft())
            return
        painter.setPen(QPen(colour, radius * 0.36))
        if health == "ok":
            painter.setBrush(colour)
        painter.drawEllipse(box)
        if health == "waiting":
            painter.setBrush(colour)
            painter.drawPie(box, 90 * 16, 180 * 16)

    def _port(self, spot: QPointF, state: str) -> None:
        """A port is a ring, filled when something is linked to it; a lit one says: drop here."""
        painter, radius = self.painter, self.sizes.port
        if state == "lit":
            halo = QColor(self.accent)
            halo.setAlpha(70)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(halo)
            painter.drawEllipse(spot, radius + 4.5, radius + 4.5)
        painter.setPen(QPen(self.accent, 2))
        painter.setBrush(self.colours.colour("window") if state == "open" else self.accent)
        painter.drawEllipse(spot, radius, radius)

    def _badge(self, spot: QPointF, radius: float) -> None:
        """A cross in a disc is an error, a triangle a warning, an i a hint; the sign tells, the colour helps."""
        painter, face = self.painter, self.face
        painter.setPen(QPen(self.colours.colour("raised"), 1.5))
        painter.setBrush(self.colours.colour(SEVERITY_ROLES.get(face.badge, "accent")))
        warning = face.badge == "warning"
        if warning:
            corners = ((0.0, -1.1), (BADGE_REACH, 0.9), (-BADGE_REACH, 0.9))
            painter.drawPolygon(QPolygonF([spot + QPointF(x, y) * radius for x, y in corners]))
        else:
            painter.drawEllipse(spot, radius, radius)
        font = QFont(self.sizes.kind)
        font.setPixelSize(max(1, round(radius * 1.3)))
        font.setWeight(QFont.Weight.Bold)
        painter.setFont(font)
        painter.setPen(self.colours.colour("on_accent"))
        low = radius * 0.22 if warning else 0.0
        box = QRectF(spot.x() - radius, spot.y() - radius + low, 2 * radius, 2 * radius)
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), BADGE_SIGNS.get(face.badge, "!"))


def _mixed(a: QColor, b: QColor, share: float) -> QColor:
    """`share` of `a` over `b`."""
    return QColor(
        round(a.red() * share + b.red() * (1 - share)),
        round(a.green() * share + b.green() * (1 - share)),
        round(a.blue() * share + b.blue() * (1 - share)),
    )
