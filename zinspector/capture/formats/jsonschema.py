"""A JSON Schema that fits the objects that were seen: so that Foxglove knows their fields before it shows one.

It describes and forbids nothing. Fields beyond some hundred, and depths beyond eight, are left open.
"""

from __future__ import annotations

from typing import Any

DEPTH = 8
MOST_FIELDS = 200
MOST_ITEMS = 20

Schema = dict[str, Any]


def infer(value: Any, depth: int = DEPTH) -> Schema:
    """The schema of one value."""
    if isinstance(value, dict) and depth:
        fields = {name: infer(item, depth - 1) for name, item in list(value.items())[:MOST_FIELDS]}
        return {"type": "object", "properties": fields}
    if isinstance(value, list) and depth:
        items: Schema = {}
        for place, item in enumerate(value[:MOST_ITEMS]):
            items = merge(items, infer(item, depth - 1)) if place else infer(item, depth - 1)
        return {"type": "array", "items": items}
    return _scalar(value)


def merge(one: Schema, two: Schema) -> Schema:
    """A schema that both fit; what differs is left open. Null fits all."""
    if "null" in (one.get("type"), two.get("type")):
        return two if one.get("type") == "null" else one
    if {one.get("type"), two.get("type")} == {"integer", "number"}:
        return {"type": "number"}
    if one.get("type") != two.get("type") or not one or not two:
        return {}
    if one["type"] == "object":
        mine, other = one.get("properties", {}), two.get("properties", {})
        both = {name: merge(mine[name], other[name]) if name in other else mine[name] for name in mine}
        new = {name: other[name] for name in list(other)[:MOST_FIELDS] if name not in mine}
        return {"type": "object", "properties": dict(list({**both, **new}.items())[:MOST_FIELDS])}
    if one["type"] == "array":
        return {"type": "array", "items": merge(one.get("items", {}), two.get("items", {}))}
    return one


def _scalar(value: Any) -> Schema:
    if isinstance(value, dict):
        return {"type": "object"}
    if isinstance(value, list):
        return {"type": "array"}
    if isinstance(value, bool):
        return {"type": "boolean"}
    if value is None:
        return {"type": "null"}
    return {"type": {int: "integer", float: "number"}.get(type(value), "string")}
