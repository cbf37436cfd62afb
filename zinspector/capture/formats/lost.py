"""What of a capture a pcapng can't keep, in numbers and in sentences."""

from __future__ import annotations


class Lost:
    """Counts what a pcapng can't keep."""

    def __init__(self) -> None:
        self.events = self.handshakes = self.made_up = self.types = 0
        self.first_n = 0
        self.cut = self.anomalies = self.empty = self.sockets = self.addresses = 0

    def sentences(self, *, drawing: bool) -> tuple[str, ...]:
        """One sentence for each kind of loss."""
        told = (
            (self.cut, "Frames that the capture had cut are as long as what was kept of them: {:,}."),
            (self.events, "Events that are only comments of packets: {:,}."),
            (self.anomalies, "Anomalies that are only comments of packets: {:,}."),
            (self.handshakes, "Rows of old or incomplete handshakes that are left out: {:,}."),
            (self.made_up, "Connections with a made-up handshake of ZMTP 3.1: {:,}."),
            (self.types, "Socket types that were not seen and are written as PAIR: {:,}."),
            (self.addresses, "Connections whose addresses are not among these rows have made-up ones: {:,}."),
            (self.sockets, "Sockets of the drawing whose messages are written as connections: {:,}."),
            (self.empty, "Messages without a frame, which ZMTP can't have, are left out: {:,}."),
            (int(self.first_n > 1), "The numbers of messages are not kept in pcapng: they begin at 1 again."),
            (int(drawing), "The drawing is not kept in pcapng."),
        )
        return tuple(text.format(count) for count, text in told if count)
