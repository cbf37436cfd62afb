"""Packets as rows: from a file, or in pieces as they are captured."""

from __future__ import annotations

from pathlib import Path

from tests.helpers.packets import Packet, pcap
from zinspector.capture.message import Message
from zinspector.capture.packets.dissect import Dissector
from zinspector.capture.packets.importing import read_packets
from zinspector.capture.packets.records import PacketReader
from zinspector.capture.store import Store


def rows(data: bytes, folder: Path, name: str = "made.pcap") -> list[Message]:
    path = folder / name
    path.write_bytes(data)
    store = read_packets(path)
    found = store.rows(1, store.captured)
    assert [row.time_ns for row in found] == sorted(row.time_ns for row in found)
    assert {row.node for row in found} <= {"made"}
    return found


def said(found: list[Message], connection: int | None = 1) -> list[tuple[str, str]]:
    """The rows of a connection in short: direction, and frames or name."""
    return [
        (row.direction, "|".join(frame.decode("latin-1") for frame in row.frames) if row.name is None else row.name)
        for row in found
        if row.connection == connection
    ]


def dissected(packets: list[Packet], at_once: int = 1 << 20, ports: tuple[int, ...] = ()) -> Store:
    """The rows of packets that come in pieces."""
    data = pcap(packets, nanoseconds=True)
    reader, dissector, store = PacketReader(), Dissector("made", ports=ports), Store()
    for start in range(0, len(data), at_once):
        for chunk in reader.feed(data[start : start + at_once]):
            dissector.take(chunk)
            batch = dissector.rows()
            if batch is not None:
                store.append(batch)
    dissector.finish()
    batch = dissector.rows()
    if batch is not None:
        store.append(batch)
    return store
