"""The window: canvas in the middle, palette left, properties right, tabs below, truth in the status bar.

It builds the parts, joins their signals and remembers its state. What a part shows or does is in the part; what a
command is called and where it stands is in `commands`, which part shows what another asks for in `navigation`.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QMainWindow

from zinspector.errors import UserError
from zinspector.settings import Settings
from zinspector.shipped import shipped
from zinspector.storage import read_json
from zinspector.ui.actions import Actions
from zinspector.ui.canvas.palette import NodePalette
from zinspector.ui.canvas.view import CanvasView
from zinspector.ui.commands import commands
from zinspector.ui.dialogs.consent import ask_consent
from zinspector.ui.exporting import Exporting
from zinspector.ui.filing import Filing
from zinspector.ui.inspect.composer import Composer
from zinspector.ui.inspect.events import EventsPanel
from zinspector.ui.inspect.messages import MessagesPanel
from zinspector.ui.keeping import Keeping
from zinspector.ui.layout import Layout, tabbed
from zinspector.ui.navigation import Navigation
from zinspector.ui.plots.panel import PlotsPanel
from zinspector.ui.problems.panel import ProblemsPanel
from zinspector.ui.properties.panel import PropertiesPanel
from zinspector.ui.query.panel import QueryPanel
from zinspector.ui.replaying import Replaying
from zinspector.ui.shortcuts import ShortcutsInFields
from zinspector.ui.status import StatusBar
from zinspector.ui.taps.panel import ConnectionsPanel
from zinspector.ui.theme import icon, switch
from zinspector.ui.toolbar import Toolbar
from zinspector.ui.topics.panel import TopicsPanel
from zinspector.ui.work import cancel_all
from zinspector.ui.workspace import Workspace

NOTICE_MS = 8000
TROUBLE_MS = 20_000


class MainWindow(QMainWindow):
    """zinspector's window.

    Signals:
        closed(): the user closed the window and has been asked about unsaved work.
    """

    closed = Signal()

    def __init__(self, workspace: Workspace, settings: Settings) -> None:
        super().__init__()
        self.workspace = workspace
        self.settings = settings
        self.setWindowIcon(icon("zinspector"))
        self.filing = Filing(self, workspace, settings)
        self.keeping = Keeping(self)
        self.filing.unsaved.recorded = lambda: self.keeping.recorder.covered
        self.canvas = CanvasView(workspace)
        self.palette_panel = NodePalette(workspace)
        self.properties = PropertiesPanel(workspace)
        self.messages = MessagesPanel(workspace)
        self.exporting = Exporting(self, workspace, settings, self.messages)
        self.connections = ConnectionsPanel(workspace)
        self.topics = TopicsPanel(workspace)
        self.plots = PlotsPanel(workspace)
        self.query = QueryPanel(workspace)
        self.problems = ProblemsPanel(workspace)
        self.events = EventsPanel(workspace)
        self.composer = Composer(workspace)
        self.tabs = tabbed(
            {
                "Messages": self.messages,
                "Topics": self.topics,
                "Connections": self.connections,
                "Plots": self.plots,
                "Problems": self.problems,
                "Query": self.query,
                "Events": self.events,
                "Send": self.composer,
            }
        )
        self.setCentralWidget(self.canvas)
        parts = {"Palette": self.palette_panel, "Properties": self.properties, "Inspector": self.tabs}
        self.layout_ = Layout(self, settings, parts)
        self.docks = self.layout_.docks
        self.navigation = Navigation(self)
        self.replaying = Replaying(self, workspace, self.exporting, self.navigation.show_row)
        self.actions_ = Actions(self, commands(self))
        ShortcutsInFields(self)
        self.toolbar = Toolbar(self, self.actions_)
        self.addToolBar(self.toolbar)
        self.status = StatusBar(workspace, lambda: self.messages.displayed, self)
        self.setStatusBar(self.status)
        self.keeping.begin()
        self._notice_timer = QTimer(self, singleShot=True)
        self._notice_timer.timeout.connect(self.status.notice.clear)
        self._closing = False
        self._join()
        self._fill_submenus()
        self.layout_.restore()
        self._retitle()
        self._running_changed(False)
        self._tick_theme()
        self.actions_["snap"].setChecked(self.canvas.snaps)

    # Parts

    def _join(self) -> None:
        workspace = self.workspace
        self.messages.filter_bar.remember_in(self.settings)
        self.messages.filter_bar.excused.connect(self.status.take_back)
        self.messages.filter_bar.saved.changed.connect(lambda: self._remember())
        self.messages.looks.remember_in(self.settings)
        self.query.remember_in(self.settings)
        self.toolbar.corner.search.clicked.connect(self.navigation.find_anything)
        self.messages.table.settled.connect(self.status.refresh_when_still)
        self.messages.filter_bar.sieve.worked.connect(self.status.refresh_when_still)
        workspace.pathChanged.connect(self._retitle)
        workspace.documentChanged.connect(lambda *_: self.status.notice.clear())
        workspace.runningChanged.connect(self._running_changed)
        workspace.message.connect(self.show_message)
        workspace.allow_script = lambda path, source: ask_consent(self, path, source, self.settings)
        self.problems.countChanged.connect(self._problems_changed)
        self.palette_panel.addRequested.connect(self.canvas.adder.add)
        self.canvas.sampleRequested.connect(self.filing.open_sample)
        self.palette_panel.templateRequested.connect(self.filing.open_sample)
        self.connections.countChanged.connect(self._connections_changed)
        switch().changed.connect(self._retint)

    def _retint(self) -> None:
        self.setWindowIcon(icon("zinspector"))
        self.actions_.retint()
        self._tick_theme()

    def _tick_theme(self) -> None:
        for name in ("system", "dark", "light"):
            self.actions_[f"theme-{name}"].setChecked(switch().wanted == name)

    def _fill_submenus(self) -> None:
        self.actions_.submenus["Samples"].aboutToShow.connect(self._fill_samples)
        recent = self.actions_.submenus["Open recent"]
        recent.aboutToShow.connect(self._fill_recent)
        view = self.actions_.submenus["Panels"]
        for dock in self.docks.values():
            view.addAction(dock.toggleViewAction())

    def _fill_samples(self) -> None:
        menu = self.actions_.submenus["Samples"]
        if menu.isEmpty():
            for path in sorted(shipped("resources/samples").glob("*.zin.json")):
                menu.addAction(read_json(path)["name"], partial(self.filing.open_sample, path))

    def _fill_recent(self) -> None:
        menu = self.actions_.submenus["Open recent"]
        menu.clear()
        for text in self.settings.recent:
            menu.addAction(text, partial(self.filing.open_path, Path(text)))
        if menu.isEmpty():
            menu.addAction("Nothing opened yet").setEnabled(False)

    # What is told

    def show_message(self, text: str, severity: str = "info") -> None:
        """Tell something in the status bar; trouble stays longer, until the next edit at most."""
        self.status.tell(text, severity)
        self._notice_timer.start(NOTICE_MS if severity == "info" else TROUBLE_MS)

    def show_error(self, error: UserError) -> None:
        """Tell what the user can put right."""
        self.show_message(str(error), "error")

    # State

    def _retitle(self) -> None:
        workspace = self.workspace
        name = workspace.path.name if workspace.path else workspace.document.name
        self.setWindowTitle(f"{name}[*]")
        self.setWindowModified(workspace.modified)
        self.toolbar.corner.show_name(f"{name}{' •' if workspace.modified else ''}")
        history = workspace.history
        for name, can, label in (
            ("undo", history.can_undo, history.undo_label),
            ("redo", history.can_redo, history.redo_label),
        ):
            self.actions_[name].setEnabled(can)
            self.actions_[name].setText(f"&{name.capitalize()} {label}".strip())

    def _running_changed(self, running: bool) -> None:
        self.actions_["run"].setEnabled(not running)
        self.actions_["stop"].setEnabled(running)

    def _problems_changed(self, count: int) -> None:
        self.tabs.setTabText(self.tabs.indexOf(self.problems), f"Problems {count}" if count else "Problems")

    def _connections_changed(self, count: int) -> None:
        self.tabs.setTabText(self.tabs.indexOf(self.connections), f"Connections {count}" if count else "Connections")

    def _remember(self) -> None:
        if not self.layout_.remember():
            return
        self.settings.theme = switch().wanted
        try:
            self.settings.save()
        except UserError as error:
            self.show_error(error)

    def close_without_asking(self) -> None:
        """Close even if there is unsaved work (signals, demo, tests)."""
        self._closing = True
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about unsaved work first; the answer closes the window for good."""
        if not self._closing and self.filing.losing.asks_before_closing:
            event.ignore()
            self.filing.losing.before_closing(self.close_without_asking)
            return
        self._remember()
        event.accept()
        self.query.cancel()
        self.messages.filter_bar.cancel()
        cancel_all()
        self.closed.emit()
