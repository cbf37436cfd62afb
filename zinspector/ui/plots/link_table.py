"""The table of links beside the charts: which to plot, the legend, and the figures of now or at the cursor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QPalette, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem

from zinspector.ui.plots.data import Shown
from zinspector.ui.plots.pens import SWATCH, Pen
from zinspector.ui.theme import mono_font, switch, theme

COLUMNS = ("Link", "msg/s", "B/s", "p50", "p99", "p99.9")
WIDTHS = (48, 58, 56, 56, 56)
NAME_WIDTH = 200  # the least that is left for the links before figures give way to them
LINK = Qt.ItemDataRole.UserRole


class LinkTable(QTreeWidget):
    """Links with a tick, their line, and figures.

    Signals:
        ticked(str, bool): the user ticked or unticked a link.
        linkActivated(str): the user double-clicked a link.
    """

    ticked = Signal(str, bool)
    linkActivated = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._known: set[str] = set()
        self.setHeaderLabels(COLUMNS)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setIconSize(SWATCH)
        self.setAccessibleName("Links to plot")
        self.setSelectionMode(QTreeWidget.SelectionMode.NoSelection)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column, width in enumerate(WIDTHS, 1):
            header.resizeSection(column, width)
            self.headerItem().setTextAlignment(column, Qt.AlignmentFlag.AlignRight)
        self.itemChanged.connect(self._changed)
        self.itemDoubleClicked.connect(lambda item, _: self.linkActivated.emit(item.data(0, LINK)))
        switch().changed.connect(self._recolour)

    def showEvent(self, event: QShowEvent) -> None:
        """Only now has the style sheet had its say about colours."""
        super().showEvent(event)
        self._recolour()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many figures as there is room for beside the names."""
        super().resizeEvent(event)
        for column, taken in enumerate(accumulate(WIDTHS, initial=NAME_WIDTH)):
            if column:
                self.setColumnHidden(column, taken > self.viewport().width())

    def fill(self, links: Sequence[Shown], chosen: set[str]) -> None:
        """List these links, with those ticked."""
        with QSignalBlocker(self):
            self.clear()
            for shown in links:
                item = QTreeWidgetItem(self, [shown.name])
                item.setData(0, LINK, shown.link)
                item.setIcon(0, Pen(shown.number).swatch())
                item.setToolTip(0, shown.name)
                item.setCheckState(0, _check(shown.link in chosen))
                for column in range(1, len(COLUMNS)):
                    item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                    item.setFont(column, mono_font(8.5))
        self._known = self.chosen()

    def tick(self, chosen: set[str]) -> None:
        """Tick these links and no others."""
        with QSignalBlocker(self):
            for item in self._rows():
                item.setCheckState(0, _check(item.data(0, LINK) in chosen))
        self._known = self.chosen()
        self.viewport().update()

    def chosen(self) -> set[str]:
        """The ids of the ticked links."""
        return {item.data(0, LINK) for item in self._rows() if item.checkState(0) == Qt.CheckState.Checked}

    def show_figures(self, figures: Mapping[str, Sequence[str]]) -> None:
        """Show texts for the columns after the first, by link id."""
        with QSignalBlocker(self):
            for item in self._rows():
                texts = figures.get(item.data(0, LINK), ())
                for column in range(1, len(COLUMNS)):
                    text = texts[column - 1] if column <= len(texts) else ""
                    if item.text(column) != text:
                        item.setText(column, text)
        self.viewport().update()

    def _changed(self) -> None:
        before, self._known = self._known, self.chosen()  # other changes of an item come here too
        for link in before ^ self._known:
            self.ticked.emit(link, link in self._known)

    def _rows(self) -> list[QTreeWidgetItem]:
        return [item for row in range(self.topLevelItemCount()) if (item := self.topLevelItem(row)) is not None]

    def _recolour(self) -> None:
        # Fusion draws the outline of a tick box as a darker Window colour, which can't be seen on a dark ground.
        palette = QPalette(self.palette())
        palette.setColor(QPalette.ColorRole.Window, theme().colour("muted"))
        self.setPalette(palette)
        for item in self._rows():
            item.setIcon(0, Pen(self.indexOfTopLevelItem(item)).swatch())


def _check(yes: bool) -> Qt.CheckState:
    return Qt.CheckState.Checked if yes else Qt.CheckState.Unchecked
