"""Finding what listens here: our own sockets among all others, and only those asked."""

from __future__ import annotations

import asyncio
import os
import shlex

import pytest
import zmq

from tests.helpers.tap_thread import tapped
from tests.helpers.waiting import PATIENCE_S
from zinspector.runtime import proc
from zinspector.runtime.channel import NAMED
from zinspector.runtime.discover import Listening, asked, listeners

pytestmark = pytest.mark.skipif(not proc.known(), reason="this system has no /proc")


def test_own_sockets_are_found_and_marked() -> None:
    name = f"discovered-{os.getpid()}"
    with zmq.Context() as context, context.socket(zmq.PUB) as pub, context.socket(zmq.REP) as rep:
        rep.setsockopt(zmq.IPV6, 1)
        port = pub.bind_to_random_port("tcp://127.0.0.1")
        pub.bind(f"ipc://@{name}")
        six = rep.bind_to_random_port("tcp://[::1]")
        everywhere = rep.bind_to_random_port("tcp://*")
        mapped = rep.bind_to_random_port("tcp://127.0.0.1")  # which is ::ffff:127.0.0.1 for this socket
        found = {one.endpoint: one for one in listeners()}
        for endpoint in (f"tcp://127.0.0.1:{port}", f"ipc://@{name}", f"tcp://[::1]:{six}"):
            one = found[endpoint]
            assert (one.own, one.bound) == (True, endpoint)
            assert one.process is not None
            assert one.process.pid == os.getpid()
            assert one.matches(str(os.getpid()))
        bound = {one.bound for one in found.values()}
        assert f"tcp://[::]:{everywhere}" in bound
        assert f"tcp://127.0.0.1:{mapped}" in bound


def test_taps_are_offered_where_nobody_listens() -> None:
    found = listeners()
    offered, taken = [one.tap for one in found], {one.endpoint for one in found}
    assert len(set(offered)) == len(offered)
    assert taken.isdisjoint(offered)


def test_the_command_survives_the_shell() -> None:
    one = Listening("ipc:///tmp/a b.ipc", "ipc:///tmp/a b.ipc", tap="ipc:///tmp/a b.ipc-tap")
    assert one.tap_command is not None
    assert shlex.split(one.tap_command) == ["zinspector", "tap", "ipc:///tmp/a b.ipc-tap=ipc:///tmp/a b.ipc"]


def test_only_others_are_asked() -> None:
    """A socket of this process is marked, and left alone; the same address from elsewhere is asked."""
    with zmq.Context() as context, context.socket(zmq.XPUB) as xpub:
        port = xpub.bind_to_random_port("tcp://127.0.0.1")
        (own,) = [one for one in listeners() if one.endpoint == f"tcp://127.0.0.1:{port}"]
        other = Listening(own.endpoint, own.bound)
        answers = asyncio.run(asked([own, other], PATIENCE_S))
        assert own.own
        assert answers[1].answer is not None
        assert answers[1].answer.found.socket_type == "XPUB"
        alone = asyncio.run(asked([own], PATIENCE_S))
        assert alone[0].answer is None


def test_relays_of_ours_are_marked_too() -> None:
    with zmq.Context() as context, context.socket(zmq.REP) as rep, tapped() as tap:
        relay = tap.relay(f"tcp://127.0.0.1:{rep.bind_to_random_port('tcp://127.0.0.1')}")
        (one,) = [one for one in listeners() if one.endpoint == relay]
        assert one.own
        assert one.process is not None
        assert one.process.parent == os.getpid()
        assert not any(NAMED in each.endpoint for each in listeners())
