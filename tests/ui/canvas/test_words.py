"""The short words on nodes and links."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zinspector.topology.document import Behaviour, FrameTemplate, SocketNode
from zinspector.ui.canvas import words


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (0, "0 /s"), (0.5, "0.5 /s"), (9.94, "9.9 /s"), (9.96, "10 /s"), (950, "950 /s"), (999.6, "1.0 k/s"),
        (84_123, "84.1 k/s"), (99_960, "100 k/s"), (123_456, "123 k/s"), (1_234_000, "1.2 M/s"),
    ],
)  # fmt: skip
def test_rates(rate: float, text: str) -> None:
    assert words.rate(rate) == text


@given(st.floats(min_value=0, max_value=1e11))
def test_a_rate_always_fits_its_place(rate: float) -> None:
    assert len(words.rate(rate)) <= 8


@pytest.mark.parametrize(
    ("endpoint", "text"),
    [
        ("tcp://127.0.0.1:5556", ":5556"), ("tcp://[::1]:5556", ":5556"), ("tcp://127.0.0.1:*", ":auto"),
        ("ipc:///tmp/feed.sock", "ipc feed.sock"), ("ipc://*", "ipc"), ("inproc://server", "inproc server"),
    ],
)  # fmt: skip
def test_short_endpoints(endpoint: str, text: str) -> None:
    assert words.short_endpoint(endpoint) == text


@pytest.mark.parametrize(
    ("behaviour", "text"),
    [
        (Behaviour("generate", rate=1000), "generate · 1.0 k/s"),
        (Behaviour("generate"), "generate · as fast as it goes"),
        (Behaviour("generate", rate=5, count=1000), "generate · 5.0 /s · 1,000 only"),
        (Behaviour("reply", frames=(FrameTemplate("text", "x"),)), "reply · 1 frame"),
        (Behaviour("forward", to="b"), "forward → b"),
        (Behaviour("script", script="scripts/worker.py"), "worker.py"),
        (Behaviour("script"), "script · no file"),
        (Behaviour("sink"), "sink"),
    ],
)
def test_behaviours(behaviour: Behaviour, text: str) -> None:
    assert words.behaviour(behaviour) == text


def test_addresses() -> None:
    node = SocketNode(id="a", type="PUB")
    assert words.address(node, ["tcp://*:5556", "ipc:///tmp/x"], []) == "bind :5556 +1"
    assert words.address(node, [], ["tcp://h:1"]) == "connect"
    assert words.address(node, [], ["inproc://a"]) == "inproc"
    assert words.address(node, [], ["inproc://a", "ipc://b"]) == "connect"
    assert words.address(node, [], []) == ""
