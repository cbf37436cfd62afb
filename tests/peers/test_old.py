"""ZMTP 1.0 through a relay (P15): what a real 1.0 client once sent, said again to a libzmq of today."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence

import zmq

from tests.helpers.places import shared
from tests.helpers.tap_thread import tapped
from zinspector.capture.files import load_store
from zinspector.capture.message import Message

IDENTITY = b"\x01\x00"


def framed(frames: Sequence[bytes]) -> bytes:
    """A message of 1.0: the length counts the flags; bit 0 says that more follows (RFC 13)."""
    said = b""
    for number, frame in enumerate(frames, 1):
        size, more = len(frame) + 1, int(number < len(frames))
        said += (bytes([size]) if size < 255 else b"\xff" + size.to_bytes(8, "big")) + bytes([more]) + frame
    return said


def captured() -> list[Message]:
    store = load_store(shared("captures/tcpdump/zmtp1.pcap"))
    return [row for row in store.rows(store.first_n, store.retained) if row.kind == "message"]


def replayed(rows: list[Message], via: Callable[[str], str]) -> bytes:
    """Say to a REP what the client of the capture said; returns all that came back."""
    with zmq.Context() as context, context.socket(zmq.REP) as rep:
        rep.setsockopt(zmq.LINGER, 0)
        rep.setsockopt(zmq.RCVTIMEO, 60_000)
        port = rep.bind_to_random_port("tcp://127.0.0.1")
        host, _, port_text = via(f"tcp://127.0.0.1:{port}").removeprefix("tcp://").rpartition(":")
        with socket.create_connection((host, int(port_text)), timeout=60) as old:
            old.sendall(IDENTITY)
            heard = b""
            for row in rows:
                if row.direction == "connect->bind":
                    old.sendall(framed(row.frames))
                    assert rep.recv_multipart() == list(row.frames[1:])
                    continue
                rep.send_multipart(row.frames[1:])
                answer = b""
                while not answer.endswith(framed(row.frames)):
                    answer += old.recv(65536)
                    assert answer
                heard += answer
            return heard


def test_a_captured_1_0_conversation_goes_as_it_went() -> None:
    rows = captured()
    assert {row.direction for row in rows} == {"connect->bind", "bind->connect"}
    with tapped() as tap:
        direct = replayed(rows, lambda address: address)
        assert replayed(rows, tap.relay) == direct
        seen = tap.messages(len(rows))
        assert [(row.direction, row.frames) for row in seen] == [(row.direction, row.frames) for row in rows]
        assert [row.anomalies for row in tap.rows() if row.anomalies] == []
