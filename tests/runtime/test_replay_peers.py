"""The peers of a replay: those with an identity stand for themselves, all others for one each."""

from __future__ import annotations

import pytest

from zinspector.runtime.replay_peers import ReplayPeers, called

MADE_UP = b"\0\1\2\3\4"


def test_who_has_the_recorded_identity_stands_for_itself() -> None:
    peers = ReplayPeers()
    peers.heard("ROUTER", [b"other", b"hello"])
    peers.heard("ROUTER", [b"client", b"", b"hello"])
    assert peers.route(b"client") == [b"client", b""]


def test_a_peer_stands_for_one_recorded_peer_only() -> None:
    peers = ReplayPeers()
    assert peers.route(MADE_UP) is None
    peers.heard("ROUTER", [b"a", b"hello"])
    assert [peers.route(recorded) for recorded in (MADE_UP, "one more", MADE_UP)] == [[b"a"], None, [b"a"]]
    peers.heard("ROUTER", [b"b", b"hello"])
    assert peers.route("one more") == [b"b"]


def test_the_envelope_is_that_of_the_latest_message() -> None:
    peers = ReplayPeers()
    peers.heard("ROUTER", [b"a", b"hello"])
    peers.heard("ROUTER", [b"a", b"far", b"", b"hello"])
    assert peers.route(b"a") == [b"a", b"far", b""]
    peers.heard("STREAM", [b"s", b""])
    assert peers.route(b"s") == [b"s"]


def test_only_who_chose_an_identity_can_be_reached_unheard() -> None:
    peers = ReplayPeers()
    assert [peers.is_unheard(peer) for peer in (b"client", MADE_UP, b"", 7)] == [True, False, False, False]
    peers.reached(b"client")
    assert not peers.is_unheard(b"client")
    assert peers.route(b"client") == [b"client"]


@pytest.mark.parametrize(
    ("peer", "name"), [(b"client", "client"), (b"\xff\1", "ff01"), (MADE_UP, "one more peer"), (7, "one more peer")]
)
def test_what_a_peer_is_called(peer: object, name: str) -> None:
    assert called(peer) == name
