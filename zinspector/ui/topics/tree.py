"""Topics as a tree: split behind every `.` and `/`, with the figures of all that is below each branch.

Figures are arrays with one place for each branch, summed level by level; branch by branch, only the tree is made.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from zinspector.capture.topics import Topics

DEEPEST = 12
PART = re.compile(r"[^./]*[./]|[^./]+$")
Integers = npt.NDArray[np.int64]


@dataclass(eq=False)
class Branch:
    """One part of topics. `path` is all of the topic up to here; `topic` is its place among the topics, or -1."""

    place: int
    part: str
    path: str
    parent: Branch | None
    topic: int = -1
    children: list[Branch] = field(default_factory=list)

    @property
    def row(self) -> int:
        """Its place among the children of its parent."""
        return self.parent.row_for(self.part) if self.parent is not None else 0

    def row_for(self, part: str) -> int:
        """Where a child stands, or would."""
        return bisect_left(self.children, part, key=lambda child: child.part)

    @property
    def depth(self) -> int:
        """0 for the root."""
        depth, branch = 0, self.parent
        while branch is not None:
            depth, branch = depth + 1, branch.parent
        return depth


@dataclass(frozen=True)
class Figures:
    """One value for each branch, its children included."""

    counts: Integers
    bytes: Integers
    last_n: Integers
    topics: Integers


class Tree:
    """Branches by their parts; children are in alphabetical order."""

    def __init__(self) -> None:
        self.root = Branch(0, "", "", None)
        self.branches = [self.root]
        self._by_path: dict[tuple[int, str], Branch] = {}
        self._levels: list[list[int]] = [[0]]
        self._parents: list[int] = [0]
        self._leaves: list[tuple[int, int]] = []  # place of the branch, place of the topic

    def way(self, text: str) -> list[Branch]:
        """The branches on the way to a topic that are there already, from the root on."""
        found, branch = [self.root], self.root
        for part in parts(text):
            child = self._by_path.get((branch.place, part))
            if child is None:
                break
            found.append(child)
            branch = child
        return found

    def grow(self, parent: Branch, part: str) -> Branch:
        """Add a child where it belongs."""
        child = Branch(len(self.branches), part, parent.path + part, parent)
        parent.children.insert(parent.row_for(part), child)
        self.branches.append(child)
        self._by_path[(parent.place, part)] = child
        self._parents.append(parent.place)
        depth = parent.depth + 1
        if depth == len(self._levels):
            self._levels.append([])
        self._levels[depth].append(child.place)
        return child

    def end(self, branch: Branch, topic: int) -> None:
        """A topic ends at this branch."""
        branch.topic = topic
        self._leaves.append((branch.place, topic))

    def figures(self, topics: Topics) -> Figures:
        """The figures of now."""
        size = len(self.branches)
        counts, volume, last_n, ends = (np.zeros(size, np.int64) for _ in range(4))
        if self._leaves:
            places, which = np.array(self._leaves, np.int64).T
            counts[places], volume[places] = topics.counts[which], topics.bytes[which]
            last_n[places], ends[places] = topics.last_n[which], 1
        parents = np.array(self._parents, np.int64)
        for level in self._levels[:0:-1]:
            above = parents[level]
            for column in (counts, volume, ends):
                np.add.at(column, above, column[level])
            np.maximum.at(last_n, above, last_n[level])
        return Figures(counts, volume, last_n, ends)


def parts(text: str) -> list[str]:
    """`weather.london/north` is `weather.`, `london/`, `north`; what is nested deeper stays in one part."""
    found = PART.findall(text) or [text]
    return [*found[: DEEPEST - 1], "".join(found[DEEPEST - 1 :])] if len(found) > DEEPEST else found


def readable(topic: bytes) -> str:
    """A topic as text from which the bytes can be had again; for eyes it goes through `visible()`."""
    return topic.decode("utf-8", "surrogateescape")


def matching(names: Iterable[bytes], wanted: str) -> list[int]:
    """The places of the topics that hold a text, in either case."""
    needle = wanted.lower()
    return [place for place, name in enumerate(names) if needle in readable(name).lower()]
