"""What a display filter says, once it is read: frozen, comparable, printable as the filter that it was read from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Type = Literal["number", "time", "word", "text", "bytes", "json", "words", "none"]
"""What a field holds: `words` is a list of words of which any may fit, `none` can only be asked to be there."""

Operator = Literal["==", "!=", "<", "<=", ">", ">=", "contains", "startswith", "matches", "in", "exists"]
Value = int | float | str | bytes | bool | None
Step = str | int


@dataclass(frozen=True, slots=True)
class Field:
    """What is compared.

    `column` is the column of a row, or "frames" for what is looked up in frames: in frame number `frame` (negative
    from the end), or in any where that is None; `topic` only in those of topics. `decoder` names the format that
    `path` goes into: "json", or one whose frames have to be decoded first.
    """

    name: str
    type: Type
    column: str
    frame: int | None = None
    topic: bool = False
    decoder: str = ""
    path: tuple[Step, ...] = ()
    at: int = field(default=0, compare=False)

    @property
    def of_frames(self) -> bool:
        """Whether frames have to be looked into."""
        return self.column == "frames"


@dataclass(frozen=True, slots=True)
class Test:
    """A comparison; `values` are several with `in`, and none with `exists`."""

    field: Field
    operator: Operator
    values: tuple[Value, ...] = ()

    __test__ = False  # no test case


@dataclass(frozen=True, slots=True)
class Not:
    """What doesn't match."""

    item: Tree


@dataclass(frozen=True, slots=True)
class And:
    """What matches all of two or more."""

    items: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """What matches any of two or more."""

    items: tuple[Tree, ...]


Tree = Test | Not | And | Or


def tests(tree: Tree) -> list[Test]:
    """All comparisons of a tree, from left to right."""
    found: list[Test] = []
    waiting = [tree]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Test):
            found.append(item)
        elif isinstance(item, Not):
            waiting.append(item.item)
        else:
            waiting.extend(reversed(item.items))
    return found
