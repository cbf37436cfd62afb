"""Automatic layout: columns along the flow, few crossings, the same drawing always the same way.

Layered drawing in four steps (after Sugiyama): links that close a cycle are turned round, every node goes one column
behind its farthest source, columns are ordered by the mean place of their neighbours (keeping the best of several
sweeps), and nodes are shifted towards their neighbours without changing that order. Parts that hang together are laid
out one below the other; nodes without links share a grid at the bottom.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise

from zinspector.topology.document import Document, Position

COLUMN, ROW = 280.0, 126.0  # a node is about 180 x 86 pixels
MARGIN = 40.0
GRID = 6  # loose nodes side by side
SWEEPS = 12
EFFORT = 100_000  # sweeps times edges: a large drawing gets fewer sweeps
LONGEST = 8_000  # dummies: beyond that long links are left out of account

Graph = dict[str, list[str]]
Layers = list[list[str]]


def layered(document: Document) -> dict[str, Position]:
    """A position for every node, by id, in pixels at 100 %."""
    ids = list(dict.fromkeys(node.id for node in document.nodes))
    edges = [(link.source, link.target) for link in document.links if link.source != link.target]
    known = set(ids)
    edges = [edge for edge in dict.fromkeys(edges) if known.issuperset(edge)]
    found: dict[str, Position] = {}
    top = MARGIN
    loose: list[str] = []
    for part in _parts(ids, edges):
        if len(part) == 1:
            loose += part
            continue
        inside = set(part)
        places = _lay_out(part, [edge for edge in edges if edge[0] in inside])
        shift = top - min(y for _, y in places.values())
        found |= {node: (x + MARGIN, y + shift) for node, (x, y) in places.items()}
        top = max(y for _, y in found.values()) + ROW
    for index, node in enumerate(loose):
        row, column = divmod(index, GRID)
        found[node] = (MARGIN + column * COLUMN, top + row * ROW)
    return found


def _parts(ids: list[str], edges: list[tuple[str, str]]) -> list[list[str]]:
    """The nodes that hang together, each part in document order, in the order of their first nodes."""
    neighbours = _adjacent(ids, [*edges, *((target, source) for source, target in edges)])
    part_of: dict[str, int] = {}
    for number, start in enumerate(ids):
        stack = [start]
        while stack:
            node = stack.pop()
            if node not in part_of:
                part_of[node] = number
                stack += neighbours[node]
    parts: dict[int, list[str]] = {}
    for node in ids:
        parts.setdefault(part_of[node], []).append(node)
    return list(parts.values())


def _lay_out(ids: list[str], edges: list[tuple[str, str]]) -> dict[str, Position]:
    """One connected part."""
    forward = _without_cycles(ids, edges)
    layers = _layers(ids, forward)
    straight, dummies = _with_dummies(layers, forward)
    ordered = _ordered(layers, straight)
    heights = _heights(ordered, straight)
    return {
        node: (column * COLUMN, heights[node])
        for column, layer in enumerate(ordered)
        for node in layer
        if node not in dummies
    }


def _without_cycles(ids: list[str], edges: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The edges with those turned round that lead back into a depth-first walk."""
    targets = _adjacent(ids, edges)
    open_, done = set[str](), set[str]()
    back = set[tuple[str, str]]()
    has_source = {target for _, target in edges}
    for start in sorted(ids, key=lambda node: node in has_source):
        stack = [(start, iter(targets[start]))] if start not in done else []
        open_.update(node for node, _ in stack)
        while stack:
            node, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                stack.pop()
                open_.discard(node)
                done.add(node)
            elif following in open_:
                back.add((node, following))
            elif following not in done:
                open_.add(following)
                stack.append((following, iter(targets[following])))
    return list(dict.fromkeys((b, a) if (a, b) in back else (a, b) for a, b in edges))


def _layers(ids: list[str], edges: list[tuple[str, str]]) -> Layers:
    """Columns: as far left as the sources allow, then sources moved up to just before their first target."""
    targets = _adjacent(ids, edges)
    sources = _adjacent(ids, [(b, a) for a, b in edges])
    waiting = {node: len(sources[node]) for node in ids}
    order = [node for node in ids if not waiting[node]]
    column = dict.fromkeys(order, 0)
    for node in order:  # grows while it is walked
        for target in targets[node]:
            column[target] = max(column.get(target, 0), column[node] + 1)
            waiting[target] -= 1
            if not waiting[target]:
                order.append(target)
    for node in reversed(order):
        if not sources[node] and targets[node]:
            column[node] = min(column[target] for target in targets[node]) - 1
    layers: Layers = [[] for _ in range(max(column.values()) + 1)]
    for node in ids:
        layers[column[node]].append(node)
    return layers


