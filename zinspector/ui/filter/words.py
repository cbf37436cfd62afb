"""What the filter line tells in words: how many rows are shown, why so few, and what is wrong with a filter."""

from __future__ import annotations

from zinspector.capture.filter.errors import FilterError
from zinspector.capture.filter.reading import read
from zinspector.capture.filter.tree import And, Not, Or, Test, Tree


def counted(shown: int, retained: int) -> str:
    """`1,234 of 10,000,000 shown`."""
    return f"{shown:,} of {retained:,} shown"


def fault_text(fault: FilterError) -> str:
    """`column 8: expected a number, not 'x'; write a number`."""
    remedy = f"; {fault.remedy}" if fault.remedy and fault.remedy not in fault.text else ""
    return f"column {fault.column}: {fault.text}{remedy}"


def unfinished_text(fault: FilterError) -> str:
    """`column 9: a number comes next`, of a filter that is still being typed."""
    return f"column {fault.column}: {f'{fault.expected} comes next' if fault.expected else fault.text}"


def joined(present: str, text: str, how: str) -> str:
    """A filter with another added (`replace`, `and` or `and not`); a present one that is no filter is replaced."""
    denied = f"not {_bracketed(text, Or, And, Test)}"
    try:
        read(present)
    except FilterError:
        present = ""
    if how == "replace" or not present:
        return denied if how == "and not" else text
    return f"{_bracketed(present, Or)} and {denied if how == 'and not' else _bracketed(text, Or)}"


def _bracketed(text: str, *kinds: type[Tree]) -> str:
    """The filter in parentheses if it is of one of these kinds, or none at all."""
    try:
        tree = read(text)
    except FilterError:
        return f"({text})"
    needs = isinstance(tree, kinds) and not (isinstance(tree, Test) and tree.operator == "exists")
    return f"({text})" if needs and not isinstance(tree, Not) else text.strip()
