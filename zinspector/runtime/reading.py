"""Reading a socket without waiting, many messages at a time, into plain columns."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, partial
from time import monotonic_ns

import zmq

Socket = zmq.Socket[bytes]
BUSY = 16
CHANCES = 8
TOGETHER = 8


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


class Reader:
    """Reads one socket.

    - A busy socket that runs empty gets a few more chances at once: going back to the loop for a handful of messages
      costs more than reading them (at 4 KiB a tenth of the throughput).
    - Whether more frames follow is asked of libzmq itself where it can be reached: 0.5 us a frame. The two ways of
      pyzmq, a `Frame` and `get(RCVMORE)`, cost 1 us and more, half of what all of it costs.
    - The clock is read once for `TOGETHER` messages that were there without waiting: they came some 10 us apart.
    """

    def __init__(self, socket: Socket) -> None:
        self._socket = socket
        self._follows = following(socket)

    def read(self, deadline: int, limit: int, with_fds: bool = False) -> Run:
        """Read what is there until `deadline` (monotonic ns) or `limit` messages. Raises ZMQError on a bad socket.

        `with_fds` notes the connection of each message.
        """
        run = Run()
        read_on = self._read_frames if with_fds or self._follows is None else self._read_bytes
        chances = CHANCES
        while chances and not run.empty:
            before = len(run.times)
            try:
                read_on(run, deadline, limit)
                return run
            except zmq.Again:
                got = len(run.times) - before
                if got and run.times[-1] > deadline:  # they trickle in: others have their turn
                    return run
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

    def _read_bytes(self, run: Run, deadline: int, limit: int) -> None:
        receive, noblock, follows = self._socket.recv, int(zmq.NOBLOCK), self._follows
        assert follows is not None, "asked for by `read`"
        ask, more = follows
        times, frames, add, counts = run.times, run.frames, run.frames.append, run.counts
        now = 0
        while now <= deadline and len(times) < limit:
            try:
                for _ in range(min(TOGETHER, limit - len(times))):
                    add(receive(noblock))
                    ask()
                    if more[0]:
                        if counts is None:
                            counts = run.counts = [1] * (len(frames) - 1)
                        first = len(frames)
                        while more[0]:  # they are there as soon as the first one is
                            add(receive())
                            ask()
                        counts.append(1 + len(frames) - first)
                    elif counts is not None:
                        counts.append(1)
            finally:
                now = monotonic_ns()
                times += [now] * (len(frames if counts is None else counts) - len(times))

    def _read_frames(self, run: Run, deadline: int, limit: int) -> None:
        receive, noblock, clock = self._socket.recv, int(zmq.NOBLOCK), monotonic_ns
        times, frames, counts = run.times, run.frames, run.counts
        now = 0
        while now <= deadline and len(times) < limit:
            frame = receive(noblock, False)
            frames.append(frame.bytes)
            if frame.more:
                if counts is None:
                    counts = run.counts = [1] * len(times)
                counts.append(1 + self._rest(frames))
            elif counts is not None:
                counts.append(1)
            run.fds.append(_connection(frame))
            now = clock()
            times.append(now)

    def _rest(self, frames: list[bytes]) -> int:
        """Read the other frames of a message; they are there as soon as the first one is."""
        count = 0
        more = True
        while more:
            frame = self._socket.recv(copy=False)
            frames.append(frame.bytes)
            more = frame.more
            count += 1
        return count


Follows = tuple[Callable[[], object], memoryview]


@cache
def _library() -> ctypes.PyDLL | None:
    """The libzmq that pyzmq uses, which is found behind pyzmq's own module; None where it can't be."""
    try:
        library = ctypes.PyDLL(zmq.backend.cython._zmq.__file__)  # type: ignore[attr-defined]  # no public name
        library.zmq_getsockopt.restype = ctypes.c_int
    except (OSError, AttributeError):
        return None
    return library


def following(socket: Socket) -> Follows | None:
    """A call, and the place where it leaves 1 when more frames of the last message follow (zmq_getsockopt(3))."""
    library = _library()
    if library is None:
        return None
    value, size = ctypes.c_int(0), ctypes.c_size_t(ctypes.sizeof(ctypes.c_int))
    option = ctypes.c_int(int(zmq.RCVMORE))
    handle = ctypes.c_void_p(socket.underlying)
    ask = partial(library.zmq_getsockopt, handle, option, ctypes.byref(value), ctypes.byref(size))
    return ask, memoryview(value).cast("B").cast("i")


def _yield() -> None:
    """Let libzmq's threads run, where there are fewer cores than threads."""
    if hasattr(os, "sched_yield"):
        os.sched_yield()


def _connection(frame: zmq.Frame) -> int:
    try:
        number = frame.get(zmq.SRCFD)
    except zmq.ZMQError:  # inproc has no connection
        return -1
    return int(number)
