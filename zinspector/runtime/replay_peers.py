"""The peers of a replaying ROUTER or STREAM: which live one stands for which recorded one.

They are known by what they send, and how they wrap it. A recorded peer that chose its identity stands for itself, where
it is there; all others are mapped to live ones in the order of their appearance.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TypeGuard

from zinspector.capture.sending import head
from zinspector.topology.document import SocketType


class ReplayPeers:
    """The live peers of one socket, by the identity that they have or libzmq made up, and their envelopes."""

    def __init__(self) -> None:
        self._heads: dict[bytes, list[bytes]] = {}
        self._taken: dict[Hashable, bytes] = {}

    def heard(self, socket_type: SocketType, frames: list[bytes]) -> None:
        """A peer sent a message."""
        self._heads[frames[0]] = frames[:1] if socket_type == "STREAM" else frames[: 1 + head(frames[1:])]

    def reached(self, identity: bytes) -> None:
        """A peer took a message before it sent any."""
        self._heads[identity] = [identity]

    def route(self, recorded: Hashable) -> list[bytes] | None:
        """The envelope of the live peer in the place of a recorded one; None while there is none."""
        if isinstance(recorded, bytes) and recorded in self._heads:
            return self._heads[recorded]
        if recorded not in self._taken:
            taken = set(self._taken.values())
            free = next((peer for peer in self._heads if peer not in taken), None)
            if free is None:
                return None
            self._taken[recorded] = free
        return self._heads.get(self._taken[recorded])

    def is_unheard(self, recorded: Hashable) -> TypeGuard[bytes]:
        """Whether a recorded peer may be there by its identity without having said anything yet."""
        return has_name(recorded) and recorded not in self._heads and recorded not in self._taken


def has_name(peer: Hashable) -> TypeGuard[bytes]:
    """Whether a recorded peer of a ROUTER chose its identity; libzmq makes up five bytes that begin with zero."""
    return isinstance(peer, bytes) and bool(peer) and not (len(peer) == 5 and peer[0] == 0)


def called(peer: Hashable) -> str:
    """What a recorded peer is called: by its identity, where it chose one that can be read."""
    if has_name(peer):
        text = peer.decode("utf-8", "replace")
        return text if text.isprintable() and "\ufffd" not in text else peer.hex()
    return "one more peer"
