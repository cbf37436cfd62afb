"""A proxy node: two sockets that pass on to each other whatever comes, frames as they are, both ways.

It is our own pump instead of `zmq_proxy`, so that every message is recorded with the proxy as its node and the loop
needs no thread. While one side can't send, the other side is not read: queues fill up where the user expects it.
"""

from __future__ import annotations

from zinspector.doctor.finding import Finding
from zinspector.errors import SocketError
from zinspector.runtime.behaviours import Quiet, Scene
from zinspector.runtime.reading import Run
from zinspector.runtime.sockets import LiveSocket
from zinspector.topology.socket_types import SOCKET_TYPES


class Passing(Quiet):
    """The actor of one side: what comes here leaves on the other side."""

    answers = True

    def __init__(self, here: LiveSocket, there: LiveSocket, scene: Scene) -> None:
        self._here = here
        self._there = there
        self._scene = scene
        self._open = SOCKET_TYPES[there.type].can_send

    def received(self, run: Run) -> None:
        """Pass each message on."""
        if not self._open:
            return
        for frames in run.messages():
            try:
                self._there.post(frames)
            except SocketError as error:  # a client that left without waiting for its reply; counted already
                key = f"{self._there.key} delivery"
                node = self._here.trace.node
                self._scene.report(key, Finding("Z203", "info", error.text, node=node, remedy=error.remedy))
        self._there.flush()
        self._scene.pump.later(self._there)
        if self._there.outbox:
            self._here.paused = True
            self._there.when_sent(self._here.resume)


def start_proxy(frontend: LiveSocket, backend: LiveSocket, scene: Scene) -> None:
    """Join two sockets."""
    frontend.actor = Passing(frontend, backend, scene)
    backend.actor = Passing(backend, frontend, scene)
    scene.pump.later(frontend)
    scene.pump.later(backend)
