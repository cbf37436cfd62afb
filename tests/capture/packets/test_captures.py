"""Captures of real programs: every message that is in them, by what tcpdump printed or a second reading."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.helpers.independent import messages
from tests.helpers.places import shared
from zinspector.capture.message import Message
from zinspector.capture.packets.importing import read_packets
from zinspector.zmtp.commands import CURVE_MESSAGE, CURVE_OVERHEAD

COUNTS = {
    "apps/jupyter.pcap": (56, 7),
    "apps/pyomq.pcap": (22, 2),
    "apps/sec_grasslands.pcap": (1, 1),
    "apps/sec_ironhouse.pcap": (1, 1),
    "apps/sec_woodhouse.pcap": (0, 2),
    "zguide/espresso.pcap": (14, 2),
    "zguide/hw.pcap": (20, 1),
    "zguide/lp.pcap": (12, 2),
    "zguide/psenv.pcap": (3, 1),
    "zguide/rr.pcap": (40, 2),
    "zguide/rtreq.pcap": (210, 10),
    "zguide/task.pcap": (169, 5),
    "zguide/task2.pcap": (136, 4),
    "zguide/wu.pcap": (26, 1),
}
FRAME = re.compile(r"frame flags\+body +\((8|64)-bit\) length (\d+), flags 0x0([01])")


def read(path: Path) -> list[Message]:
    store = read_packets(path)
    rows = store.rows(1, store.captured)
    assert [row.time_ns for row in rows] == sorted(row.time_ns for row in rows)
    assert not any(row.name in ("STOPPED", "DAMAGED") for row in rows)
    return rows


@pytest.mark.parametrize("name", COUNTS)
def test_every_message_of_a_real_capture(name: str) -> None:
    path = shared(f"captures/{name}")
    rows = read(path)
    found = [row for row in rows if row.kind == "message"]
    assert (len(found), max(row.connection or 0 for row in rows)) == COUNTS[name]
    assert {row.node for row in rows} == {path.stem}
    independent = [tuple(map(_unwrapped, frames)) for frames in messages(path)]
    assert Counter(row.frames for row in found) == Counter(independent)


def _unwrapped(frame: bytes) -> bytes:
    """CURVE's messages are told without their nonce and the parts of the box that are no payload."""
    return frame[CURVE_OVERHEAD:] if frame.startswith(CURVE_MESSAGE) else frame


def test_zmtp_1_0_as_tcpdump_prints_it() -> None:
    printed = shared("captures/tcpdump/zmtp1.out").read_text()
    frames = [(int(length) - 1, flags == "1") for _, length, flags in FRAME.findall(printed)]
    assert len(frames) == 14
    sizes, message = [], []
    for size, more in frames[2:]:  # the first of each side is its identity
        message.append(size)
        if not more:
            sizes.append(tuple(message))
            message = []
    rows = read(shared("captures/tcpdump/zmtp1.pcap"))
    found = [row for row in rows if row.kind == "message"]
    assert [row.true_sizes for row in found] == sizes
    assert found[0].frames[1] == (
        b"This is a short ASCII message followed by a short binary message and a longer ASCII message."
    )
    assert {row.name for row in rows if row.kind == "handshake"} == {"GREETING", "IDENTITY"}


@pytest.mark.parametrize(("name", "what"), [("pgm_zmtp1", "PGM"), ("epgm_zmtp1", "EPGM")])
def test_multicast_is_named_and_counted(name: str, what: str) -> None:
    printed = shared(f"captures/tcpdump/{name}v.out").read_text()
    packets = len(re.findall(r"^ +\d+  20", printed, re.MULTILINE))
    (row,) = read(shared(f"captures/tcpdump/{name}.pcap"))
    assert row.name == "NOT_ZMTP"
    assert row.frames[0].startswith(what.encode())
    assert f": {packets} packets".encode() in row.frames[0]


def test_a_frame_that_once_made_tcpdump_loop() -> None:
    (row,) = read(shared("captures/tcpdump/zmtp1-inf-loop-1.pcapng"))
    assert row.name == "NOT_ZMTP"
    assert b"port 179" in row.frames[0]


def test_what_was_not_captured_is_a_gap_and_what_follows_is_read() -> None:
    rows = read(shared("captures/apps/sec_woodhouse.pcap"))
    gaps = [row for row in rows if row.name == "GAP" and row.connection == 1]
    assert [row.frames[0] for row in gaps] == [b"14 bytes were not seen"]
    late = [row for row in rows if row.connection == 2]
    assert (late[0].from_type, late[0].to_type) == (None, None)
    assert b"when the capture began" in late[0].frames[0]
    rows = read(shared("captures/zguide/task2.pcap"))
    assert Counter(row.name for row in rows)["REFUSED"] == 30


def test_passwords_stay_hidden() -> None:
    rows = read(shared("captures/apps/sec_woodhouse.pcap"))
    assert [row.frames for row in rows if row.name == "HELLO"] == [(b"\5admin\x08********",)]
    assert not any(b"secret" in frame for row in rows for frame in row.frames)