def _with_dummies(layers: Layers, edges: list[tuple[str, str]]) -> tuple[list[tuple[str, str]], set[str]]:
    """Long edges as chains of dummy nodes, one in each column passed; the dummies are added to `layers`."""
    column = {node: index for index, layer in enumerate(layers) for node in layer}
    if sum(column[target] - column[source] - 1 for source, target in edges) > LONGEST:
        return [(source, target) for source, target in edges if column[target] - column[source] == 1], set()
    chains: list[tuple[str, str]] = []
    dummies: set[str] = set()
    for source, target in edges:
        stops = [f"\0{source}\0{target}\0{index}" for index in range(column[source] + 1, column[target])]
        for index, dummy in enumerate(stops, column[source] + 1):
            layers[index].append(dummy)
        dummies.update(stops)
        chains += pairwise([source, *stops, target])
    return chains, dummies


def _ordered(layers: Layers, edges: list[tuple[str, str]]) -> Layers:
    """The order within columns with the fewest crossings that some sweeps to and fro find."""
    ids = [node for layer in layers for node in layer]
    after, before = _adjacent(ids, edges), _adjacent(ids, [(b, a) for a, b in edges])
    current = [list(layer) for layer in layers]
    best, fewest = current, _crossings(current, after)
    for sweep in range(_sweeps(edges)):
        if not fewest:
            break
        current = [list(layer) for layer in current]
        if sweep % 2 == 0:
            for left, right in pairwise(current):
                _by_mean(right, left, before)
        else:
            for right, left in pairwise(reversed(current)):
                _by_mean(left, right, after)
        crossings = _crossings(current, after)
        if crossings < fewest:
            best, fewest = current, crossings
    return best


def _sweeps(edges: list[tuple[str, str]]) -> int:
    return max(2, min(SWEEPS, EFFORT // (len(edges) + 1)))


def _by_mean(layer: list[str], fixed: list[str], neighbours: Graph) -> None:
    """Sort a column by the mean place of the neighbours in the fixed one; nodes without any keep their place."""
    place = {node: index for index, node in enumerate(fixed)}
    own = {node: float(index) for index, node in enumerate(layer)}
    for node in layer:
        near = [place[other] for other in neighbours[node]]
        if near:
            own[node] = sum(near) / len(near)
    layer.sort(key=own.__getitem__)


def _crossings(layers: Layers, after: Graph) -> int:
    """How many edges cross between neighbouring columns."""
    total = 0
    for left, right in pairwise(layers):
        place = {node: index for index, node in enumerate(right)}
        ends = [end for node in left for end in sorted(place[target] for target in after[node])]
        total += _inversions(ends, len(right))
    return total


def _inversions(values: Iterable[int], size: int) -> int:
    """Pairs that stand in the wrong order, counted with a Fenwick tree."""
    tree = [0] * (size + 1)
    total = 0
    for seen, value in enumerate(values):
        index, not_above = value + 1, 0
        while index:
            not_above += tree[index]
            index &= index - 1
        total += seen - not_above
        index = value + 1
        while index <= size:
            tree[index] += 1
            index += index & -index
    return total


def _heights(layers: Layers, edges: list[tuple[str, str]]) -> dict[str, float]:
    """Heights that pull every node towards the mean of its neighbours, in order and at least a row apart."""
    ids = [node for layer in layers for node in layer]
    near = _adjacent(ids, [*edges, *((b, a) for a, b in edges)])
    tallest = max(len(layer) for layer in layers)
    height = {node: (index + (tallest - len(layer)) / 2) * ROW for layer in layers for index, node in enumerate(layer)}
    for sweep in range(_sweeps(edges)):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            _settle(layer, near, height)
    return height


def _settle(layer: list[str], near: Mapping[str, list[str]], height: dict[str, float]) -> None:
    """Move a column's nodes to where they want to be; those that would overlap share their wishes as a block."""
    blocks: list[tuple[list[str], float]] = []  # nodes, and the mean of the tops that they want
    for node in layer:
        others = near[node]
        wish = sum(height[other] for other in others) / len(others) if others else height[node]
        nodes, top = [node], wish
        while blocks and blocks[-1][1] + len(blocks[-1][0]) * ROW > top:
            above, above_top = blocks.pop()
            joined = len(above) + len(nodes)
            top = (above_top * len(above) + (top - len(above) * ROW) * len(nodes)) / joined
            nodes = above + nodes
        blocks.append((nodes, top))
    for nodes, top in blocks:
        for index, node in enumerate(nodes):
            height[node] = round(top + index * ROW, 1)


def _adjacent(ids: Iterable[str], edges: Iterable[tuple[str, str]]) -> Graph:
    graph: Graph = {node: [] for node in ids}
    for source, target in edges:
        graph[source].append(target)
    return graph
