"""What has to be done to get from one drawing to another. Pure: documents in, ordered commands out.

Rules:
- A socket is known by its key: the node's id, and for a proxy `ID/frontend` or `ID/backend`. It is rebuilt when its
  type changed or an option that only new connections obey; a changed address, subscription or live option is changed
  on the running socket; everything else goes on untouched.
- The order: behaviours stop; connections are taken back, then binds; sockets close, connecting ones first; the context
  is renewed if its options changed; sockets open; options and subscriptions; all binds; all connects; proxies; then
  behaviours start, those that generate last. So a generator never runs into a socket that is not there yet.
- An address with a wildcard is known by who binds it (`Address.binder`), because only the bind tells what it became;
  whoever connects to a binder that is rebuilt connects anew.
- A spy is a SUB with its subscriptions, and with a longer queue than others: what it misses nobody sees.
- Nodes that are no sockets (relay, import, external, unknown) have none; a link that ends at one has at most one end
  that we open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from zinspector.runtime.commands import (
    Address,
    Bind,
    CloseSocket,
    Command,
    Connect,
    Disconnect,
    OpenSocket,
    RenewContext,
    SetOption,
    SocketPlan,
    StartBehaviour,
    StartProxy,
    StopBehaviour,
    StopProxy,
    Subscribe,
    Unbind,
    Unsubscribe,
)
from zinspector.runtime.options import OPTIONS
from zinspector.topology.document import (
    Behaviour,
    Document,
    Link,
    OptionValue,
    ProxyNode,
    RelayNode,
    SocketNode,
    SpyNode,
)
from zinspector.topology.wiring import link_wire

SPY_OPTIONS: dict[str, OptionValue] = {"RCVHWM": 10_000}
SPYING = Behaviour("sink")


def plan(before: Document | None, after: Document | None) -> list[Command]:
    """The commands that turn what runs for `before` into what should run for `after`, in order."""
    old, new = sockets(before), sockets(after)
    context = _context(before), _context(after)
    everything = before is None or after is None or context[0] != context[1]
    rebuilt = {key for key in old.keys() & new.keys() if everything or old[key].rebuilds(new[key])}
    closing = (old.keys() - new.keys()) | rebuilt
    opening = (new.keys() - old.keys()) | rebuilt
    kept = sorted(old.keys() - closing)
    commands: list[Command] = list(_stops(before, after, closing))
    back = [_back(old[key], new[key], opening) for key in kept]
    commands += [Disconnect(key, item) for key, (gone, _) in zip(kept, back, strict=True) for item in gone]
    commands += [Unbind(key, item) for key, (_, gone) in zip(kept, back, strict=True) for item in gone]
    commands += [CloseSocket(key) for key in sorted(closing, key=lambda key: (not old[key].connects, key))]
    if after is not None and everything:
        commands.append(RenewContext("", context[1]))
    commands += [OpenSocket(key, new[key]) for key in sorted(opening)]
    for key in kept:
        commands += _changes(old[key], new[key])
    blank = {key: replace(new[key], binds=(), connects=(), subscriptions=frozenset()) for key in opening}
    for key in sorted(opening):
        commands += [Subscribe(key, topic) for topic in sorted(new[key].subscriptions)]
    now = {**{key: old[key] for key in kept}, **blank}
    commands += [Bind(key, item) for key in sorted(new) for item in _added(now[key].binds, new[key].binds)]
    for key in sorted(new):
        there = [item for item in now[key].connects if item.binder not in opening]
        commands += [Connect(key, item) for item in _added(there, new[key].connects)]
    return [*commands, *_starts(before, after, opening)]


def sockets(document: Document | None) -> dict[str, SocketPlan]:
    """Every socket that a drawing needs, by key."""
    if document is None:
        return {}
    plans: dict[str, SocketPlan] = {}
    for node in document.nodes:
        if isinstance(node, SocketNode):
            topics = frozenset(node.subscriptions if node.type in ("SUB", "XSUB") else ())
            plans[node.id] = SocketPlan(node.id, node.id, node.type, subscriptions=topics)
        elif isinstance(node, SpyNode):
            plans[node.id] = SocketPlan(node.id, node.id, "SUB", subscriptions=frozenset(node.subscriptions))
        elif isinstance(node, ProxyNode):
            for name, side in (("frontend", node.frontend), ("backend", node.backend)):
                # a SUB in a proxy passes everything on
                topics = frozenset([""]) if side.type == "SUB" else frozenset()
                plans[f"{node.id}/{name}"] = SocketPlan(f"{node.id}/{name}", node.id, side.type, subscriptions=topics)
    binds, connects = _addresses(document, plans.keys())
    return {
        key: _with_options(
            document,
            replace(bare, binds=tuple(_unique(binds[key])), connects=tuple(_unique(connects[key]))),
        )
        for key, bare in plans.items()
    }


def link_addresses(document: Document, link: Link) -> tuple[str, str, Address]:
    """Who binds, who connects (keys), and where."""
    wire = link_wire(document, link)
    binder = f"{wire.binder}/{wire.binder_side}" if wire.binder_side else wire.binder
    connector = f"{wire.connector}/{wire.connector_side}" if wire.connector_side else wire.connector
    tag = link.id if wire.endpoint == "ipc://*" else ""
    return binder, connector, Address(wire.endpoint, binder, tag)


def _addresses(document: Document, keys: Iterable[str]) -> tuple[dict[str, list[Address]], dict[str, list[Address]]]:
    binds: dict[str, list[Address]] = {key: [] for key in keys}
    connects: dict[str, list[Address]] = {key: [] for key in keys}
    for node in document.nodes:
        if isinstance(node, SocketNode):
            sides = [(node.id, node.bind, node.connect)]
        elif isinstance(node, ProxyNode):
            front, backend = node.frontend, node.backend
            sides = [
                (f"{node.id}/frontend", front.bind, front.connect),
                (f"{node.id}/backend", backend.bind, backend.connect),
            ]
        elif isinstance(node, SpyNode):
            sides = [(node.id, (), node.connect)]
        else:
            continue
        for key, bind, connect in sides:
            binds[key] += [Address(text, key) for text in bind]
            connects[key] += [Address(text) for text in connect]
    for link in document.links:
        if document.node(link.source) is None or document.node(link.target) is None:
            continue
        binder, connector, address = link_addresses(document, link)
        if binder in binds:
            if address.tag and Address(address.text, binder) in binds[binder]:
                address = Address(address.text, binder)
            binds[binder].append(address)
        elif not isinstance(document.node(binder), RelayNode):
            address = Address(address.text)
        if connector in connects and (address.binder or "*" not in address.text):
            connects[connector].append(address)
    return binds, connects


def _with_options(document: Document, bare: SocketPlan) -> SocketPlan:
    node = document.node(bare.node)
    given: dict[str, OptionValue] = {}
    if isinstance(node, SocketNode):
        given = dict(node.options)
    elif isinstance(node, SpyNode):
        given = dict(SPY_OPTIONS)
    elif isinstance(node, ProxyNode):
        given = dict((node.frontend if bare.key.endswith("/frontend") else node.backend).options)
    if any("://[" in item.text or ";[" in item.text for item in (*bare.binds, *bare.connects)):
        given.setdefault("IPV6", 1)
    live = {name for name in given if name in OPTIONS and OPTIONS[name].live}
    return replace(
        bare,
        fixed=tuple(sorted((name, value) for name, value in given.items() if name not in live)),
        live=tuple(sorted((name, value) for name, value in given.items() if name in live)),
    )


def _context(document: Document | None) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(document.context.items())) if document is not None else ()


def _unique(items: Iterable[Address]) -> list[Address]:
    return list(dict.fromkeys(items))


def _added(before: Iterable[Address], after: Iterable[Address]) -> list[Address]:
    there = set(before)
    return [item for item in after if item not in there]


def _back(old: SocketPlan, new: SocketPlan, opening: set[str]) -> tuple[list[Address], list[Address]]:
    """What a socket that stays gives back: connections (also those to a rebuilt binder), and binds."""
    wanted = set(new.connects)
    connects = [item for item in old.connects if item not in wanted or item.binder in opening]
    return connects, _added(new.binds, old.binds)


def _changes(old: SocketPlan, new: SocketPlan) -> Iterator[Command]:
    """Options and subscriptions that change on a socket that stays."""
    before, after = dict(old.live), dict(new.live)
    for name in sorted(before.keys() - after.keys()):
        default = OPTIONS[name].default
        if default is not None:
            yield SetOption(new.key, name, default)
    for name, value in new.live:
        if before.get(name) != value:
            yield SetOption(new.key, name, value)
    yield from (Unsubscribe(new.key, topic) for topic in sorted(old.subscriptions - new.subscriptions))
    yield from (Subscribe(new.key, topic) for topic in sorted(new.subscriptions - old.subscriptions))


def _behaviours(document: Document | None) -> dict[str, Behaviour | None]:
    """What starts, by node id; None stands for a proxy."""
    found: dict[str, Behaviour | None] = {}
    for node in document.nodes if document is not None else ():
        if isinstance(node, SocketNode):
            found[node.id] = node.behaviour
        elif isinstance(node, SpyNode):
            found[node.id] = SPYING
        elif isinstance(node, ProxyNode):
            found[node.id] = None
    return found


def _stops(before: Document | None, after: Document | None, closing: set[str]) -> Iterator[Command]:
    old, new = _behaviours(before), _behaviours(after)
    for node, behaviour in old.items():
        if node not in new or new[node] != behaviour or _touches(node, closing):
            yield StopProxy(node) if behaviour is None else StopBehaviour(node)


def _starts(before: Document | None, after: Document | None, opening: set[str]) -> list[Command]:
    old, new = _behaviours(before), _behaviours(after)
    fresh = {
        node: behaviour
        for node, behaviour in new.items()
        if node not in old or old[node] != behaviour or _touches(node, opening)
    }
    proxies: list[Command] = [StartProxy(node) for node, behaviour in fresh.items() if behaviour is None]
    starts = [StartBehaviour(node, behaviour) for node, behaviour in fresh.items() if behaviour is not None]
    return [*proxies, *sorted(starts, key=lambda start: start.behaviour.kind == "generate")]


def _touches(node: str, keys: set[str]) -> bool:
    return not keys.isdisjoint((node, f"{node}/frontend", f"{node}/backend"))
