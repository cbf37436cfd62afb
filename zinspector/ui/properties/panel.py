"""The right panel: what is selected, how it is, what is wrong with it, and pages to set it up and to watch it.

The pages are made anew only when another thing is selected, so the cursor stays where the user types. Until the user
chooses a page by hand, what is selected while the drawing runs is shown live, and set up otherwise.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QScrollArea, QTabWidget, QVBoxLayout, QWidget

from zinspector.decode.api import visible
from zinspector.topology.document import Document
from zinspector.ui.canvas.words import mark, plural
from zinspector.ui.properties.findings import FindingCards
from zinspector.ui.properties.form import Form
from zinspector.ui.properties.options import OptionsTable, SideOptions
from zinspector.ui.properties.pages import LIVE, SETUP, Page, key, pages
from zinspector.ui.theme import switch, theme
from zinspector.ui.workspace import Workspace

MINIMUM_WIDTH = 270
HEALTH = {"ok": ("●", "ok"), "waiting": ("◐", "warn"), "error": ("✖", "error"), "idle": ("○", "muted")}
TITLE_CHARS = 60


class PropertiesPanel(QWidget):
    """Head, findings, and pages of the selection."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)  # the dock's own ground, under the head too
        self.workspace = workspace
        self.pages: dict[str, Page] = {}
        self._made: dict[str, QWidget] = {}
        self._key: tuple[object, ...] | None = None
        self._wanted = ""  # the page that the user chose last; empty: none yet
        self.kind = QLabel()
        self.title = QLabel()
        self.title.setProperty("role", "title")
        self.title.setMinimumWidth(1)
        self.health = QLabel()
        for label in (self.kind, self.title, self.health):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.findings = FindingCards(workspace)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setExpanding(False)
        self.tabs.tabBarClicked.connect(self._choose)
        self.tabs.currentChanged.connect(lambda _: self._refresh_page())
        self.setMinimumWidth(MINIMUM_WIDTH)
        self._lay_out()
        workspace.selectionChanged.connect(self.refresh)
        workspace.documentChanged.connect(self.refresh)
        workspace.runningChanged.connect(self.refresh)
        workspace.ticked.connect(self._show_health)
        switch().changed.connect(self._retitle)
        self.refresh()

    def refresh(self) -> None:
        """Show the selection as the document has it now."""
        wanted = key(self.workspace)
        if wanted != self._key:
            self._key = wanted
            self._replace(pages(self.workspace))
        else:
            self._refresh_page()
        self._retitle()

    def page(self, title: str) -> QWidget | None:
        """The page with that title, if the selection has it; made when it is first asked for."""
        if title not in self._made and title in self.pages:
            self._made[title] = made = self.pages[title]()
            holder = self.tabs.widget(list(self.pages).index(title))
            assert holder is not None, "there is a tab for every page"
            _fill(holder, made)
        return self._made.get(title)

    def show_page(self, title: str) -> None:
        """Bring a page to the front, and keep to it."""
        if title in self.pages:
            self._wanted = title
            self.tabs.setCurrentIndex(list(self.pages).index(title))

    def focus_first_field(self) -> None:
        """Put the cursor into the first field."""
        self.show_page(SETUP)
        page = self.page(SETUP)
        first = page.findChild(QLineEdit) if page is not None else None
        if first is not None:
            first.setFocus()
            first.selectAll()

    # Inside

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(14, 12, 12, 6)
        head.setSpacing(8)
        head.addWidget(self.kind)
        head.addWidget(self.title, 1)
        head.addWidget(self.health)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self.findings)
        layout.addWidget(self.tabs, 1)

    def _replace(self, pages: dict[str, Page]) -> None:
        for page in self._made.values():
            if isinstance(page, Form):
                page.flush()
        self.tabs.blockSignals(True)
        while self.tabs.count():
            if (old := self.tabs.widget(0)) is not None:
                self.tabs.removeTab(0)
                old.hide()
                old.deleteLater()
        self.pages, self._made = pages, {}
        for title in pages:
            self.tabs.addTab(QWidget(), title)
        self.tabs.tabBar().setVisible(len(pages) > 1)
        preferred = self._wanted or (LIVE if self.workspace.running else SETUP)
        titles = list(pages)
        self.tabs.setCurrentIndex(titles.index(preferred) if preferred in titles else 0)
        self.tabs.blockSignals(False)
        self._refresh_page()

    def _choose(self, index: int) -> None:
        if 0 <= index < len(self.pages):
            self._wanted = list(self.pages)[index]

    def _refresh_page(self) -> None:
        index = self.tabs.currentIndex()
        page = self.page(list(self.pages)[index]) if 0 <= index < len(self.pages) else None
        if isinstance(page, Form | OptionsTable | SideOptions):
            page.refresh()

    def _retitle(self) -> None:
        kind, title = _title(self.workspace.document, self.workspace.selection)
        self.kind.setText(kind)
        self.kind.setStyleSheet(f"color: {theme().pattern(kind).name()}; font-weight: 600")
        self.kind.setVisible(bool(kind))
        self.title.setText(visible(title, TITLE_CHARS))
        self.title.setToolTip(visible(title))
        self._show_health()

    def _show_health(self) -> None:
        selection = self.workspace.selection
        state = self.workspace.live.states().get(next(iter(selection))) if len(selection) == 1 else None
        self.health.setVisible(state is not None)
        if state is not None:
            sign, role = HEALTH[state.health]
            if self.health.text() != sign:
                self.health.setText(sign)
                self.health.setProperty("role", role)  # the style sheet of any theme has its colour
                self.health.style().unpolish(self.health)
                self.health.style().polish(self.health)
            self.health.setToolTip(visible(state.text or state.health))


def _fill(holder: QWidget, page: QWidget) -> None:
    """Put a page into its tab, with margins; forms scroll, tables do it themselves."""
    inner = QWidget()
    layout = QVBoxLayout(inner)
    layout.setContentsMargins(14, 10, 12, 12)
    layout.addWidget(page)
    outer = QVBoxLayout(holder)
    outer.setContentsMargins(0, 0, 0, 0)
    if not isinstance(page, Form):
        outer.addWidget(inner)
        return
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(inner)
    outer.addWidget(area)


def _title(document: Document, selection: frozenset[str]) -> tuple[str, str]:
    """The kind of what is selected, and its title."""
    if len(selection) != 1:
        return "", plural(len(selection), "thing") + " selected" if selection else document.name
    (chosen,) = selection
    node, link = document.node(chosen), document.link(chosen)
    if node is not None:
        return mark(node), node.title
    ends = [document.node(end) for end in (link.source, link.target)] if link is not None else []
    return "LINK", " → ".join(end.title if end is not None else "?" for end in ends)
