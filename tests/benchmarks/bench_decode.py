"""Frames made readable: a JSON frame of 118 bytes and a Protobuf quote, against the bare libraries, in one run.

Prints one JSON line: microseconds for the whole tree, for the line in the message table, and of the library alone;
and the milliseconds that the line of a 4 MB frame costs.
"""

from __future__ import annotations

import json
import struct
import time
from collections.abc import Callable
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict

from tests.helpers.protos import message_class
from zinspector.decode.api import Context
from zinspector.decode.registry import Registry
from zinspector.decode.rules import Rule
from zinspector.shipped import shipped

ROUNDS, CALLS = 7, 2000
WEATHER = json.dumps(
    {
        "city": "London",
        "temperature": 11.4,
        "humidity": 63,
        "wind": [1, 2, 3],
        "station": "weather-station-1",
        "ok": True,
    }
).encode()
QUOTE = b"\x0a\x04ACME\x11" + struct.pack("<d", 101.25) + b"\x19" + struct.pack("<d", 101.31) + b" \xb9\xb0\x05"


def microseconds(call: Callable[[], Any], calls: int = CALLS) -> float:
    """The best round's mean."""
    rounds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for _ in range(calls):
            call()
        rounds.append((time.perf_counter() - started) / calls * 1e6)
    return min(rounds)


def figures() -> dict[str, Any]:
    """All measurements, under the names that the line gives them."""
    registry = Registry.load(shipped("plugins"))
    schemas = shipped("resources/schemas")
    rules = [Rule.parse("topic:quotes.* frame:1=protobuf(quotes.proto, market.Quote)", schemas)]
    quotes, anywhere = Context(topic="quotes.ACME", frame=1, frame_count=2), Context()
    kind = message_class(schemas / "quotes.proto", "market.Quote")
    long = json.dumps([{"n": n, "text": "x" * 20} for n in range(90_000)]).encode()
    cases: dict[str, Callable[[], Any]] = {
        "json": lambda: registry.decode(WEATHER, anywhere, rules),
        "json_line": lambda: registry.summary(WEATHER, anywhere, rules),
        "json_loads": lambda: json.loads(WEATHER),
        "protobuf": lambda: registry.decode(QUOTE, quotes, rules),
        "protobuf_line": lambda: registry.summary(QUOTE, quotes, rules),
        "protobuf_to_dict": lambda: MessageToDict(kind.FromString(QUOTE)),
        "guess": lambda: registry.decode(QUOTE, anywhere, rules),
        "text": lambda: registry.decode(b"weather.london", anywhere, rules),
    }
    result: dict[str, Any] = {"bench": "decode"}
    result |= {f"{name}_us": round(microseconds(call), 1) for name, call in cases.items()}
    result["json_4mb_line_ms"] = round(microseconds(lambda: registry.summary(long, anywhere, rules), 20) / 1000, 2)
    return result


@pytest.mark.bench
def test_decode() -> None:
    result = figures()
    print(json.dumps(result))
    assert result["json_us"] < 40
    assert result["protobuf_us"] < 40


if __name__ == "__main__":
    print(json.dumps(figures()))
