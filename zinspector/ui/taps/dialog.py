"""The tap dialog (Ctrl+K): the ways to see other programs' messages, from choosing one to the address to change.

It stays beside the window and does not block it. A tap that is made is one undoable edit of the drawing, and runs.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from zinspector.runtime.discover import Listening
from zinspector.topology import edits
from zinspector.topology.document import Document, ExternalNode, Position, RelayNode, SocketType
from zinspector.topology.edits import new_id
from zinspector.topology.endpoints import parse
from zinspector.topology.socket_types import SOCKET_TYPES
from zinspector.ui.taps import kinds
from zinspector.ui.taps.discover import DiscoverPage
from zinspector.ui.taps.done import DonePage
from zinspector.ui.taps.kind_list import KindList
from zinspector.ui.taps.kinds import KINDS, Made
from zinspector.ui.taps.pages import ImportPage, ProxyPage, RelayPage, SniffPage, SpyPage, TapPage
from zinspector.ui.theme import icon
from zinspector.ui.workspace import Workspace

SIZE = QSize(860, 520)
DISCOVER = "discover"
FIRST = (DISCOVER, "Discover", "What listens here; tap it with one click")
Place = Callable[[Document], Position]


class TapDialog(QDialog):
    """Choose, fill in, tap.

    Signals:
        tapped(str): a tap was drawn and runs: its node's id.
        showRequested(str): the user wants to see this node on the canvas.
    """

    tapped = Signal(str)
    showRequested = Signal(str)

    def __init__(self, workspace: Workspace, place: Place, parent: QWidget | None = None) -> None:
        """`place` says where a new node goes."""
        super().__init__(parent)
        self.setWindowTitle("Tap")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(SIZE)
        self._workspace = workspace
        self._place = place
        self._made: Made | None = None
        self._started = False  # whether it was the tap that began the run
        self.kinds = KindList([FIRST, *((kind.key, kind.title, kind.blurb) for kind in KINDS.values())])
        self.discover = DiscoverPage()
        pages = (RelayPage, SpyPage, ProxyPage, SniffPage, ImportPage)
        self.pages: dict[str, TapPage] = {page.kind.key: page for make in pages for page in [make(workspace)]}
        self.done_page = DonePage(workspace)
        self.stack = QStackedWidget()
        self.problem = QLabel()
        self.buttons = QDialogButtonBox()
        self.tap = self.buttons.addButton("Tap", QDialogButtonBox.ButtonRole.AcceptRole)
        self.close_button = self.buttons.addButton(QDialogButtonBox.StandardButton.Close)
        self._lay_out()
        self._join()

    def choose(self, key: str, target: str = "") -> None:
        """Go to a kind, or to `discover`; a relay may be told its target."""
        if target and isinstance(page := self.pages.get(key), RelayPage):
            page.put("target", target)
            page.refresh()
        self.kinds.choose(key)
        self._show_chosen()

    def page(self) -> TapPage | None:
        """The page of the chosen kind; None at Discover and when it is done."""
        shown = self.stack.currentWidget()
        return shown if isinstance(shown, TapPage) else None

    # Inside

    def _lay_out(self) -> None:
        for widget in (self.discover, *self.pages.values(), self.done_page):
            self.stack.addWidget(widget)
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.problem.setProperty("role", "muted")
        self.problem.setWordWrap(True)
        self.tap.setIcon(icon("tap"))
        bottom = QHBoxLayout()
        bottom.setContentsMargins(22, 8, 14, 12)
        bottom.addWidget(self.problem, 1)
        bottom.addWidget(self.buttons)
        right = QVBoxLayout()
        right.addWidget(self.stack, 1)
        right.addLayout(bottom)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.kinds)
        layout.addLayout(right, 1)

    def _join(self) -> None:
        self.kinds.currentRowChanged.connect(lambda _: self._show_chosen())
        self.kinds.itemClicked.connect(lambda _: self._show_chosen())
        for page in self.pages.values():
            page.changed.connect(self._judge)
        self._workspace.documentChanged.connect(self._judge)
        self.discover.tapRequested.connect(self._tap_found)
        self.discover.drawRequested.connect(self._draw_found)
        self.done_page.showRequested.connect(self.showRequested)
        self.done_page.backRequested.connect(self._back)
        self.done_page.givenUp.connect(self.reject)
        self.buttons.accepted.connect(self._tap)
        self.buttons.rejected.connect(self.reject)
        self.finished.connect(self._finished)

    def _show_chosen(self) -> None:
        key = self.kinds.chosen
        if key == DISCOVER:
            self.stack.setCurrentWidget(self.discover)
            nodes = self._workspace.document.nodes
            self.discover.mark({node.target: node.title for node in nodes if isinstance(node, RelayNode)})
            self.discover.look_again()
        else:
            self.stack.setCurrentWidget(self.pages[key])
        self._judge()

    def _judge(self) -> None:
        page = self.page()
        problem = page.problem() if page is not None else ""
        # who has typed nothing yet did nothing wrong, but wants to know why there is no Tap
        said = f"▲  {problem}" if page is None or page.touched else page.wanted
        self.problem.setText(said if problem else "")
        self.tap.setVisible(page is not None)
        self.tap.setText(page.verb if page is not None else "")
        self.tap.setEnabled(page is not None and not problem)
        self.tap.setDefault(page is not None)

    def _tap(self) -> None:
        page = self.page()
        if page is not None and not page.problem():
            document = self._workspace.document
            self._make(page.make(document, self._place(document)), page.kind.title)

    def _tap_found(self, found: Listening) -> None:
        """Everything at once: where it listens is known, and where the relay may listen, too."""
        assert found.tap is not None, "the button is not to be pressed then"
        document = self._workspace.document
        self._make(kinds.relay(document, self._place(document), found.tap, found.endpoint), "Relay")

    def _draw_found(self, found: Listening) -> None:
        document = self._workspace.document
        name = found.process.title if found.process is not None else "program"
        told = found.answer.found.socket_type if found.answer is not None else None
        kind: SocketType | None = next((one for one in SOCKET_TYPES if one == told), None)
        node_id = new_id(document, "external")
        label = f"{name} {found.process.pid}" if found.process is not None else ""
        node = ExternalNode(id=node_id, label=label, position=self._place(document), type=kind, bind=(found.endpoint,))
        self._workspace.edit(f"Draw {name}", document.with_node(node))
        self._workspace.select([node_id])
        self.showRequested.emit(node_id)

    def _make(self, made: Made, title: str) -> None:
        workspace = self._workspace
        workspace.edit(f"Tap: {title}", made.document)
        workspace.select([made.node_id])
        self._made, self._started = made, not workspace.running
        if self._started:
            workspace.start()
        self.stack.setCurrentWidget(self.done_page)
        self.done_page.tell(made)
        self._judge()
        self.tapped.emit(made.node_id)

    def _back(self) -> None:
        """Take what can't run out again, and let the user change what it was made from."""
        node = self._workspace.document.node(self._made.node_id) if self._made is not None else None
        self._take_out()
        if isinstance(node, RelayNode):  # perhaps Discover made it
            page = self.pages["relay"]
            page.put("target", node.target)
            taken = parse(node.listen).port
            used = kinds.used_ports(self._workspace.document) | ({taken} if taken else set())
            page.put("listen", kinds.suggested_listen(node.target, frozenset(used)) or node.listen)
            page.refresh()
            self.choose("relay")
        else:
            self._show_chosen()

    def _take_out(self) -> None:
        made, workspace = self._made, self._workspace
        self._made = None
        self.done_page.forget()
        if made is None or workspace.document.node(made.node_id) is None:
            return
        if self._started:
            workspace.stop()
        workspace.edit("Give up the tap", edits.remove(workspace.document, [made.node_id]))
        workspace.message.emit(
            "The tap that could not run was taken out of the drawing (Ctrl+Z brings it back)", "info"
        )

    def _finished(self) -> None:
        self.discover.stop()
        if self.done_page.failed:
            self._take_out()
