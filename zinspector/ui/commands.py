"""The table of the window's commands, in the order of its menus. Wireshark's keys where they exist."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication

from zinspector.settings import data_folder
from zinspector.ui import theme
from zinspector.ui.actions import Command
from zinspector.ui.dialogs.about import AboutDialog
from zinspector.ui.dialogs.shortcuts import ShortcutsDialog
from zinspector.ui.filter.bar import FilterBar
from zinspector.ui.row_commands import row_commands

if TYPE_CHECKING:
    from zinspector.ui.inspect.messages import MessagesPanel
    from zinspector.ui.window import MainWindow


def commands(window: MainWindow) -> list[Command | str]:
    """Every command of `window`; strings are separators (`Menu/-`) and submenus to fill."""
    return [
        *_file(window),
        *_edit(window),
        *_topology(window),
        *_capture(window),
        *_analyse(window),
        *_filter(window),
        *_view(window),
        *_help(window),
    ]


def _file(window: MainWindow) -> list[Command | str]:
    filing = window.filing
    return [
        Command("new", "File", "&New", filing.new, "Ctrl+N", "new", "Start an empty drawing"),
        Command("open", "File", "&Open…", filing.open, "Ctrl+O", "open", "Open a topology or a capture"),
        "File/Open recent",
        "File/Samples",
        "File/-",
        Command("save", "File", "&Save", filing.save, "Ctrl+S", "save", "Save the drawing"),
        Command("save-as", "File", "Save &as…", filing.save_as, "Ctrl+Shift+S"),
        "File/-",
        Command(
            "export-capture",
            "File",
            "&Export capture…",
            window.exporting.ask,
            "Ctrl+Alt+E",
            "export",
            "Write messages as Parquet, MCAP, pcapng, JSON or CSV: all, those that are shown, or those that are marked",
        ),
        Command("export-png", "File", "Export plots as PNG…", lambda: window.plots.ask_export("png")),
        Command("export-svg", "File", "Export plots as SVG…", lambda: window.plots.ask_export("svg")),
        Command("export-csv", "File", "Export plots as CSV…", lambda: window.plots.ask_export("csv")),
        "File/-",
        Command("quit", "File", "&Quit", window.close, "Ctrl+Q"),
    ]


def _edit(window: MainWindow) -> list[Command | str]:
    canvas, verbs = window.canvas, window.canvas.verbs
    return [
        Command("undo", "Edit", "&Undo", window.workspace.undo, "Ctrl+Z", "undo"),
        Command("redo", "Edit", "&Redo", window.workspace.redo, "Ctrl+Y Ctrl+Shift+Z", "redo"),
        "Edit/-",
        Command("cut", "Edit", "Cut nodes", verbs.cut),
        Command("copy", "Edit", "Copy nodes", verbs.copy),
        Command("paste", "Edit", "Paste nodes", canvas.paste),
        Command("duplicate", "Edit", "&Duplicate", verbs.duplicate, "Ctrl+D", tip="Duplicate the selected nodes"),
        Command("delete", "Edit", "D&elete", verbs.delete, icon="delete", tip="Delete the selected nodes and links"),
        Command("select-all", "Edit", "Select &all nodes", verbs.select_all),
        "Edit/-",
        Command("find", "Edit", "&Find in messages…", lambda: _messages(window).start_search(), "Ctrl+F", "search"),
        *row_commands(lambda: _messages(window)),
        "Edit/-",
        Command(
            "preferences",
            "Edit",
            "&Preferences…",
            window.keeping.open_preferences,
            "Ctrl+,",
            "settings",
            "How much is kept of what is captured, and the theme",
        ),
    ]


def _topology(window: MainWindow) -> list[Command | str]:
    canvas, workspace = window.canvas, window.workspace
    adder, verbs = canvas.adder, canvas.verbs
    return [
        Command("run", "Topology", "Run", workspace.start, icon="run", tip="Run the topology (Ctrl+E)"),
        Command("stop", "Topology", "Stop", workspace.stop, icon="stop", tip="Stop the topology (Ctrl+E)"),
        Command("toggle", "Topology", "Run or stop", workspace.toggle, "Ctrl+E"),
        "Topology/-",
        Command("add", "Topology", "Add node…", adder.ask_kind, icon="add", tip="Add a node (Tab on the canvas)"),
        Command("layout", "Topology", "Tidy up", verbs.auto_layout, "Ctrl+L", "layout", "Lay the nodes out in layers"),
        "Topology/Align",
        Command("align-left", "Topology/Align", "Align left", lambda: verbs.align("left")),
        Command("align-top", "Topology/Align", "Align top", lambda: verbs.align("top")),
        Command("distribute-h", "Topology/Align", "Distribute across", lambda: verbs.distribute("horizontal")),
        Command("distribute-v", "Topology/Align", "Distribute down", lambda: verbs.distribute("vertical")),
        Command("snap", "Topology", "Snap to grid", canvas.toggle_snap, checkable=True),
    ]


def _capture(window: MainWindow) -> list[Command | str]:
    go = window.navigation
    return [
        Command(
            "record",
            "Capture",
            "Record…",
            window.keeping.toggle_recording,
            "Ctrl+R",
            "record",
            "Write what is captured from now on to a file, or stop that",
        ),
        Command(
            "save-capture",
            "Capture",
            "Save capture…",
            window.filing.save_capture,
            "Ctrl+Alt+S",
            "save",
            "Save what was captured as an Arrow file",
        ),
        "Capture/-",
        Command("tap", "Capture", "Tap…", go.open_tap, "Ctrl+K", "tap", "See the messages of other programs"),
        Command(
            "discover",
            "Capture",
            "Discover what listens here…",
            go.open_tap,
            "Ctrl+Shift+K",
            tip="List listening sockets, ask who they are, tap one",
        ),
        Command("probe", "Capture", "Probe…", go.open_probe, icon="probe", tip="Ask an address who listens there"),
        "Capture/-",
        Command(
            "pause-capture",
            "Capture",
            "Pause or resume capture of all taps",
            window.workspace.taps.toggle_all,
            "Ctrl+Shift+E",
            "pause",
            "Capture no more messages of taps, or go on; their traffic always goes on",
        ),
        Command("clear", "Capture", "Clear messages", window.workspace.live.clear, "Ctrl+Shift+X", "delete"),
        "Capture/-",
        Command(
            "replay",
            "Capture",
            "Replay…",
            window.replaying.ask,
            "Ctrl+Alt+R",
            "replay",
            "Send captured messages again with their timing; compare the replies with the recorded ones",
        ),
        Command("send", "Capture", "Send…", go.compose, "Ctrl+Shift+M", "send", "Compose and send a message by hand"),
    ]


def _analyse(window: MainWindow) -> list[Command | str]:
    return [
        *_follow(window),
        "Analyse/-",
        *_tabs(window),
    ]


def _tabs(window: MainWindow) -> list[Command | str]:
    tabs = (
        ("messages", "Messages", window.messages),
        ("topics", "Topics", window.topics),
        ("connections", "Connections", window.connections),
        ("plots", "Plots", window.plots),
        ("problems", "Problems", window.problems),
        ("query", "Query: SQL over messages", window.query),
        ("events", "Events", window.events),
        ("send", "Send", window.composer),
    )
    return [
        Command(f"tab-{name}", "Analyse", text, partial(window.navigation.show_tab, panel), f"Alt+{place}")
        for place, (name, text, panel) in enumerate(tabs, 1)
    ]


def _follow(window: MainWindow) -> list[Command | str]:
    def follow(what: str, keys: str, tip: str) -> Command:
        return Command(
            f"follow-{what}", "Analyse", f"Follow {what}", lambda: _messages(window).follow_current(what), keys, tip=tip
        )

    return [
        follow("connection", "Ctrl+Alt+Shift+T", "Show only the rows of the selected message's connection"),
        follow("request", "Ctrl+Alt+Shift+R", "Show only the selected request and its reply"),
        follow("topic", "Ctrl+Alt+Shift+O", "Show only the messages of the selected message's topic"),
        Command(
            "follow-nothing", "Analyse", "Stop following", lambda: _messages(window).follow_nothing(), "Ctrl+Shift+F"
        ),
    ]


def _filter(window: MainWindow) -> list[Command | str]:
    def filtering(
        name: str, text: str, act: Callable[[FilterBar], None], keys: str, tip: str, icon: str = ""
    ) -> Command:
        return Command(name, "Filter", text, lambda: act(_messages(window).filter_bar), keys, icon, tip)

    return [
        filtering("filter", "&Filter messages…", FilterBar.begin, "Ctrl+/", "Type which messages to show", "filter"),
        filtering(
            "filter-clear", "&Clear the filter", FilterBar.clear, "Ctrl+Alt+/", "Show all messages (Esc in the line)"
        ),
        "Filter/-",
        filtering("filter-save", "&Save the filter…", FilterBar.save, "", "Keep the filter under a name", "star"),
        filtering(
            "filter-saved", "Saved and &recent filters", FilterBar.show_saved, "Alt+/", "Take a filter used before"
        ),
        "Filter/-",
        Command(
            "filter-topics",
            "Filter",
            "By &topic",
            lambda: window.navigation.show_tab(window.topics),
            tip="The tree of topics: a double click filters by one",
        ),
        Command(
            "filter-query",
            "Filter",
            "Ask S&QL",
            lambda: window.navigation.show_tab(window.query),
            tip="Group, count and plot messages with SQL",
        ),
    ]


def _view(window: MainWindow) -> list[Command | str]:
    canvas = window.canvas
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    return [
        Command("fit", "View", "Fit", canvas.fit, icon="fit", tip="Show the whole drawing (F on the canvas)"),
        Command("zoom-100", "View", "Actual size", canvas.zoom_reset, "Ctrl+0"),
        Command("zoom-in", "View", "Zoom in", canvas.zoom_in, "Ctrl++ Ctrl+=", "zoom-in"),
        Command("zoom-out", "View", "Zoom out", canvas.zoom_out, "Ctrl+-", "zoom-out"),
        "View/-",
        Command("colours", "View", "Colour rules…", lambda: _messages(window).edit_rules(), tip="Colour messages"),
        Command("columns", "View", "Columns of messages…", lambda: _messages(window).choose_columns()),
        "View/-",
        "View/Panels",
        "View/Theme",
        Command("theme-system", "View/Theme", "As the system", lambda: theme.apply(app, "system"), checkable=True),
        Command("theme-dark", "View/Theme", "Dark", lambda: theme.apply(app, "dark"), icon="moon", checkable=True),
        Command("theme-light", "View/Theme", "Light", lambda: theme.apply(app, "light"), icon="sun", checkable=True),
    ]


def _help(window: MainWindow) -> list[Command | str]:
    return [
        Command("palette", "Help", "Find a command or node…", window.navigation.find_anything, "Ctrl+P", "search"),
        Command(
            "shortcuts", "Help", "Keyboard shortcuts", lambda: ShortcutsDialog(window.actions_, window).open(), "F1"
        ),
        Command("plugins", "Help", "Open the decoder plugin folder", _open_plugins),
        "Help/-",
        Command("about", "Help", "About zinspector", lambda: AboutDialog(window).open(), icon="info"),
    ]


def _messages(window: MainWindow) -> MessagesPanel:
    window.navigation.show_tab(window.messages)
    return window.messages


def _open_plugins() -> None:
    folder = data_folder() / "plugins"
    folder.mkdir(parents=True, exist_ok=True)
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
