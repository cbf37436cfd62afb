"""Opening a libzmq socket as it was drawn, and sending on it without waiting, a message whole or not at all.

A refusal in the middle of a message makes libzmq drop its end too: what was refused can be sent again, from its start.
"""

from __future__ import annotations

import zmq
from zmq.backend import Socket as Bare

from zinspector.errors import SocketError
from zinspector.runtime.commands import SocketPlan
from zinspector.runtime.options import apply_options
from zinspector.runtime.reading import Socket

NOBLOCK, NOBLOCK_MORE = int(zmq.NOBLOCK), int(zmq.NOBLOCK | zmq.SNDMORE)  # enumerations cost as much as a message
send_frame = Bare.send
"""What `zmq.Socket.send` calls in the end, without the options that nobody uses here: twice as fast."""


def open_socket(context: zmq.Context[Socket], plan: SocketPlan) -> Socket:
    """A socket with the options of its plan. Raises OptionError, SocketError."""
    try:
        socket = context.socket(getattr(zmq, plan.type))
    except zmq.ZMQError as error:
        raise SocketError(f"no more sockets: {error.strerror}", remedy="raise MAX_SOCKETS") from error
    try:
        socket.setsockopt(zmq.LINGER, 0)
        if plan.type == "ROUTER":
            socket.setsockopt(zmq.ROUTER_MANDATORY, 1)
        apply_options(socket, plan.type, dict((*plan.fixed, *plan.live)))
    except BaseException:
        socket.close(0)
        raise
    return socket


def send_whole(socket: Socket, frames: list[bytes]) -> None:
    """Send a message without waiting. Raises zmq.Again, and then nothing of it was sent; ZMQError for all else."""
    last = len(frames) - 1
    for i, frame in enumerate(frames):
        try:
            send_frame(socket, frame, NOBLOCK if i == last else NOBLOCK_MORE, True, False)
        except zmq.Again:
            if i and i < last:  # libzmq swallows the rest of a message that it gave up
                for rest in range(i + 1, last + 1):
                    send_frame(socket, frames[rest], NOBLOCK if rest == last else NOBLOCK_MORE, True, False)
            raise
