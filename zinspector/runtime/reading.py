"""Reading a socket without waiting, many messages at a time, into plain columns."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from time import monotonic_ns

import zmq

Socket = zmq.Socket[bytes]
BUSY = 16
CHANCES = 8


@dataclass
class Run:
    """Messages in a row: `frames` flat, `counts` frames of each message (None: one each), `times` monotonic ns.

    `fds` holds the connection of each message where that was asked for (-1: unknown, as for inproc). `empty` says
    that the socket had nothing more to give.
    """

    times: list[int] = field(default_factory=list)
    frames: list[bytes] = field(default_factory=list)
    counts: list[int] | None = None
    fds: list[int] = field(default_factory=list)
    empty: bool = False

    def messages(self) -> list[list[bytes]]:
        """The messages one by one, for those who have to look at each."""
        if self.counts is None:
            return [[frame] for frame in self.frames]
        messages, start = [], 0
        for count in self.counts:
            messages.append(self.frames[start : start + count])
            start += count
        return messages

    def add(self, time: int, frames: list[bytes]) -> None:
        """Append one message."""
        if len(frames) != 1 and self.counts is None:
            self.counts = [1] * len(self.times)
        if self.counts is not None:
            self.counts.append(len(frames))
        self.times.append(time)
        self.frames += frames


def read(socket: Socket, deadline: int, limit: int, with_fds: bool) -> Run:
    """Read what is there until `deadline` (monotonic ns) or `limit` messages. Raises ZMQError on a bad socket.

    A busy socket that runs empty gets a few more chances at once: going back to the loop for a handful of messages
    costs more than reading them (at 4 KiB a tenth of the throughput).
    """
    run = Run()
    chances = CHANCES
    while chances and not run.empty:
        before = len(run.times)
        try:
            _read_on(socket, run, deadline, limit, with_fds)
            return run
        except zmq.Again:
            got = len(run.times) - before
            chances = CHANCES if got else chances - 1
            run.empty = len(run.times) < BUSY or not chances
            if not run.empty:
                _yield()
        except zmq.ZMQError as error:
            # a REQ that has not asked, a REP that has not replied: nothing to read in this state
            if error.errno != zmq.EFSM:
                raise
            run.empty = True
    return run


def _read_on(socket: Socket, run: Run, deadline: int, limit: int, with_fds: bool) -> None:
    receive, noblock, clock = socket.recv, int(zmq.NOBLOCK), monotonic_ns
    times, frames, counts = run.times, run.frames, run.counts
    while len(times) < limit:
        # a Frame knows whether more follows for less than it costs to ask the socket for RCVMORE
        frame = receive(noblock, False)
        frames.append(frame.bytes)
        if frame.more:
            if counts is None:
                counts = run.counts = [1] * len(times)
            counts.append(1 + _rest(socket, frames))
        elif counts is not None:
            counts.append(1)
        if with_fds:
            run.fds.append(_connection(frame))
        now = clock()
        times.append(now)
        if now > deadline:
            break


def _yield() -> None:
    """Let libzmq's threads run, where there are fewer cores than threads."""
    if hasattr(os, "sched_yield"):
        os.sched_yield()


def _rest(socket: Socket, frames: list[bytes]) -> int:
    """Read the other frames of a message; they are there as soon as the first one is."""
    count = 0
    more = True
    while more:
        frame = socket.recv(copy=False)
        frames.append(frame.bytes)
        more = frame.more
        count += 1
    return count


def _connection(frame: zmq.Frame) -> int:
    try:
        number = frame.get(zmq.SRCFD)
    except zmq.ZMQError:  # inproc has no connection
        return -1
    return int(number)
