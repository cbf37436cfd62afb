"""The set-up of a link: transport, address, and who binds."""

from __future__ import annotations

from typing import Any

from zinspector.errors import EndpointError
from zinspector.runtime.transports import available
from zinspector.topology import edits
from zinspector.topology.document import Link
from zinspector.topology.endpoints import TRANSPORTS, parse
from zinspector.topology.wiring import binding_end, link_wire
from zinspector.ui.properties.choices import Choice, Choices
from zinspector.ui.properties.fields import Fact, Line
from zinspector.ui.properties.form import Form
from zinspector.ui.workspace import Workspace

ALWAYS = ("tcp", "inproc")
TIPS = {
    "tcp": "Between programs and machines",
    "ipc": "Between programs on this machine, through a socket file",
    "inproc": "Inside zinspector only, the fastest",
}


class LinkForm(Form):
    """The form of one link, known by its id."""

    def __init__(self, workspace: Workspace, link_id: str) -> None:
        super().__init__(workspace)
        self._id = link_id
        self.transport = self.row(
            "Transport", Choices("Transport", _transports, lambda: self._link().transport, self._set_transport)
        )
        self.endpoint = self.row(
            "Endpoint",
            Line(
                "Endpoint",
                lambda: self._link().endpoint or "",
                lambda text: self._edit("Change endpoint", endpoint=text.strip() or None),
                check=self._check,
                hint="a free address",
                mono=True,
                wait=lambda: workspace.running,
            ),
        )
        self.binds = self.row("Binds", Choices("Binds", self._ends, lambda: self._link().binds or "", self._set_binds))
        self.row("Meets at", Fact("Meets at", lambda: link_wire(workspace.document, self._link()).endpoint))
        self.note("The other end connects. An empty endpoint lets the system choose; Live shows what it chose.")
        self.stretch()
        self.refresh()

    def refresh(self) -> None:
        """Show what the document says now."""
        if self.workspace.document.link(self._id) is not None:
            super().refresh()

    def _link(self) -> Link:
        link = self.workspace.document.link(self._id)
        assert link is not None, "the form goes with its link"
        return link

    def _edit(self, step: str, /, **fields: Any) -> None:
        document = edits.set_link(self.workspace.document, self._id, **fields)
        self.workspace.edit(step, document, merge_key=f"{step} {self._id}")

    def _set_transport(self, name: str) -> None:
        self._edit(f"Use {name}", transport=name, endpoint=None)

    def _set_binds(self, end: str) -> None:
        self._edit("Choose who binds", binds=end or None)

    def _ends(self) -> list[Choice]:
        document, link = self.workspace.document, self._link()
        names = {
            end: node.title if (node := document.node(node_id)) is not None else node_id
            for end, node_id in (("from", link.source), ("to", link.target))
        }
        natural = binding_end(edits.set_link(document, link.id, binds=None).link(link.id) or link, document)
        tip = "The end that sensibly does, by socket type and number of links"
        return [Choice("", f"by itself ({names[natural]})", tip), *(Choice(end, name) for end, name in names.items())]

    def _check(self, text: str) -> None:
        found = parse(text.strip())
        wanted = self._link().transport
        if found.transport != wanted:
            raise EndpointError(f"this link uses {wanted}, not {found.transport}", remedy="change the transport above")


def _transports() -> list[Choice]:
    has = available()
    return [
        Choice(name, name, TIPS.get(name, ""), "" if name in ALWAYS or has.get(name) else f"this libzmq has no {name}")
        for name in TRANSPORTS
    ]
