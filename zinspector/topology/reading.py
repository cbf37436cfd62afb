"""From the JSON record of a file to a document. Nothing fails as a whole: what can't be read is set aside.

Rules:
- A node that can't be read becomes an `UnknownNode` that keeps its record; the reason is a `Problem`.
- Of two nodes or two links with one id the later one gets a fresh id. A link to nowhere, and entries that aren't
  objects, go to `Document.unread`.
- A wrong field of the document itself stays in `Document.extra` and its default is used.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast

from zinspector.errors import TopologyError
from zinspector.topology.document import AnyNode, Document, Link, UnknownNode
from zinspector.topology.fields import Fields, is_text, is_whole, show
from zinspector.topology.node_records import read_link, read_node

T = TypeVar("T")


@dataclass(frozen=True)
class Problem:
    """What could not be read: where in the file, one sentence, what to change, and the node or link if it has an id."""

    where: str
    text: str
    remedy: str = ""
    node: str | None = None
    link: str | None = None


def read_document(record: dict[str, Any]) -> tuple[Document, tuple[Problem, ...]]:
    """The document in a record whose header was checked, and what could not be read."""
    return _Reader(record).read()


class _Reader:
    def __init__(self, record: dict[str, Any]) -> None:
        self.fields = Fields(record)
        self.problems: list[Problem] = []
        self.unread: dict[str, list[Any]] = {}
        self.wrong: dict[str, Any] = {}

    def read(self) -> tuple[Document, tuple[Problem, ...]]:
        fields = self.fields
        fields.raw("format"), fields.raw("version")
        name = self._field("name", lambda: fields.text("name", "Untitled"), "Untitled")
        description = self._field("description", lambda: fields.text("description"), "")
        context: dict[str, int] = self._field("context", self._context, {})
        nodes = self._nodes()
        document = Document(
            name=name,
            description=description,
            context=context,
            nodes=nodes,
            links=self._links({node.id for node in nodes}),
            decode=self._rules(),
        )
        unread = {name: tuple(entries) for name, entries in self.unread.items()}
        return replace(document, unread=unread, extra={**fields.rest(), **self.wrong}), tuple(self.problems)

    def _field(self, name: str, read: Callable[[], T], default: T) -> T:
        try:
            return read()
        except TopologyError as error:
            self.problems.append(Problem("document", error.text, f"mend or remove {name}"))
            self.wrong[name] = self.fields.raw(name)
            return default

    def _context(self) -> dict[str, int]:
        options = self.fields.options("context")
        for name, value in options.items():
            if not is_whole(value):
                raise self.fields.wrong(f"context.{name}", "a whole number", value)
        return cast("dict[str, int]", options)

    def _list(self, name: str) -> list[Any]:
        value = self.fields.raw(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self.problems.append(Problem("document", f"{name} must be a list, not {show(value)}", "put it in [ ]"))
            self.wrong[name] = value
            return []
        return value

    def _keep(self, name: str, entry: Any, where: str, text: str, remedy: str) -> None:
        self.unread.setdefault(name, []).append(entry)
        link = entry.get("id") if name == "links" and isinstance(entry, dict) else None
        self.problems.append(Problem(where, text, remedy, link=link if isinstance(link, str) else None))

    def _nodes(self) -> tuple[AnyNode, ...]:
        found: dict[str, AnyNode] = {}
        entries = self._list("nodes")
        taken = {entry["id"] for entry in entries if isinstance(entry, dict) and isinstance(entry.get("id"), str)}
        for number, entry in enumerate(entries, 1):
            if not isinstance(entry, dict):
                where = f"node {number}"
                self._keep("nodes", entry, where, f"must be an object, not {show(entry)}", "remove it")
                continue
            where = _where("node", number, entry)
            try:
                node = read_node(entry)
            except TopologyError as error:
                node = _unknown(entry, error.text, f"node-{number}")
                remedy = error.remedy or "it is kept as it is and does not run"
                self.problems.append(Problem(where, error.text, remedy, node=node.id))
            if node.id in found:
                fresh = fresh_id(node.id, taken | found.keys())
                text = f"the id '{node.id}' is taken by an earlier node; here this one is called '{fresh}'"
                self.problems.append(Problem(where, text, "give each node an id of its own", node=fresh))
                node = replace(node, id=fresh)
            found[node.id] = node
        return tuple(found.values())

    def _links(self, nodes: set[str]) -> tuple[Link, ...]:
        found: dict[str, Link] = {}
        entries = self._list("links")
        taken = {entry["id"] for entry in entries if isinstance(entry, dict) and isinstance(entry.get("id"), str)}
        for number, entry in enumerate(entries, 1):
            where = _where("link", number, entry)
            try:
                link = read_link(entry)
            except TopologyError as error:
                self._keep("links", entry, where, error.text, error.remedy or "it is kept in the file and not drawn")
                continue
            lost = next((end for end in (link.source, link.target) if end not in nodes), None)
            if lost is not None:
                text = f"leads to the node {show(lost)}, which isn't there"
                self._keep("links", entry, where, text, "correct the id, or remove the link")
                continue
            if link.id in found:
                fresh = fresh_id(link.id, taken | found.keys())
                text = f"the id '{link.id}' is taken by an earlier link; here this one is called '{fresh}'"
                self.problems.append(Problem(where, text, "give each link an id of its own", link=fresh))
                link = replace(link, id=fresh)
            elif link.id in nodes:
                text = f"the id '{link.id}' is also that of a node: selection and live rates take them for one"
                self.problems.append(Problem(where, text, "give the link an id of its own", link=link.id))
            found[link.id] = link
        return tuple(found.values())

    def _rules(self) -> tuple[str, ...]:
        rules = []
        for number, entry in enumerate(self._list("decode"), 1):
            if is_text(entry):
                rules.append(entry)
            else:
                text = f"must be a text such as 'topic:quotes.* = json', not {show(entry)}"
                self._keep("decode", entry, f"decode rule {number}", text, "remove it")
        return tuple(rules)


def _unknown(record: dict[str, Any], problem: str, fallback_id: str) -> UnknownNode:
    """The node as it stands, with whatever of id, label and position can be used."""
    fields = Fields(record)
    try:
        position = fields.position("position")
    except TopologyError:
        position = (0.0, 0.0)
    node_id, label = record.get("id"), record.get("label")
    return UnknownNode(
        id=node_id if node_id and is_text(node_id) else fallback_id,
        label=label if label and is_text(label) else "",
        position=position,
        record=record,
        problem=problem,
    )


def fresh_id(stem: str, taken: Container[str]) -> str:
    """`stem`, or the first of `stem-2`, `stem-3` ... that isn't taken."""
    number, candidate = 1, stem
    while candidate in taken:
        number += 1
        candidate = f"{stem}-{number}"
    return candidate


def _where(what: str, number: int, entry: Any) -> str:
    entry_id = entry.get("id") if isinstance(entry, dict) else None
    return f"{what} {number} (id {show(entry_id)})" if isinstance(entry_id, str) else f"{what} {number}"
