"""How a relay is, by what its worker tells of it: totals, of which what is new counts."""

from __future__ import annotations

from typing import Any

from zinspector.runtime.running_relay import RunningRelay
from zinspector.topology.document import RelayNode


def relay() -> RunningRelay:
    node = RelayNode(id="tap", listen="tcp://127.0.0.1:*", target="tcp://127.0.0.1:5555")
    return RunningRelay(node, None, address="tcp://127.0.0.1:4711", open=True)


def told(**fields: Any) -> dict[str, Any]:
    return {"messages": 0, "bytes": 0, "connections": 0, "refusals": 0, "delays": {}, **fields}


def test_only_what_is_new_counts() -> None:
    running = relay()
    assert running.take(told(messages=3, bytes=30)) == (3, 30)
    assert running.take(told(messages=5, bytes=31)) == (2, 1)
    running.told = {}  # the worker was started again
    assert running.take(told(messages=1, bytes=2)) == (1, 2)


def test_delays_are_those_of_open_connections() -> None:
    running = relay()
    running.take(told(delays={"1": 20.0, "2": 30.0}))
    running.take(told(delays={"1": None, "3": 40.0}))
    assert running.delays == {2: 30.0, 3: 40.0}


def test_a_refusal_is_told_until_a_client_gets_through() -> None:
    running = relay()
    running.take(told(refusals=1))
    running.take(told(refusals=1))
    assert (running.state(paused=False).health, running.refused) == ("waiting", True)
    assert running.state(paused=False).text == "tcp://127.0.0.1:5555 refuses clients"
    running.take(told(refusals=2, connections=2))
    state = running.state(paused=False)
    assert (state.health, state.peers, state.addresses, state.text) == ("ok", 2, ("tcp://127.0.0.1:4711",), "")
    running.take(told(refusals=2))
    assert running.state(paused=False).text == "no connection"
    assert running.state(paused=True).text == "capture is paused"


def test_one_that_is_not_open_waits_for_its_process() -> None:
    running = relay()
    running.open = False
    assert (running.state(paused=True).health, running.state(paused=True).text) == ("waiting", "its process starts")
