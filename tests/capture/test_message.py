"""One row as an object, and as the JSON of the contract."""

from __future__ import annotations

import base64
import time

import pytest

from tests.helpers.messages import message
from zinspector.capture.clock import Clock
from zinspector.capture.envelope import envelope
from zinspector.measure.latency import stamp


def test_json_has_every_field_of_the_contract() -> None:
    record = message(b"weather.london", b"\xff\x00").as_json([{"frame": 1, "decoder": "x", "value": 1}])
    assert list(record) == [
        "n", "time_ns", "node", "link", "connection", "direction", "kind", "name", "from_type", "to_type", "size",
        "frames", "topic", "decoded", "anomalies",
    ]  # fmt: skip
    first, second = record["frames"]
    assert first == {
        "size": 14,
        "base64": base64.b64encode(b"weather.london").decode(),
        "text": "weather.london",
        "truncated": False,
    }
    assert second["text"] is None
    assert record["topic"] == "weather.london"


@pytest.mark.parametrize(
    ("fields", "frames", "topic"),
    [
        ({}, [b"t", b"x"], "t"),
        ({}, [b"\xff"], None),
        ({}, [], None),
        ({"from_type": "REQ", "to_type": "REP"}, [b"t"], None),
        ({"from_type": None, "to_type": "XSUB"}, [b"t"], "t"),
        ({"kind": "command"}, [b"\x01t"], None),
    ],
)
def test_the_topic_is_the_first_frame_of_publications(fields: dict, frames: list[bytes], topic: str | None) -> None:
    assert message(*frames, **fields).topic == topic


@pytest.mark.parametrize(
    ("types", "direction", "frames", "roles"),
    [
        (("PUB", "SUB"), "in", [b"t", b"x"], ["topic", "payload"]),
        (("PUB", "SUB"), "in", [b"t", b"x", stamp(5)], ["topic", "payload", "stamp"]),
        (("REQ", "REP"), "in", [b"x"], ["payload"]),
        (("REQ", "ROUTER"), "in", [b"id", b"", b"x"], ["routing id", "delimiter", "payload"]),
        (("ROUTER", "REQ"), "out", [b"id", b"", b"x"], ["routing id", "delimiter", "payload"]),
        (("ROUTER", "REQ"), "in", [b"x"], ["payload"]),
        (
            ("REQ", "ROUTER"),
            "in",
            [b"id", b"\0\0\0\1", b"", b"x"],
            ["routing id", "request id", "delimiter", "payload"],
        ),
        (("DEALER", "ROUTER"), "in", [b"id", b"x", b"y"], ["routing id", "payload", "payload"]),
        (("ROUTER", "DEALER"), "in", [b"", b"x"], ["delimiter", "payload"]),
        (("DEALER", "ROUTER"), "out", [b"a", b"b", b"", b"x"], ["routing id", "routing id", "delimiter", "payload"]),
        (("STREAM", "STREAM"), "in", [b"id", b"data"], ["routing id", "payload"]),
        (("PUSH", "PULL"), "in", [b"", b"x"], ["payload", "payload"]),
        (("DEALER", "ROUTER"), "in", [], []),
    ],
)
def test_every_frame_is_named(types: tuple, direction: str, frames: list[bytes], roles: list[str]) -> None:
    found = envelope(message(*frames, from_type=types[0], to_type=types[1], direction=direction))
    assert list(found.roles) == roles
    assert found.count == sum(role in ("routing id", "request id", "delimiter") for role in roles)


def test_the_clock_follows_the_wall_where_it_was_anchored() -> None:
    clock = Clock()
    assert abs(clock.wall_ns(time.monotonic_ns()) - time.time_ns()) < 1_000_000_000
    assert clock.wall_ns(10) - clock.wall_ns(3) == 7
