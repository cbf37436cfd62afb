"""Small words for drawings in tests: sockets, links, behaviours, and a session that runs one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from zinspector.capture.message import Message
from zinspector.capture.store import Store
from zinspector.runtime.session import Session
from zinspector.topology.document import (
    AnyNode,
    Behaviour,
    Document,
    FrameTemplate,
    Link,
    ProxyNode,
    ProxySide,
    SocketNode,
    SocketType,
)

ECHO = Behaviour("echo")


def sock(name: str, kind: SocketType, behaviour: Behaviour | None = None, **fields: Any) -> SocketNode:
    """A socket node."""
    return SocketNode(id=name, type=kind, behaviour=behaviour or Behaviour(), **fields)


def link(source: str, target: str, transport: str = "tcp", **fields: Any) -> Link:
    """A link called `source-target`."""
    return Link(id=f"{source}-{target}", source=source, target=target, transport=transport, **fields)


def proxy(name: str, frontend: SocketType, backend: SocketType) -> ProxyNode:
    """A proxy node."""
    return ProxyNode(id=name, frontend=ProxySide(frontend), backend=ProxySide(backend))


def texts(*frames: str) -> tuple[FrameTemplate, ...]:
    """Text frames."""
    return tuple(FrameTemplate("text", frame) for frame in frames)


def generate(*frames: str, rate: float | None = None, count: int | None = None, **fields: Any) -> Behaviour:
    """A generator of text frames."""
    return Behaviour("generate", rate=rate, count=count, frames=texts(*(frames or ("message {{n}}",))), **fields)


def drawing(*items: AnyNode | Link) -> Document:
    """A document of nodes and links."""
    nodes = tuple(item for item in items if not isinstance(item, Link))
    return Document(nodes=nodes, links=tuple(item for item in items if isinstance(item, Link)))


@asynccontextmanager
async def running(*items: AnyNode | Link, **arguments: Any) -> AsyncIterator[Session]:
    """A session that runs a drawing, closed in the end."""
    session = Session(Store(), **arguments)
    try:
        await session.apply(drawing(*items))
        yield session
    finally:
        await session.close()


def rows(session: Session, node: str, kind: str = "message", direction: str | None = None) -> list[Message]:
    """What was captured at a node."""
    session.flush()
    store = session.store
    return [
        row
        for row in store.rows(store.first_n, store.retained)
        if row.node == node and row.kind == kind and direction in (None, row.direction)
    ]
