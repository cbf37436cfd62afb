"""What a plan is made of: sockets as a drawing wants them, and the commands that lead there."""

from __future__ import annotations

from dataclasses import dataclass

from zinspector.topology.document import Behaviour, OptionValue, SocketType

Options = tuple[tuple[str, OptionValue], ...]


@dataclass(frozen=True, order=True)
class Address:
    """Where to bind or connect. `binder` is the key of our socket that binds it, if one does.

    `tag` tells apart several `ipc://*` of one binder: each link gets a path of its own, because connections over one
    ipc path can't be told apart later.
    """

    text: str
    binder: str | None = None
    tag: str = ""


@dataclass(frozen=True)
class SocketPlan:
    """One socket as the drawing wants it."""

    key: str
    node: str
    type: SocketType
    fixed: Options = ()
    live: Options = ()
    binds: tuple[Address, ...] = ()
    connects: tuple[Address, ...] = ()
    subscriptions: frozenset[str] = frozenset()

    def rebuilds(self, other: SocketPlan) -> bool:
        """Whether `other` can't be reached from here without a new socket."""
        return (self.type, self.fixed) != (other.type, other.fixed)


@dataclass(frozen=True)
class Command:
    """One step. `socket` is the key of the socket that it concerns, or the id of the node for behaviours."""

    socket: str


@dataclass(frozen=True)
class RenewContext(Command):
    options: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class OpenSocket(Command):
    plan: SocketPlan


@dataclass(frozen=True)
class CloseSocket(Command):
    pass


@dataclass(frozen=True)
class SetOption(Command):
    name: str
    value: OptionValue


@dataclass(frozen=True)
class Subscribe(Command):
    topic: str


@dataclass(frozen=True)
class Unsubscribe(Command):
    topic: str


@dataclass(frozen=True)
class Bind(Command):
    address: Address


@dataclass(frozen=True)
class Unbind(Command):
    address: Address


@dataclass(frozen=True)
class Connect(Command):
    address: Address


@dataclass(frozen=True)
class Disconnect(Command):
    address: Address


@dataclass(frozen=True)
class StartProxy(Command):
    pass


@dataclass(frozen=True)
class StopProxy(Command):
    pass


@dataclass(frozen=True)
class StartBehaviour(Command):
    behaviour: Behaviour


@dataclass(frozen=True)
class StopBehaviour(Command):
    pass
