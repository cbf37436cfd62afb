"""pcapng: packets that Wireshark and our own reader take for the connections that they were."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path
from shutil import which

import pytest

from tests.helpers.arbitrary import batches_of, read
from tests.helpers.messages import message
from tests.helpers.places import shared
from zinspector.capture.files import load_store
from zinspector.capture.formats.exporting import Exported, export
from zinspector.capture.formats.tcp import MOST_PAYLOAD
from zinspector.capture.message import Message
from zinspector.capture.store import Store

WHOLE = ["apps/jupyter.pcap", "apps/pyomq.pcap", "apps/sec_ironhouse.pcap", "apps/sec_grasslands.pcap"]
WHOLE += ["zguide/hw.pcap", "zguide/task.pcap", "zguide/psenv.pcap", "zguide/wu.pcap"]
CHECKS = ["-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"]


def row(*frames: bytes, n: int = 0, **fields: object) -> Message:
    """A tapped message from PUSH to PULL."""
    tapped = {"n": n, "time_ns": 10**18 + n, "node": "t1", "connection": 1, "direction": "connect->bind"}
    return message(*frames, **{**tapped, "from_type": "PUSH", "to_type": "PULL", **fields})


def event(name: str, text: str, details: bytes = b"", **fields: object) -> Message:
    frames = (text.encode(), details) if details else (text.encode(),)
    return row(*frames, kind="event", name=name, from_type=None, to_type=None, **fields)


def write(folder: Path, *rows: Message) -> tuple[Path, Exported]:
    path = folder / "t1.pcapng"
    return path, export(batches_of(rows, 0), path)


def tshark(path: Path, *fields: str, only: str = "frame") -> list[list[str]]:
    """The fields of each packet that a display filter lets through."""
    if which("tshark") is None:
        pytest.skip("tshark is not here")
    asked = [part for field in fields for part in ("-e", field)]
    command = ["tshark", "-r", str(path), *CHECKS, "-Y", only, "-T", "fields", *asked]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [line.split("\t") for line in done.stdout.splitlines()]


def sound(path: Path) -> bool:
    """Whether all checksums are right and nothing in the connections is out of order."""
    sums = tshark(path, "tcp.checksum.status", "ip.checksum.status", only="ip")
    odd = tshark(path, "frame.number", only="tcp.analysis.flags")
    return all(each == ["1", "1"] for each in sums) and not odd


@pytest.mark.parametrize("name", WHOLE)
def test_what_was_seen_from_its_beginning_is_the_same_again(tmp_path: Path, name: str) -> None:
    """Handshakes, messages, commands, types, times, anomalies: all that is on the wire."""
    source = shared(f"captures/{name}")
    path = tmp_path / source.with_suffix(".pcapng").name
    store = load_store(source)
    export(store.batches(), path)
    assert on_the_wire(load_store(path)) == on_the_wire(store)
    assert sound(path)


def on_the_wire(store: Store) -> list[tuple[object, ...]]:
    """What was not seen is no part of it, nor what follows from that."""
    return [
        (m.connection, m.time_ns, m.direction, m.kind, m.name, m.from_type, m.to_type, m.frames, _wrong(m))
        for m in store.rows(1, store.retained)
        if m.kind != "event" or m.name in ("OPENED", "CLOSED", "RESET")
    ]


def _wrong(message: Message) -> list[str]:
    return [each for each in message.anomalies if not each.startswith("gap-before-message")]


def test_a_handshake_that_was_not_seen_is_made_up_and_said(tmp_path: Path) -> None:
    path, done = write(tmp_path, row(b"a", b"b"), row(b"c", connection=2, from_type=None, to_type=None))
    assert "Connections with a made-up handshake of ZMTP 3.1: 2." in done.lost
    assert "Socket types that were not seen and are written as PAIR: 2." in done.lost
    found = read(path)
    assert [m.name for m in found if m.connection == 1] == ["OPENED", "GREETING", "GREETING", "READY", "READY", None]
    messages = [(m.from_type, m.to_type, m.frames, m.anomalies) for m in found if m.kind == "message"]
    assert messages == [("PUSH", "PULL", (b"a", b"b"), ()), ("PAIR", "PAIR", (b"c",), ())]
    assert sound(path)


def test_sockets_of_a_drawing_are_connections(tmp_path: Path) -> None:
    fields = {"node": "station", "connection": None, "from_type": "PUB", "to_type": "SUB", "link": "l1"}
    told = row(
        b"\1wea", direction="in", kind="command", name="SUBSCRIBE", **(fields | {"from_type": "SUB", "to_type": "PUB"})
    )
    path, done = write(tmp_path, told, row(b"weather", b"{}", direction="out", **fields))
    assert "Sockets of the drawing whose messages are written as connections: 1." in done.lost
    found = read(path)
    said = [(m.direction, m.name, m.from_type, m.frames) for m in found if m.kind in ("message", "command")]
    assert said == [
        ("connect->bind", "SUBSCRIBE", "SUB", (b"wea",)),
        ("bind->connect", None, "PUB", (b"weather", b"{}")),
    ]


@pytest.mark.parametrize(
    ("connect", "bind", "shown"),
    [
        ("192.168.1.7:4711", "192.168.1.1:5556", ["192.168.1.7", "", "4711", "5556"]),
        ("[fe80::1]:4711", "tcp://[fe80::2]:5556", ["", "fe80::1", "4711", "5556"]),
        ("192.168.1.7:99999", "/tmp/socket", ["10.128.0.1", "", "49152", "5560"]),
        ("192.168.1.7:4711", "[fe80::2]:5556", ["10.128.0.1", "", "49152", "5560"]),
    ],
)
def test_addresses_are_real_where_they_are_known(tmp_path: Path, connect: str, bind: str, shown: list[str]) -> None:
    details = f'{{"connect": {{"address": "{connect}"}}, "bind": {{"address": "{bind}"}}}}'.encode()
    path, _ = write(tmp_path, event("OPENED", "it opened", details), row(b"hello" * 50))
    assert tshark(path, "ip.src", "ipv6.src", "tcp.srcport", "tcp.dstport")[0] == shown
    assert {status for (status,) in tshark(path, "tcp.checksum.status")} == {"1"}
    assert read(path)[-1].frames == (b"hello" * 50,)


def test_two_connections_never_share_their_addresses(tmp_path: Path) -> None:
    details = b'{"connect": {"address": "127.0.0.1:1000"}, "bind": {"address": "127.0.0.1:5556"}}'
    rows = [event("OPENED", "open", details, connection=n) for n in (1, 2)]
    path, _ = write(tmp_path, *rows, row(b"a"), row(b"b", connection=2))
    assert [(m.connection, m.frames) for m in read(path) if m.kind == "message"] == [(1, (b"a",)), (2, (b"b",))]


def test_long_messages_are_many_packets_with_one_time(tmp_path: Path) -> None:
    frame = bytes(range(256)) * 20_000  # 5 MB
    path, _ = write(tmp_path, row(frame, b"", n=5), row(b"after", n=6))
    kept = [(m.time_ns, m.true_sizes, m.frames[-1]) for m in read(path) if m.kind == "message"]
    assert kept == [(10**18 + 5, (len(frame), 0), b""), (10**18 + 6, (5,), b"after")]
    assert sound(path)
    lengths = [int(length) for (length,) in tshark(path, "tcp.len")]
    assert max(lengths) <= MOST_PAYLOAD
    assert sum(lengths) > len(frame)


def test_that_numbers_are_lost_is_said_where_they_did_not_begin_at_1(tmp_path: Path) -> None:
    path, said = tmp_path / "c.pcapng", "The numbers of messages are not kept in pcapng: they begin at 1 again."
    assert said not in export(batches_of([row(b"a")], 0), path).lost
    assert said in export(batches_of([row(b"a")], 0, 509_817), path).lost


def test_what_was_cut_and_what_was_wrong_is_said_beside_the_packet(tmp_path: Path) -> None:
    wrong = "reserved-bits: a bit is set that must not be"
    cut = row(b"head", b"tail", true_sizes=(4, 2**40), size=2**40 + 4, anomalies=(wrong,))
    path, done = write(tmp_path, row(b"fine"), event("STALLED", "waits\x1b[31m"), cut)
    assert "Frames that the capture had cut are as long as what was kept of them: 1." in done.lost
    ((comments,),) = tshark(path, "frame.comment", only="frame.comment")
    assert "frame 1 was 1,099,511,627,776 bytes long; the capture kept the first 4" in comments
    assert wrong in comments
    assert "STALLED: waits\\x1b[31m" in comments or "STALLED: waits\\\\x1b[31m" in comments
    assert read(path)[-1].frames == (b"head", b"tail")


def test_nodes_are_interfaces_and_times_are_nanoseconds(tmp_path: Path) -> None:
    path, _ = write(tmp_path, row(b"a", n=123), row(b"b", node="t2", n=124), row(b"c", n=-(10**19)))
    found = tshark(path, "frame.interface_name", "frame.time_epoch", only="tcp.len > 0")
    assert found[4] == ["t1", "1000000000.000000123"]
    assert found[9] == ["t2", "1000000000.000000124"]
    assert found[10] == ["t1", "0.000000000"]


def test_how_a_connection_ends(tmp_path: Path) -> None:
    ends = [
        event("CLOSED", "closed", b'{"by": "bind"}', connection=1),
        event("RESET", "reset", b'{"by": "connect"}', connection=2),
    ]
    path, _ = write(tmp_path, row(b"a"), row(b"b", connection=2), *ends)
    found = [(m.connection, m.name, m.direction) for m in read(path) if m.name in ("CLOSED", "RESET")]
    assert found == [(1, "CLOSED", "bind->connect"), (2, "RESET", "connect->bind")]
    assert sound(path)


def test_messages_without_frames_and_what_belongs_to_no_connection(tmp_path: Path) -> None:
    path, done = write(tmp_path, row(), event("LISTENING", "tcp://*:5556", connection=None))
    assert "Messages without a frame, which ZMTP can't have, are left out: 1." in done.lost
    assert b"t1: LISTENING: tcp://*:5556" in path.read_bytes()
    assert [m for m in read(path) if m.kind == "message"] == []


def test_blocks_are_whole(tmp_path: Path) -> None:
    path, _ = write(tmp_path, row(b"abc", anomalies=("x" * 9000,)), event("GAP", "ä" * 9000))
    data, at, kinds = path.read_bytes(), 0, []
    while at < len(data):
        kind, size = struct.unpack_from("<II", data, at)
        assert size % 4 == 0
        assert struct.unpack_from("<I", data, at + size - 4) == (size,)
        kinds.append(kind)
        at += size
    assert at == len(data)
    assert kinds[:2] == [0x0A0D0D0A, 1]
