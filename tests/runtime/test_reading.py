"""Reading many messages at a time: with libzmq asked directly, and without, the same comes out."""

from __future__ import annotations

from time import monotonic_ns

import pytest
import zmq
from hypothesis import given
from hypothesis import strategies as st

from zinspector.runtime import reading
from zinspector.runtime.reading import Reader, Run

FOR_EVER = 1 << 62
MESSAGES = st.lists(st.lists(st.binary(max_size=300), min_size=1, max_size=4), max_size=60)


def read_all(sent: list[list[bytes]], limit: int, *, with_fds: bool, directly: bool = True) -> list[Run]:
    with (
        pytest.MonkeyPatch.context() as patch,
        zmq.Context() as context,
        context.socket(zmq.PUSH) as push,
        context.socket(zmq.PULL) as pull,
    ):
        if not directly:
            patch.setattr(reading, "_library", lambda: None)
        pull.bind("inproc://reading")
        push.connect("inproc://reading")
        for frames in sent:
            push.send_multipart(frames)
        reader, runs = Reader(pull), []
        while not runs or not runs[-1].empty:
            runs.append(reader.read(FOR_EVER, limit, with_fds))
        return runs


@given(sent=MESSAGES, limit=st.integers(1, 70))
def test_all_ways_read_the_same(sent: list[list[bytes]], limit: int) -> None:
    begin = monotonic_ns()
    for directly, with_fds in ((True, False), (False, False), (True, True)):
        runs = read_all(sent, limit, with_fds=with_fds, directly=directly)
        assert [frames for run in runs for frames in run.messages()] == sent
        assert all(len(run.times) == len(run.messages()) <= limit for run in runs)
        times = [time for run in runs for time in run.times]
        assert times == sorted(times)
        assert all(begin <= time <= monotonic_ns() for time in times)
        assert all(len(run.fds) == (0 if directly and not with_fds else len(run.times)) for run in runs)


def test_libzmq_can_be_asked_here() -> None:
    assert reading._library() is not None


def test_a_deadline_ends_it() -> None:
    with zmq.Context() as context, context.socket(zmq.PUSH) as push, context.socket(zmq.PULL) as pull:
        pull.bind("inproc://reading")
        push.connect("inproc://reading")
        for _ in range(100):
            push.send(b"")
        run = Reader(pull).read(monotonic_ns(), 1000)
        assert 0 < len(run.times) < 100
        assert not run.empty


def test_a_deadline_ends_it_also_while_messages_trickle_in() -> None:
    with zmq.Context() as context, context.socket(zmq.PUSH) as push, context.socket(zmq.PULL) as pull:
        pull.bind("inproc://reading")
        push.connect("inproc://reading")
        for _ in range(3):
            push.send(b"")
        run = Reader(pull).read(monotonic_ns(), 1000)
        assert len(run.times) == 3
        assert not run.empty  # whether more came is for the next turn
