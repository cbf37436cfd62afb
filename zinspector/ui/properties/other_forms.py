"""The fields of everything that is no socket: links, proxies, external programs, taps, unknown nodes, the drawing."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from zinspector.decode.rules import Rule
from zinspector.errors import UserError
from zinspector.runtime.options import CONTEXT_OPTIONS
from zinspector.topology import edits
from zinspector.topology.document import AnyNode, ExternalNode, Link, ProxyNode, ProxySide, UnknownNode
from zinspector.topology.endpoints import parse
from zinspector.topology.socket_types import SOCKET_TYPES
from zinspector.topology.wiring import link_wire
from zinspector.ui.properties.form import Form
from zinspector.ui.properties.state import Sparkline, StateBox, latency_text
from zinspector.ui.status import bytes_text
from zinspector.ui.workspace import Workspace

TRANSPORTS = ("tcp", "ipc", "inproc")
NOT_YET = "This kind of node can be drawn and saved. It does not run yet: it comes with a later version."
HINT = "Drag sockets from the palette, or press Tab on the canvas. Drag from port to port to wire them. Ctrl+E runs."
TEXTS = {"relay": ("listen", "target"), "import": ("file",)}


class LinkForm(Form):
    """The form of one link."""

    def __init__(self, workspace: Workspace, link_id: str) -> None:
        super().__init__()
        self._workspace = workspace
        self._id = link_id
        title = {node.id: node.title for node in workspace.document.nodes}
        self.choice("Transport", self._transports, lambda: self._link().transport, self._set_transport)
        self.line(
            "Endpoint",
            lambda: self._link().endpoint or "",
            lambda text: self._edit("Change endpoint", endpoint=text.strip() or None),
            check=parse,
            hint="empty: a free address",
        )
        link = self._link()
        ends = [("", "the end that sensibly does"), ("from", title[link.source]), ("to", title[link.target])]
        self.choice("Binds", lambda: ends, lambda: self._link().binds or "", self._set_binds)
        self.fact("Wired", lambda: f"{link_wire(workspace.document, self._link()).endpoint}")
        self.heading("Throughput · last 60 s")
        self.add(Sparkline(workspace, link_id))
        self.fact("Rate", self._rate)
        self.fact("Total", self._total)
        self.fact("Latency", lambda: latency_text(workspace, link_id))
        self.stretch()
        workspace.ticked.connect(self.refresh)
        self.refresh()

    def _link(self) -> Link:
        link = self._workspace.document.link(self._id)
        assert link is not None, "the form goes with its link"
        return link

    def _edit(self, what: str, /, **fields: Any) -> None:
        document = edits.set_link(self._workspace.document, self._id, **fields)
        self._workspace.edit(what, document, merge_key=f"{what} {self._id}")

    def _transports(self) -> list[tuple[str, str]]:
        known = dict.fromkeys((*TRANSPORTS, self._link().transport))
        return [(name, name) for name in known]

    def _set_transport(self, name: str) -> None:
        self._edit("Change transport", transport=name, endpoint=None)

    def _set_binds(self, end: str) -> None:
        self._edit("Change who binds", binds=end or None)

    def _rate(self) -> str:
        rate = self._workspace.rate(self._id)
        return f"{rate.msg_s:,.0f} msg/s · {bytes_text(rate.bytes_s)}/s"

    def _total(self) -> str:
        counters = self._workspace.live.counters()
        count = counters.links.get(self._id) if counters is not None else None
        return "–" if count is None else f"{count.messages:,} · {bytes_text(count.bytes)}"


class NodeForm(Form):
    """The form of a node that is no socket."""

    def __init__(self, workspace: Workspace, node_id: str) -> None:
        super().__init__()
        self._workspace = workspace
        self._id = node_id
        node = self._node()
        self.line("Label", lambda: self._node().label, lambda text: self._edit("Rename", label=text), hint=node_id)
        if isinstance(node, ProxyNode):
            self._side("frontend", "Frontend · takes what links bring here")
            self._side("backend", "Backend · passes it on")
            self.add(StateBox(workspace, node_id))
        elif isinstance(node, ExternalNode):
            types = [("", "not known"), *((name, name) for name in SOCKET_TYPES)]
            self.choice("Type", lambda: types, self._external_type, lambda t: self._edit("Change type", type=t or None))
            self._addresses("Binds", "bind")
            self._addresses("Connects", "connect")
            self.note("Another program's socket. Name the address that it binds; zinspector opens nothing for it.")
        elif isinstance(node, UnknownNode):
            self.note(node.problem, "error")
            self.note(json.dumps(dict(node.record), indent=1, ensure_ascii=False))
        else:
            self._tap(node)
        self.stretch()
        self.refresh()

    def _node(self) -> AnyNode:
        node = self._workspace.document.node(self._id)
        assert node is not None, "the form goes with its node"
        return node

    def _edit(self, what: str, /, **fields: Any) -> None:
        document = edits.set_field(self._workspace.document, self._id, **fields)
        self._workspace.edit(what, document, merge_key=f"{what} {self._id}")

    def _external_type(self) -> str:
        node = self._node()
        return (node.type if isinstance(node, ExternalNode) else None) or ""

    def _addresses(self, label: str, name: str) -> None:
        self.lines(
            label,
            lambda: getattr(self._node(), name),
            lambda texts: self._edit(label, **{name: texts}),
            check=parse,
            hint="tcp://127.0.0.1:5556",
        )

    def _side(self, name: str, heading: str) -> None:
        def side() -> ProxySide:
            found: ProxySide = getattr(self._node(), name)
            return found

        def change(label: str, **fields: Any) -> None:
            self._edit(f"{label} of {name}", **{name: replace(side(), **fields)})

        self.heading(heading)
        types = [(each, each) for each in SOCKET_TYPES]
        self.choice("Type", lambda: types, lambda: side().type, lambda t: change("Change type", type=t))
        self.lines("Binds", lambda: side().bind, lambda texts: change("Binds", bind=texts), check=parse)
        self.lines("Connects", lambda: side().connect, lambda texts: change("Connects", connect=texts), check=parse)

    def _tap(self, node: AnyNode) -> None:
        for name in ("listen", "target", "file"):
            if hasattr(node, name):
                self._text(name)
        if hasattr(node, "subscriptions"):
            self._addresses("Connects", "connect")
        self.note(NOT_YET, "warn")

    def _text(self, name: str) -> None:
        def read() -> str:
            text: str = getattr(self._node(), name)
            return text

        check: Callable[[str], object] | None = None if name == "file" else parse
        self.line(name.capitalize(), read, lambda text: self._edit(f"Change {name}", **{name: text}), check=check)


class DocumentForm(Form):
    """The form of the drawing itself, shown when nothing is selected."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace = workspace
        self.line("Name", lambda: workspace.document.name, lambda text: self._edit("Rename drawing", name=text))
        self.lines(
            "About",
            lambda: workspace.document.description.splitlines(),
            lambda texts: self._edit("Describe", description="\n".join(texts)),
            hint="what this drawing shows",
        )
        self.heading("Decode rules")
        self.lines(
            "Rules",
            lambda: workspace.document.decode,
            lambda texts: self._edit("Change decode rules", decode=texts),
            check=lambda text: Rule.parse(text, workspace.base),
            hint="topic:quotes.* frame:1=protobuf(quotes.proto, market.Quote)",
        )
        self.heading("Context options")
        self.lines("Options", self._context, self._set_context, check=_context_option, hint="IO_THREADS=1")
        self.note(HINT)
        self.stretch()
        self.refresh()

    def _edit(self, what: str, /, **fields: Any) -> None:
        self._workspace.edit(what, edits.set_document(self._workspace.document, **fields), merge_key=what)

    def _context(self) -> list[str]:
        return [f"{name}={value}" for name, value in self._workspace.document.context.items()]

    def _set_context(self, texts: tuple[str, ...]) -> None:
        try:
            context = dict(_context_option(text) for text in texts)
        except UserError:
            return  # the field says so; the document keeps the last good one
        self._edit("Change context options", context=context)


def _context_option(text: str) -> tuple[str, int]:
    name, equals, value = text.partition("=")
    known = [option.name for option in CONTEXT_OPTIONS.values() if not option.read_only]
    if name.strip() not in known:
        raise UserError(f"no context option is called {name.strip()!r}; there are {', '.join(known)}")
    if not equals or not value.strip().lstrip("-").isdecimal():
        raise UserError(f"{name.strip()} is a whole number: {name.strip()}=1")
    return name.strip(), int(value)
