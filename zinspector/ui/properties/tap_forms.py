"""The set-up of taps: relays, spies, capture files and interfaces that are listened to."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton

from zinspector.runtime.sniff_programs import interfaces
from zinspector.topology.document import ImportNode, RelayNode, SpyNode
from zinspector.ui.dialogs.choosing import CAPTURES, ask_what_to_open
from zinspector.ui.properties.choices import Choice, Choices
from zinspector.ui.properties.fields import Check, Line
from zinspector.ui.properties.list_field import ListField
from zinspector.ui.properties.node_forms import ADDRESS, NodeForm
from zinspector.ui.taps.kinds import KINDS, check_file, check_listen, check_place, check_ports, check_target


class TapForm(NodeForm):
    """The fields of a tap, and what it can and cannot see. A change of a running tap waits until the typing pauses."""

    def _fill(self) -> None:
        node = self._node()
        if isinstance(node, RelayNode):
            self._line("Listens on", "listen", ADDRESS, check_listen)
            self._line("Forwards to", "target", ADDRESS, check_target)
            self._explain("relay")
        elif isinstance(node, SpyNode):
            self._spy()
            self._explain("spy")
        elif isinstance(node, ImportNode) and node.interface:
            self._sniff()
            self._explain("sniff")
        elif isinstance(node, ImportNode):
            self._file()
            self._explain("import")

    def _explain(self, kind: str) -> None:
        self.note(f"✓ {KINDS[kind].sees}")
        self.note(f"✕ {KINDS[kind].misses}")

    def _line(self, label: str, name: str, hint: str, check: Check) -> Line:
        line = Line(
            label,
            lambda: getattr(self._node(), name),
            lambda text: self._edit(f"Change {name}", **{name: text.strip()}),
            check=check,
            hint=hint,
            mono=True,
            wait=lambda: self.workspace.running,
        )
        return self.row(label, line)

    def _spy(self) -> None:
        def write(addresses: tuple[str, ...]) -> None:
            self._edit("Change connect", connect=addresses)

        addresses = ListField(
            "Publishers", lambda: self._node().connect, write, check=check_place, hint=ADDRESS, add="publisher",
            wait=lambda: self.workspace.running,
        )  # fmt: skip
        self.row("Publishers", addresses)
        topics = ListField(
            "Topics",
            lambda: [topic for topic in self._node().subscriptions if topic],
            lambda texts: self._edit("Change subscriptions", subscriptions=texts or ("",)),
            hint="every topic",
            add="topic",
        )
        self.row("Topics", topics)

    def _sniff(self) -> None:
        box = Choices(
            "Interface",
            lambda: [Choice(name, name) for name in dict.fromkeys([self._node().interface, *interfaces()])],
            lambda: self._node().interface,
            lambda name: self._edit("Change interface", interface=name),
        )
        self.row("Interface", box)
        ports = Line(
            "Ports",
            lambda: " ".join(map(str, self._node().ports)),
            lambda text: self._edit("Change ports", ports=check_ports(text)),
            check=check_ports,
            hint="every port",
            mono=True,
            strict=True,
            wait=lambda: self.workspace.running,
        )
        self.row("Ports", ports)

    def _file(self) -> None:
        self._line("File", "file", "capture.pcapng", lambda text: check_file(text, self.workspace.base))
        browse = QPushButton("Browse…")
        browse.clicked.connect(self._browse)
        self.add(browse)

    def _browse(self) -> None:
        ask_what_to_open(
            self,
            "Choose a capture",
            self.workspace.base,
            f"Captures ({CAPTURES})",
            lambda path: self._edit("Change file", file=str(path)),
        )
