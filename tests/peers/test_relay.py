"""Other implementations through a relay (P15): results as without it, and every message seen, frame by frame."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import zmq

from tests.helpers.foreign import KINDS, Foreign, Frames, foreign, received
from tests.helpers.tap_thread import Tapped, tapped
from tests.helpers.waiting import wait_here_until

SIZES = (0, 1, 200, 255, 256, 257, 8191, 70_000)
MESSAGES: list[Frames] = [
    *((b"news.%d" % i, b"about %d" % i) for i in range(40)),
    *((b"sizes", bytes([size % 251]) * size) for size in SIZES),
    (b"many", *(b"part %d" % i for i in range(30)), b"", b"end"),
    (b"last",),
]

Via = Callable[[str], str]
Answers = list[Frames]


@contextmanager
def ours(kind: int) -> Iterator[zmq.Socket[bytes]]:
    with zmq.Context() as context, context.socket(kind) as socket:
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.RCVTIMEO, 60_000)
        yield socket


def bound(socket: zmq.Socket[bytes]) -> str:
    return f"tcp://127.0.0.1:{socket.bind_to_random_port('tcp://127.0.0.1')}"


def they_publish(peer: Foreign, via: Via) -> Answers:
    with peer.open("PUB", "bind", "tcp://127.0.0.1:*") as pub, ours(zmq.SUB) as sub:
        sub.setsockopt(zmq.SUBSCRIBE, b"")
        sub.connect(via(pub.address))
        while not sub.poll(5):
            pub.send((b"is anybody there?",))
        pub.send(*MESSAGES)
        got = [sub.recv_multipart()]
        while got[-1] != [b"last"]:
            got.append(sub.recv_multipart())
        return [frames for frames in received(got) if frames != (b"is anybody there?",)]


def they_subscribe(peer: Foreign, via: Via) -> Answers:
    with ours(zmq.XPUB) as pub, peer.open("SUB", "connect", via(bound(pub))) as sub:
        assert pub.recv() == b"\1"
        for frames in MESSAGES:
            pub.send_multipart(frames)
        return [sub.receive() for _ in MESSAGES]


def they_push(peer: Foreign, via: Via) -> Answers:
    with peer.open("PUSH", "bind", "tcp://127.0.0.1:*") as push, ours(zmq.PULL) as pull:
        pull.connect(via(push.address))
        push.send(*MESSAGES)
        return received(pull.recv_multipart() for _ in MESSAGES)


def they_pull(peer: Foreign, via: Via) -> Answers:
    with ours(zmq.PUSH) as push, peer.open("PULL", "connect", via(bound(push))) as pull:
        for frames in MESSAGES:
            push.send_multipart(frames)
        return [pull.receive() for _ in MESSAGES]


def they_answer(peer: Foreign, via: Via) -> Answers:
    with peer.open("REP", "bind", "tcp://127.0.0.1:*") as rep, ours(zmq.REQ) as req:
        req.connect(via(rep.address))
        answers: Answers = []
        for frames in MESSAGES:
            req.send_multipart(frames)
            rep.send((b"you said", *rep.receive()))
            answers.append(tuple(req.recv_multipart()))
        return answers


def they_ask(peer: Foreign, via: Via) -> Answers:
    with ours(zmq.REP) as rep, peer.open("REQ", "connect", via(bound(rep))) as req:
        answers: Answers = []
        for frames in MESSAGES:
            req.send(frames)
            rep.send_multipart([b"you said", *rep.recv_multipart()])
            answers.append(req.receive())
        return answers


def they_deal(peer: Foreign, via: Via) -> Answers:
    with ours(zmq.ROUTER) as router, peer.open("DEALER", "connect", via(bound(router))) as dealer:
        answers: Answers = []
        for frames in MESSAGES:
            dealer.send(frames)
            name, *rest = router.recv_multipart()
            router.send_multipart([name, b"", *rest])
            answers.append(dealer.receive())
        return answers


CONVERSATIONS = [they_publish, they_subscribe, they_push, they_pull, they_answer, they_ask, they_deal]
BOTH_WAYS = (they_answer, they_ask, they_deal)
DELIMITED = (they_answer, they_ask)


@pytest.mark.parametrize("kind", KINDS)
def test_results_are_those_of_a_direct_connection_and_all_is_seen(kind: str) -> None:
    with foreign(kind) as peer, tapped() as tap:
        for converse in CONVERSATIONS:
            direct = converse(peer, lambda address: address)
            through = converse(peer, tap.relay)
            assert through == direct, converse.__name__
            assert_seen(tap, converse, direct)
        assert tap.skipped == 0
        assert_told(peer, tap)


def assert_seen(tap: Tapped, converse: Callable[[Foreign, Via], Answers], direct: Answers) -> None:
    """Every message of a conversation is among the rows of the newest relay, frame by frame."""
    both_ways = converse in BOTH_WAYS
    seen = tap.messages(len(MESSAGES) * (2 if both_ways else 1))

    def unseen() -> Counter[Frames]:
        rows = tap.rows(tap.last, "message")
        return Counter(direct) - Counter(row.frames[1:] if converse in DELIMITED else row.frames for row in rows)

    wait_here_until(lambda: not unseen())  # before them came questions whether anybody is there
    assert all(row.anomalies == () and row.true_sizes == tuple(map(len, row.frames)) for row in seen)
    if both_ways:
        assert len(seen) == 2 * len(MESSAGES), converse.__name__
        assert {row.direction for row in seen} == {"connect->bind", "bind->connect"}


def assert_told(peer: Foreign, tap: Tapped) -> None:
    """The handshakes told the socket types of both ends, whatever the version."""
    they_ask(peer, tap.relay)
    seen = tap.messages(2 * len(MESSAGES))
    assert {(row.from_type, row.to_type) for row in seen} == {("REQ", "REP"), ("REP", "REQ")}
    steps = {row.name for row in tap.rows(tap.last, "handshake")}
    assert steps == {"GREETING", "IDENTITY" if peer.version == (2, 0) else "READY"}
