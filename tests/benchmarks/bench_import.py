"""A pcap of a million packets to rows: against a bare loop over the record headers of the same file, in one run.

Three files: one connection with one message a packet; a hundred connections with requests and replies; one connection
with packets that are lost, repeated and out of order. Prints one JSON line: seconds of both, their ratio, rows, and by
how much the process grew.
"""

from __future__ import annotations

import json
import os
import random
import resource
import struct
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.helpers.conversations import handshaken, message
from tests.helpers.packets import ACK, PSH, Packet, Talk, ethernet, pcap
from zinspector.capture.packets.importing import read_packets

PACKETS = int(os.environ.get("BENCH_PACKETS", "1000000"))
ROUNDS = 3


def flood() -> Iterator[Packet]:
    """One message a packet, one way."""
    talk = handshaken("PULL", "PUSH")
    yield from talk.packets
    yield from _after(talk, message(bytes(64)), PACKETS)


def requests() -> Iterator[Packet]:
    """A hundred connections, each asking and answering in turn."""
    talks = [handshaken("REQ", "REP", client=("127.0.0.1", 41000 + number)) for number in range(100)]
    for talk in talks:
        yield from talk.packets
        talk.packets.clear()
    for _ in range(PACKETS // 200):
        for talk in talks:
            talk.sends(message(b"", b"how is the weather?")).answers(message(b"", b"sunny"))
            yield from talk.packets
            talk.packets.clear()


def lossy() -> Iterator[Packet]:
    """One in fifty packets is lost, one repeated, one late; the receiver acknowledges every tenth."""
    chance = random.Random(1)
    late: Packet | None = None
    for number, packet in enumerate(flood()):
        if number % 10 == 9:
            end = packet.sequence + len(packet.payload)
            yield Packet(packet.target, packet.source, packet.acknowledged, end, ACK, b"", packet.time_ns + 500)
        luck = chance.random()
        if luck < 0.02 and packet.payload:
            continue
        if luck < 0.04 and late is None:
            late = packet
            continue
        yield packet
        if late is not None:
            yield late
            late = None
        if luck > 0.98:
            yield packet


def _after(talk: Talk, payload: bytes, count: int) -> Iterator[Packet]:
    heard = talk.client_first + 1 + sum(len(one.payload) for one in talk.packets if one.source == talk.client)
    sequence = talk.server_first + 1 + sum(len(one.payload) for one in talk.packets if one.source == talk.server)
    for number in range(count):
        at = sequence + number * len(payload)
        yield Packet(talk.server, talk.client, at, heard, ACK | PSH, payload, talk.time_ns + number * 10_000)


def write(path: Path, packets: Iterator[Packet]) -> int:
    """Write a capture; returns the number of its packets."""
    count = 0
    with path.open("wb") as file:
        file.write(pcap([]))
        for packet in packets:
            data = ethernet(packet)
            seconds, rest = divmod(packet.time_ns, 1_000_000_000)
            file.write(struct.pack("<IIII", seconds, rest // 1000, len(data), len(data)) + data)
            count += 1
    return count


def bare(path: Path) -> float:
    """Seconds of a loop that only steps over the headers."""
    begin = time.perf_counter()
    data = path.read_bytes()
    size_at = struct.Struct("<I").unpack_from
    position, end = 24, len(data)
    while position < end:
        position += 16 + size_at(data, position + 8)[0]
    return time.perf_counter() - begin


def imported(path: Path) -> tuple[float, int]:
    """Seconds of an import, and its rows."""
    begin = time.perf_counter()
    store = read_packets(path)
    return time.perf_counter() - begin, store.captured


def main() -> None:
    """Measure all files and print one line."""
    result: dict[str, object] = {"bench": "import", "packets": PACKETS}
    with tempfile.TemporaryDirectory() as folder:
        for make in (flood, requests, lossy):
            path = Path(folder, f"{make.__name__}.pcap")
            write(path, make())
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            bests = [min(bare(path) for _ in range(ROUNDS)), *min(imported(path) for _ in range(ROUNDS))]
            grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
            result[make.__name__] = {
                "bare_s": round(bests[0], 3),
                "import_s": round(bests[1], 3),
                "ratio": round(bests[1] / bests[0], 2),
                "rows": bests[2],
                "file_mib": path.stat().st_size >> 20,
                "grown_mib": grown >> 10,
            }
            path.unlink()
    print(json.dumps(result))


if __name__ == "__main__":
    main()
