"""From a drawn behaviour to the actor that plays it."""

from __future__ import annotations

from collections.abc import Callable

from zinspector.doctor.finding import Finding
from zinspector.runtime.behaviours import Echo, Forward, Quiet, Reply, Scene
from zinspector.runtime.generator import Generator
from zinspector.runtime.scripts import Consents, Script
from zinspector.runtime.sockets import Actor, LiveSocket
from zinspector.topology.document import Behaviour
from zinspector.topology.socket_types import SOCKET_TYPES
from zinspector.topology.templates import compile_frames

SENDING = ("generate", "echo", "reply")


def take_role(behaviour: Behaviour, live: LiveSocket, scene: Scene, consents: Consents) -> Actor:
    """The actor for a behaviour; it begins at once. Raises TemplateError."""
    if behaviour.kind in SENDING and not SOCKET_TYPES[live.type].can_send:
        text = f"a {live.type} only receives; it can't {behaviour.kind}"
        scene.report(f"{live.key} behaviour", Finding("Z000", "warning", text, node=live.trace.node, remedy="use sink"))
        return Quiet()
    roles: dict[str, Callable[[], Actor]] = {
        "generate": lambda: Generator(live, scene, behaviour, compile_frames(behaviour.frames, scene.base)),
        "reply": lambda: Reply(live, scene, compile_frames(behaviour.frames, scene.base)),
        "echo": lambda: Echo(live, scene),
        "forward": lambda: Forward(live, scene, behaviour.to or ""),
        "script": lambda: Script(live, scene, behaviour, consents),
    }
    return roles.get(behaviour.kind, Quiet)()
