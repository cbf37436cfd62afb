"""The ways from one part of the window to another: what a part asks to see is shown in the part that has it.

Parts know nothing of each other; each has signals that end in `Requested`, and here they lead somewhere: to a tab, to a
place of the canvas, to a dialog. Ctrl+P leads anywhere.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from zinspector.capture.connection import Connection
from zinspector.capture.message import Message
from zinspector.topology.socket_types import SOCKET_TYPES
from zinspector.ui.canvas import words
from zinspector.ui.command_palette import CommandPalette, Entry, action_entries
from zinspector.ui.dialogs.decode_as import DecodeAsDialog
from zinspector.ui.filter.bar import How
from zinspector.ui.taps.dialog import TapDialog
from zinspector.ui.taps.probe_dialog import ProbeDialog

if TYPE_CHECKING:
    from zinspector.ui.window import MainWindow

FEW_NODES = 12


class Navigation(QObject):
    """Where to go in a window whose parts are there."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.finder = CommandPalette(window)
        canvas, messages, connections = window.canvas, window.messages, window.connections
        topics, events = window.topics, window.events
        window.problems.placeRequested.connect(canvas.reveal)
        canvas.editRequested.connect(self._edit)
        canvas.messagesRequested.connect(self._show_messages_of)
        canvas.connectionRequested.connect(self._show_connection)
        messages.sendAgain.connect(self.compose)
        messages.decodeRequested.connect(self._decode_as)
        topics.filterRequested.connect(self._filter)
        connections.probeRequested.connect(self.open_probe)
        for followed in (connections.followRequested, events.followRequested):
            followed.connect(self._follow)
        for wanted in [part.rowRequested for part in (connections, topics, window.query, events)]:
            wanted.connect(self.show_row)
        for tapped in (connections.tapRequested, canvas.tapRequested):
            tapped.connect(self.open_tap)

    def show_tab(self, panel: QWidget) -> None:
        """Bring a tab of the lower part to the front."""
        self._window.docks["Inspector"].show()
        self._window.tabs.setCurrentWidget(panel)

    def show_row(self, n: int) -> None:
        """Show a message among the others."""
        messages = self._window.messages
        self.show_tab(messages)
        messages.show_row(n)

    def compose(self, message: Message | None = None) -> None:
        """Go to the composer, filled with a message if one is given."""
        composer = self._window.composer
        self.show_tab(composer)
        if message is not None:
            composer.fill(message)
        composer.editors[-1].text.setFocus()

    def open_tap(self, target: str = "") -> None:
        """Open the tap dialog, or the one that is open: at what listens here, or at a relay whose target is known."""
        opened = (one for one in self._window.findChildren(TapDialog) if one.isVisible())
        dialog = next(opened, None) or self._new_tap_dialog()
        dialog.choose("relay" if target else "discover", target)
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()

    def open_probe(self, endpoint: str = "") -> None:
        """Ask who listens at an address."""
        ProbeDialog(endpoint, self._window).show()

    def find_anything(self) -> None:
        """Open the command palette: nodes, commands, and the types of sockets to add."""
        window = self._window
        nodes = [
            Entry(
                node.title,
                f"node · {getattr(node, 'type', None) or words.mark(node)}",
                "",
                partial(self._go_to, node.id),
            )
            for node in window.workspace.document.nodes
        ]
        kinds = [
            Entry(f"Add {name}", info.blurb, "", partial(window.canvas.adder.add, name))
            for name, info in SOCKET_TYPES.items()
        ]
        self.finder.open_with([*nodes, *action_entries(window.actions_), *kinds])

    def _go_to(self, node_id: str) -> None:
        self._window.workspace.select([node_id])
        self._window.canvas.reveal(node_id)

    def _new_tap_dialog(self) -> TapDialog:
        canvas = self._window.canvas
        dialog = TapDialog(self._window.workspace, canvas.adder.place_for, self._window)
        dialog.showRequested.connect(canvas.reveal)
        dialog.tapped.connect(self._tapped)
        return dialog

    def _tapped(self, node_id: str) -> None:
        """Show the tap, with what is drawn beside it; a large drawing stays where it is."""
        if len(self._window.workspace.document.nodes) <= FEW_NODES:
            self._window.canvas.welcome(node_id)
        else:
            self._window.canvas.reveal(node_id)

    def _edit(self, item: str) -> None:
        self._window.workspace.select([item])
        self._window.docks["Properties"].show()
        self._window.properties.focus_first_field()

    def _show_messages_of(self, item: str) -> None:
        messages = self._window.messages
        self.show_tab(messages)
        messages.set_scope(frozenset([item]))

    def _filter(self, text: str, how: How) -> None:
        messages = self._window.messages
        self.show_tab(messages)
        messages.filter_bar.apply(text, how)

    def _show_connection(self, connection: Connection) -> None:
        self.show_tab(self._window.connections)
        self._window.connections.select(connection)

    def _follow(self, connection: Connection) -> None:
        messages = self._window.messages
        self.show_tab(messages)
        messages.follow_connection(connection)

    def _decode_as(self, message: Message, frame: int) -> None:
        DecodeAsDialog(self._window.workspace, message, frame, self._window).open()
