"""What each kind of tap needs, and the node that it becomes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ui.taps.conftest import TAPPED
from zinspector.errors import UserError
from zinspector.topology.document import Document, ImportNode, ProxyNode, RelayNode, SpyNode
from zinspector.ui.taps import kinds
from zinspector.ui.taps.kinds import KINDS, Made

PLACE = (0.0, 0.0)
EMPTY = Document()


def test_each_kind_says_what_it_sees_and_what_it_does_not() -> None:
    assert list(KINDS) == ["relay", "spy", "proxy", "sniff", "import"]
    for kind in KINDS.values():
        assert kind.sees.startswith("It sees")
        assert kind.misses.startswith("It can't see")
        assert all(text.count(".") == 1 and text.endswith(".") for text in (kind.sees, kind.misses))


@pytest.mark.parametrize(
    ("listen", "target", "problem"),
    [
        ("tcp://127.0.0.1:6000", "tcp://127.0.0.1:5556", ""),
        ("ipc:///tmp/feed", "ipc:///tmp/feed", ""),  # takes the path over
        ("tcp://127.0.0.1:6000", "", "is not an address"),
        ("tcp://127.0.0.1:6000", "tcp://127.0.0.1:*", "a wildcard is no place to connect to"),
        ("tcp://*:5556", "tcp://127.0.0.1:5556", "where the program itself listens"),
        ("tcp://127.0.0.1:6556", "tcp://127.0.0.1:5557", "tap :6556 listens there already.*take another port"),
        ("ipc:///tmp/x-tap", "ipc:///tmp/x", "tap ipc x-tap listens there already.*take another path"),
        ("inproc://x", "tcp://127.0.0.1:5557", "inproc can't be relayed"),
        ("", "tcp://127.0.0.1:99999", "'99999' is not a port"),  # nothing is suggested for it: that is no other fault
    ],
)
def test_relays(listen: str, target: str, problem: str) -> None:
    on_path = RelayNode(id="t2", label="tap ipc x-tap", listen="ipc:///tmp/x-tap", target="ipc:///tmp/x")
    document = Document(nodes=(TAPPED, on_path))
    if not problem:
        kinds.check_relay(listen, target, document)
        return
    with pytest.raises(UserError, match=problem):
        kinds.check_relay(listen, target, document)


@pytest.mark.parametrize(
    ("target", "listen"),
    [
        ("tcp://127.0.0.1:5556", "tcp://127.0.0.1:6557"), ("tcp://10.0.0.1:65000", "tcp://127.0.0.1:64000"),
        ("ipc:///tmp/feed", "ipc:///tmp/feed-tap"), ("tcp://127.0.0.1", ""), ("nothing", ""),
    ],
)  # fmt: skip
def test_where_to_listen_is_suggested(target: str, listen: str) -> None:
    assert kinds.suggested_listen(target, frozenset({6556})) == listen


def test_ports_and_files(tmp_path: Path) -> None:
    assert kinds.check_ports("5556, 5557 5556") == (5556, 5557)
    assert kinds.check_ports(" ") == ()
    with pytest.raises(UserError, match="70000 is no port"):
        kinds.check_ports("5556 70000")
    (tmp_path / "a.pcap").touch()
    assert kinds.check_file("a.pcap", tmp_path) == tmp_path / "a.pcap"
    with pytest.raises(UserError, match="no such file"):
        kinds.check_file("b.pcap", tmp_path)


def node(made: Made) -> object:
    return made.document.node(made.node_id)


def test_the_nodes_that_they_become() -> None:
    relay = kinds.relay(EMPTY, PLACE, "tcp://127.0.0.1:6556", "tcp://127.0.0.1:5556")
    assert node(relay) == RelayNode(
        id="tap", label="tap :6556", listen="tcp://127.0.0.1:6556", target="tcp://127.0.0.1:5556"
    )
    assert (relay.change.address, relay.change.instead_of) == ("tcp://127.0.0.1:6556", "tcp://127.0.0.1:5556")
    assert kinds.relay(EMPTY, PLACE, "ipc:///tmp/a", "ipc:///tmp/a").change.address == ""
    spy = kinds.spy(EMPTY, PLACE, "tcp://127.0.0.1:5556", ())
    assert node(spy) == SpyNode(id="spy", label="spy :5556", connect=("tcp://127.0.0.1:5556",))
    proxy = node(kinds.proxy(EMPTY, PLACE, next(iter(kinds.FORWARDERS)), "tcp://127.0.0.1:1", "tcp://127.0.0.1:2"))
    assert isinstance(proxy, ProxyNode)
    assert (proxy.frontend.type, proxy.backend.bind) == ("XSUB", ("tcp://127.0.0.1:2",))
    sniffed = node(kinds.sniff(EMPTY, PLACE, "lo", (5556,)))
    assert sniffed == ImportNode(id="sniff", label="sniff lo", interface="lo", ports=(5556,))
    assert node(kinds.imported(EMPTY, PLACE, "seen/a.pcapng")) == ImportNode(id="a", file="seen/a.pcapng")
