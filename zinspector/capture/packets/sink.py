"""What a `Flow` tells of one TCP connection, to whoever makes sense of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from zinspector.capture.packets.columns import Ints
from zinspector.capture.packets.reassembly import Piece

if TYPE_CHECKING:  # a flow has a sink, and tells it which flow it is
    from zinspector.capture.packets.flow import Flow


class Sink(Protocol):
    """Takes what both ends sent."""

    takes_runs: bool
    """Whether the order between the two directions does not matter any more."""
    deaf: bool
    """Whether the bytes are of no interest: nothing but the end of the connection is told."""

    def piece(self, flow: Flow, side: int, piece: Piece) -> None:
        """The next bytes of one side, or a gap."""

    def run(self, flow: Flow, side: int, data: bytes, ends: Ints, times: Ints) -> None:
        """The next bytes of one side from many packets: where each ends in `data`, and when it was seen (ns)."""

    def ended(self, flow: Flow, side: int, time_ns: int) -> None:
        """One side closed, and all it sent was told."""

    def closed(self, flow: Flow, side: int, time_ns: int, *, reset: bool) -> None:
        """The connection is over; `side` was the first to close it."""
