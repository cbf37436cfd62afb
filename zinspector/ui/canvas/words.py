"""The words on the canvas: what a node or a link says about itself, in short and in full.

Pure functions from nodes, states and rates to plain text; nothing here knows Qt. Short forms fit a node 180 pixels
wide; the full forms are for tooltips and accessible names.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from zinspector.topology.document import (
    AnyNode,
    Behaviour,
    ExternalNode,
    ImportNode,
    ProxyNode,
    RelayNode,
    SocketNode,
    SpyNode,
    UnknownNode,
)


def mark(node: AnyNode) -> str:
    """What the header band says, and what the node's colour is chosen by: a socket type, PROXY, RELAY ..."""
    if isinstance(node, SocketNode):
        return node.type
    if isinstance(node, ExternalNode):
        return node.type or "EXTERNAL"
    if isinstance(node, ImportNode) and node.interface:
        return "SNIFF"
    names = {ProxyNode: "PROXY", RelayNode: "RELAY", SpyNode: "SPY", ImportNode: "IMPORT"}
    return names.get(type(node), "UNKNOWN")


def subtitle(node: AnyNode) -> tuple[str, str]:
    """The line under the title and the role of its colour (`muted`, `warn` or `error`)."""
    if isinstance(node, SocketNode):
        return _socket_subtitle(node)
    if isinstance(node, ProxyNode):
        return f"{node.frontend.type} ⇄ {node.backend.type}", "muted"
    if isinstance(node, ExternalNode):
        return ("another program", "muted")
    if isinstance(node, UnknownNode):
        return node.problem or "unknown kind", "error"
    return _tap_subtitle(node), "muted"


def _tap_subtitle(node: RelayNode | SpyNode | ImportNode) -> str:
    if isinstance(node, RelayNode):
        return "relay, byte for byte"
    if isinstance(node, SpyNode):
        return " ".join("all topics" if not topic else f"{topic}*" for topic in node.subscriptions) or "no subscription"
    if node.interface:
        return "ports " + " ".join(map(str, node.ports)) if node.ports else "every port"
    return "capture file"


def _socket_subtitle(node: SocketNode) -> tuple[str, str]:
    said = behaviour(node.behaviour)
    if node.type != "SUB":
        return said, "muted"
    if not node.subscriptions:
        return "no subscription", "warn"
    topics = " ".join("all topics" if not topic else f"{topic}*" for topic in node.subscriptions)
    return (topics if node.behaviour.kind in ("sink", "manual") else f"{topics} · {said}"), "muted"


def behaviour(what: Behaviour) -> str:
    """`generate · 1 k/s · 2 frames`: what a socket does by itself."""
    match what.kind:
        case "generate":
            speed = "as fast as it goes" if what.rate is None else rate(what.rate)
            count = "" if what.count is None else f" · {what.count:,} only"
            return f"generate · {speed}{count}"
        case "reply":
            return f"reply · {plural(len(what.frames), 'frame')}"
        case "forward":
            return f"forward → {what.to or 'nowhere'}"
        case "script":
            return PurePath(what.script).name if what.script else "script · no file"
    return what.kind


def plural(count: int, word: str) -> str:
    """`1 frame`, `2 frames`."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def rate(per_second: float) -> str:
    """`84.1 k/s`: a rate in at most four digits, steady in width."""
    if per_second < 0.05:
        return "0 /s"
    if per_second < 9.95:
        return f"{per_second:.1f} /s"
    unit = ""
    for larger in ("k", "M", "G"):
        if per_second < 999.5:
            break
        per_second, unit = per_second / 1000, larger
    digits = 1 if unit and per_second < 99.95 else 0
    return f"{per_second:.{digits}f} {unit}/s"


def bytes_rate(per_second: float) -> str:
    """`22.7 MB/s`."""
    for unit in ("B", "kB", "MB"):
        if per_second < 1000:
            return f"{per_second:.0f} {unit}/s" if unit == "B" else f"{per_second:.1f} {unit}/s"
        per_second /= 1000
    return f"{per_second:.1f} GB/s"


def short_endpoint(endpoint: str) -> str:
    """`:5556` for tcp, the last part of an ipc path, the name of an inproc endpoint."""
    scheme, _, rest = endpoint.partition("://")
    if scheme in ("tcp", "ws", "wss", "udp"):
        port = rest.rpartition(":")[2]
        return ":auto" if port in ("*", "0") else f":{port}"
    if scheme == "ipc":
        return "ipc" if rest in ("", "*") else f"ipc {PurePath(rest).name}"
    return f"{scheme} {rest}".strip() if rest else endpoint


def address(node: AnyNode, binds: Sequence[str], connects: Sequence[str]) -> str:
    """The right of the header band: `bind :5556`, `connect`, `relay → :5556`, `external`.

    `binds` and `connects` are the endpoints of the node's own lists and of its links, as far as they are known.
    """
    if isinstance(node, RelayNode | SpyNode | ImportNode | UnknownNode):
        return _other_address(node, binds)
    prefix = "external · " if isinstance(node, ExternalNode) else ""
    if binds:
        more = f" +{len(binds) - 1}" if len(binds) > 1 else ""
        return f"{prefix}bind {short_endpoint(binds[0])}{more}"
    if connects:
        transports = {endpoint.partition("://")[0] for endpoint in connects}
        other = transports - {"tcp"}
        return f"{prefix}{other.pop() if len(transports) == 1 and other else 'connect'}"
    return prefix.removesuffix(" · ")


def _other_address(node: RelayNode | SpyNode | ImportNode | UnknownNode, binds: Sequence[str]) -> str:
    if isinstance(node, RelayNode):
        return f"{short_endpoint(binds[0] if binds else node.listen)} → {short_endpoint(node.target)}"
    if isinstance(node, SpyNode):
        return f"at {short_endpoint(node.connect[0])}" if node.connect else ""
    return "" if isinstance(node, UnknownNode) else node.interface or PurePath(node.file).name
