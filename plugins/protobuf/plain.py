"""JSON data out of a tree, for what Google's library can't or need not turn into JSON."""

from __future__ import annotations

import math
from typing import Any

from zinspector.decode.api import Value


def plain(values: tuple[Value, ...]) -> dict[str, Any]:
    """The values by name; those that share a name, or are counted, as a list."""
    data: dict[str, Any] = {}
    lists: set[str] = set()
    for value in values:
        name, made = value.name, _one(value)
        if name.endswith("]") and not name.startswith("["):
            name = name.partition("[")[0]
            lists.add(name)
            data.setdefault(name, [])
        if name in data and name not in lists:
            data[name] = [data[name]]
            lists.add(name)
        if name not in lists:
            data[name] = made
        elif value.kind == "array":
            data[name].extend(made)
        else:
            data[name].append(made)
    return data


def _one(value: Value) -> Any:
    if value.kind == "array":
        return [_one(child) for child in value.children]
    if value.kind == "object":
        return plain(value.children)
    if value.kind == "string":
        return value.text[1:-1]
    if value.kind == "bool":
        return value.text == "true"
    if value.kind == "number":
        return _number(value.text)
    return value.text


def _number(text: str) -> int | float | str:
    try:
        return int(text)
    except ValueError:
        number = float(text)
        return number if math.isfinite(number) else text
