"""What the sockets of a network do: gives them the actors of drawn behaviours and proxies, and takes these away."""

from __future__ import annotations

from collections.abc import Callable

from zinspector.doctor.finding import Finding
from zinspector.errors import TemplateError
from zinspector.runtime.behaviours import Echo, Forward, Quiet, Reply, Scene
from zinspector.runtime.generator import Generator
from zinspector.runtime.network import Network
from zinspector.runtime.proxy import start_proxy
from zinspector.runtime.scripts import Consents, Script
from zinspector.runtime.sockets import Actor, LiveSocket
from zinspector.topology.document import Behaviour
from zinspector.topology.socket_types import SOCKET_TYPES
from zinspector.topology.templates import compile_frames

SENDING = ("generate", "echo", "reply")


class Roles:
    """The actors of a network's sockets. Sockets that could not be opened get none."""

    def __init__(self, network: Network, consents: Consents) -> None:
        """`consents`: which scripts may run."""
        self._network = network
        self._consents = consents

    def start(self, key: str, behaviour: Behaviour, scene: Scene) -> None:
        """Let a socket behave so; a template that can't be rendered becomes a finding."""
        live = self._network.sockets.get(key)
        if live is None:
            return
        try:
            live.actor = self._actor(behaviour, live, scene)
        except TemplateError as error:
            live.actor = Quiet()
            finding = Finding("Z000", "error", error.sentence, node=key, remedy=error.remedy)
            scene.report(f"{key} behaviour", finding)
        if live.turn.unanswered is not None and live.actor.answers:
            live.actor.received(live.turn.unanswered)  # it came while nobody answered
        scene.pump.later(live)

    def start_proxy(self, node: str, scene: Scene) -> None:
        """Join the two sockets of a proxy."""
        front = self._network.sockets.get(f"{node}/frontend")
        back = self._network.sockets.get(f"{node}/backend")
        if front is not None and back is not None:
            start_proxy(front, back, scene)

    def stop(self, key: str) -> None:
        """Let a socket do nothing any more."""
        live = self._network.sockets.get(key)
        for what in ("behaviour", "delivery"):
            self._network.clear(f"{key} {what}")
        if live is not None and live.actor is not None:
            live.actor.stop()
            live.actor = None
            live.resume()

    def stop_proxy(self, node: str) -> None:
        """Let the sockets of a proxy pass on nothing any more."""
        self.stop(f"{node}/frontend")
        self.stop(f"{node}/backend")

    def _actor(self, behaviour: Behaviour, live: LiveSocket, scene: Scene) -> Actor:
        """It begins at once. Raises TemplateError."""
        if behaviour.kind in SENDING and not SOCKET_TYPES[live.type].can_send:
            text = f"a {live.type} only receives; it can't {behaviour.kind}"
            finding = Finding("Z000", "warning", text, node=live.trace.node, remedy="use sink")
            scene.report(f"{live.key} behaviour", finding)
            return Quiet()
        roles: dict[str, Callable[[], Actor]] = {
            "generate": lambda: Generator(live, scene, behaviour, compile_frames(behaviour.frames, scene.base)),
            "reply": lambda: Reply(live, scene, compile_frames(behaviour.frames, scene.base)),
            "echo": lambda: Echo(live, scene),
            "forward": lambda: Forward(live, scene, behaviour.to or ""),
            "script": lambda: Script(live, scene, behaviour, self._consents),
        }
        return roles.get(behaviour.kind, Quiet)()
