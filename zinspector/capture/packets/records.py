"""The bytes of a capture to chunks of packets: told apart by their first bytes, unpacked when they are gzip.

Works on a stream: feed what is there, take the packets that are whole, feed more. What is left over at the end, and
what can't be read in between, is told as damage; nothing here raises for what a capture contains, only for what is no
capture at all.
"""

from __future__ import annotations

from collections.abc import Iterator

from zinspector.capture.packets import pcap, pcapng
from zinspector.capture.packets.columns import Damage, Packets
from zinspector.capture.packets.gunzip import MAGIC as GZIP
from zinspector.capture.packets.gunzip import Gunzip
from zinspector.capture.packets.unpacking import is_packed
from zinspector.errors import FileError

HEAD = 4
NO_CAPTURE = "not a capture"
WHOLE = "copy the file again from where it was made"
READABLE = "zinspector reads .arrow, .parquet, .mcap, .jsonl, pcap and pcapng files"


def is_packet_capture(head: bytes) -> bool:
    """Whether a file that begins so is for this reader; what is in a packed one remains to be seen."""
    return head[:2] == GZIP or is_packed(head) or pcap.begins(head) or pcapng.begins(head)


class PacketReader:
    """Feeds on the bytes of one pcap or pcapng, maybe gzipped, in pieces of any size."""

    def __init__(self) -> None:
        self.packets = 0
        self._format: pcap.Pcap | pcapng.Pcapng | None = None
        self._gunzip: Gunzip | None = None
        self._rest = b""
        self._done = 0
        self._damage: list[Damage] = []

    @property
    def damage(self) -> list[Damage]:
        """What could not be read so far."""
        return (self._format.damage if self._format is not None else []) + self._damage

    @property
    def dropped(self) -> int:
        """Packets that the capture itself says were lost while it was made."""
        return self._format.dropped if isinstance(self._format, pcapng.Pcapng) else 0

    def feed(self, piece: bytes) -> Iterator[Packets]:
        """Take in the next bytes; yields chunks of the packets that are whole now. Raises FileError for no capture."""
        if self._format is None and self._gunzip is None:
            piece = self._rest + piece
            self._rest = piece if len(piece) < HEAD else b""
            if self._rest:
                return
            if piece[:2] == GZIP:
                self._gunzip = Gunzip()
        for unpacked in self._gunzip.feed(piece) if self._gunzip is not None else (piece,):
            packets = self._walk(unpacked)
            if packets is not None and len(packets):
                yield packets

    def finish(self, text: str = "") -> None:
        """Say that no more comes, and why, if too early. Raises FileError when it was no capture at all."""
        if self._gunzip is not None:
            text = self._gunzip.damage or ("" if self._gunzip.complete else "the compressed data ends too early")
        if text:
            self._damage.append(Damage(self._done + len(self._rest), text))
        if self._format is None:
            if text:
                raise FileError(f"{text}, before any capture begins", remedy=WHOLE)
            raise FileError(NO_CAPTURE, remedy=READABLE)
        if not self._format.opened:
            raise FileError(self._headless(), remedy=WHOLE)
        if self._rest:
            text = f"the capture ends within a packet: its last {len(self._rest):,} bytes are left out"
            self._damage.append(Damage(self._done, text))
            self._rest = b""

    def _headless(self) -> str:
        """What is wrong with a capture of which not even the header could be read."""
        damage = self.damage
        if damage:
            return f"damaged at byte {damage[0].offset:,}: its header can't be read"
        return f"ends within its header, at byte {self._done + len(self._rest):,}"

    def _walk(self, piece: bytes) -> Packets | None:
        data = self._rest + piece if self._rest else piece
        if self._format is None:
            if len(data) < HEAD:
                self._rest = data
                return None
            self._format = _format(data)
        packets, done = self._format.walk(data, self._done)
        self._rest = data[done:]
        self._done += done
        self.packets += len(packets)
        return packets


def _format(head: bytes) -> pcap.Pcap | pcapng.Pcapng:
    if pcap.begins(head):
        return pcap.Pcap()
    if pcapng.begins(head):
        return pcapng.Pcapng()
    raise FileError(NO_CAPTURE, remedy=READABLE)
