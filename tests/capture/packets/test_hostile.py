"""F5: damaged and odd captures. Whatever they hold, what is whole is read, the rest is told, and nothing is raised.

`F5_ROUNDS` says how many damaged copies are made of each capture (500 for the whole test, fewer here).
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.conversations import handshaken, message
from tests.helpers.packets import MASK, block, gzipped, interface, moved, option, pcap, pcapng, section
from tests.helpers.places import shared
from zinspector.capture.packets import proof
from zinspector.capture.packets.importing import read_packets
from zinspector.capture.store import Store
from zinspector.errors import FileError

ROUNDS = int(os.environ.get("F5_ROUNDS", "3"))
FILES = [
    *(f"apps/{name}.pcap" for name in ("jupyter", "pyomq", "sec_grasslands", "sec_ironhouse", "sec_woodhouse")),
    *(f"tcpdump/{name}" for name in ("epgm_zmtp1.pcap", "pgm_zmtp1.pcap", "zmtp1.pcap", "zmtp1-inf-loop-1.pcapng")),
    *(f"zguide/{name}.pcap" for name in ("espresso", "hw", "lp", "psenv", "rr", "rtreq", "task", "task2", "wu")),
]
TALK = handshaken().sends(message(b"\1")).answers(message(b"topic", b"x" * 300)).answers(message(b"t", b"y")).close()


def checked(path: Path) -> Store:
    """The rows of a capture that may hold anything: whole columns, in order."""
    store = read_packets(path)
    last = -(1 << 63)
    for batch in store.batches():
        batch.validate(full=True)
        for time in batch.column("time_ns").to_pylist():
            assert time >= last
            last = time
    return store


@pytest.mark.parametrize("name", FILES)
def test_flipped_bytes_in_packets(name: str, tmp_path: Path) -> None:
    if shutil.which("editcap") is None:
        pytest.skip("editcap is not installed")
    damaged = tmp_path / "damaged.pcapng"
    for seed in range(ROUNDS):
        command = ["editcap", "-E", "0.02", "--seed", str(seed + 1), str(shared(f"captures/{name}")), str(damaged)]
        subprocess.run(command, check=True, capture_output=True)
        checked(damaged)


@pytest.mark.parametrize("name", FILES)
def test_flipped_bytes_anywhere(name: str, tmp_path: Path) -> None:
    data = shared(f"captures/{name}").read_bytes()
    damaged = tmp_path / "damaged"
    for seed in range(ROUNDS):
        chance = random.Random(seed)
        broken = bytearray(data)
        for _ in range(max(1, len(data) // 50)):
            broken[chance.randrange(4, len(data))] = chance.randrange(256)
        damaged.write_bytes(bytes(broken))
        checked(damaged)


@settings(max_examples=30)
@given(st.integers(0, 1 << 32), st.sampled_from(FILES))
def test_real_captures_with_anything_cut_put_in_doubled_or_flipped(seed: int, name: str) -> None:
    import tempfile

    chance = random.Random(seed)
    broken = bytearray(shared(f"captures/{name}").read_bytes()[:20_000])
    for _ in range(chance.choice((1, 2, 5, 20))):
        place = chance.randrange(4, max(len(broken), 5))
        other = chance.randrange(4, max(len(broken), 5))
        match chance.randrange(5):
            case 0:
                broken[place : place + 1] = bytes([chance.randrange(256)])
            case 1:
                del broken[place : place + chance.choice((1, 2, 16, 60, 1000))]
            case 2:
                broken[place:place] = chance.randbytes(chance.choice((1, 4, 16, 100)))
            case 3:
                broken[place:place] = broken[other : other + chance.choice((16, 70, 400))]
            case _:
                broken[place : place + 4] = chance.choice((b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff", b"\0\0\0\x80"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "damaged")
        path.write_bytes(bytes(broken))
        with contextlib.suppress(FileError):  # of what is gone, the header may be a part
            checked(path)


@given(st.integers(0, 1 << 32), st.booleans(), st.integers(1, 60), st.booleans())
def test_a_capture_made_by_the_test_with_anything_changed(seed: int, ng: bool, changes: int, packed: bool) -> None:
    import tempfile

    chance = random.Random(seed)
    broken = bytearray(pcapng(TALK.packets) if ng else pcap(TALK.packets))
    for _ in range(changes):
        place = chance.randrange(4, len(broken))
        match chance.randrange(3):
            case 0:
                broken[place] = chance.choice((0, 0xFF, chance.randrange(256)))
            case 1:
                del broken[place : place + chance.randrange(20)]
            case _:
                broken[place:place] = chance.randbytes(chance.randrange(20))
        if len(broken) < 50:
            break
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "damaged")
        path.write_bytes(gzipped(bytes(broken)) if packed else bytes(broken))
        checked(path)


@pytest.mark.parametrize("linktype", [0, 1, 9, 50, 101, 108, 113, 228, 276])
@pytest.mark.parametrize("make", [pcap, pcapng])
def test_every_header_field_at_its_extremes(make: object, linktype: int, tmp_path: Path) -> None:
    data = pcap(TALK.packets[:8], linktype) if make is pcap else pcapng(TALK.packets[:8], linktype)
    path = tmp_path / "odd"
    for place in range(4, 260):
        for value in (0, 0xFF):
            broken = bytearray(data)
            broken[place] = value
            path.write_bytes(bytes(broken))
            try:
                checked(path)
            except FileError:
                assert place < 24


def test_a_capture_cut_at_any_byte_tells_more_and_more(tmp_path: Path) -> None:
    data = pcap(TALK.packets)
    path = tmp_path / "cut.pcap"
    told = []
    for end in range(24, len(data) + 1, 7):
        path.write_bytes(data[:end])
        store = checked(path)
        told.append(sum(row.kind == "message" and not row.anomalies for row in store.rows(1, store.captured)))
    path.write_bytes(data)
    assert told == sorted(told)
    assert told[-1] == 2


def test_enormous_numbers_take_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "huge"
    times = struct.pack("<IIII", MASK, MASK, 60, MASK)
    path.write_bytes(pcap([])[:16] + struct.pack("<II", MASK, 1) + times + bytes(60))
    checked(path)
    many = section() + interface(1) * 70_000 + struct.pack("<III", 6, 1 << 25, MASK)
    path.write_bytes(many)
    checked(path)
    options = option(9, b"\xff") + option(14, b"\xff" * 8) + bytes(4)
    path.write_bytes(section() + block(1, struct.pack("<HHI", 1, 0, 0) + options))
    checked(path)


def test_a_stream_that_jumps_and_acknowledges_nonsense(tmp_path: Path) -> None:
    talk = handshaken().answers(message(b"a", b"b"))
    last = talk.packets[-1]
    jumps = [
        moved([last], sequence=last.sequence + jump, acknowledged=jump * 7 & MASK, time_ns=last.time_ns + number)[0]
        for number, jump in enumerate((1 << 31, 1 << 30, 77, (1 << 32) - 10, 1 << 24, 5))
    ]
    path = tmp_path / "jumps.pcap"
    path.write_bytes(pcap([*talk.packets, *jumps]))
    store = checked(path)
    assert sum(row.kind == "message" and row.frames == (b"a", b"b") for row in store.rows(1, store.captured)) >= 1


def test_a_compressed_file_that_unpacks_to_far_more_is_read_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "bomb.pcap.gz"
    path.write_bytes(gzipped(pcap(TALK.packets) + bytes(200 << 20)))
    assert path.stat().st_size < 1 << 20
    store = checked(path)
    assert sum(row.kind == "message" for row in store.rows(1, store.captured)) == 2


def test_bytes_after_a_gap_that_all_look_like_frames_cost_little(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked, frame = 0, proof._frame

    def counting(data: bytes, position: int) -> tuple[int, int, int] | None:
        nonlocal looked
        looked += 1
        return frame(data, position)

    monkeypatch.setattr(proof, "_frame", counting)
    talk = handshaken("PUSH", "PULL")
    before = len(talk.packets)
    for _ in range(400):
        talk.sends(b"\1" * 100)
    path = tmp_path / "ones.pcap"
    path.write_bytes(pcap([*talk.packets[:before], *talk.packets[before + 1 :]]))
    checked(path)
    assert looked < 3_000_000  # ten times as many before there were limits, and ever more of them
