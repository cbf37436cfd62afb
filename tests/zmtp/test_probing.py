"""Probing, as bytes: what is said to whom, in which order, and what is never said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zinspector.zmtp.banners import who
from zinspector.zmtp.probing import REST, SIGNATURE, VERSION, Probing

LIBZMQ_SIGNATURE = b"\xff" + bytes(7) + b"\x01\x7f"
READY = b"\x04\x1a\x05READY\x0bSocket-Type\x00\x00\x00\x04PUSH"


def greeting(mechanism: bytes = b"NULL", minor: int = 1) -> bytes:
    return LIBZMQ_SIGNATURE + bytes([3, minor]) + mechanism.ljust(20, b"\0") + bytes(32)


def talk(*pieces: bytes) -> tuple[Probing, list[bytes]]:
    probing = Probing()
    return probing, [probing.received(piece) for piece in pieces]


def ready(*properties: tuple[bytes, bytes]) -> bytes:
    body = b"\x05READY" + b"".join(
        bytes([len(name)]) + name + len(value).to_bytes(4, "big") + value for name, value in properties
    )
    return bytes([4, len(body)]) + body


def test_libzmq_greets_in_three_steps_and_waits_for_ours() -> None:
    whole = greeting()
    probing, said = talk(whole[:10], whole[10:11], whole[11:], READY)
    assert said == [SIGNATURE, VERSION, REST, b""]
    assert probing.done
    found = probing.found
    assert (found.kind, found.version, found.mechanism, found.socket_type) == ("zmtp", (3, 1), "NULL", "PUSH")
    assert (found.identity, found.text) == (None, "")


def test_a_greeting_in_one_piece_gets_ours_in_one_piece() -> None:
    probing, said = talk(greeting(minor=0), READY)
    assert said == [SIGNATURE + VERSION + REST, b""]
    assert probing.found.version == (3, 0)


def test_all_that_ready_says() -> None:
    pairs = ((b"socket-TYPE", b"ROUTER"), (b"Identity", b"\xff\0"), (b"X-hello", b"world"))
    probing, _ = talk(greeting(), ready(*pairs))
    assert (probing.found.socket_type, probing.found.identity) == ("ROUTER", b"\xff\0")
    assert probing.found.properties["X-hello"] == b"world"


@pytest.mark.parametrize("mechanism", ["PLAIN", "CURVE", "GSSAPI", "GARLIC"])
def test_behind_a_mechanism_nothing_more_is_said(mechanism: str) -> None:
    probing, said = talk(greeting(mechanism.encode()))
    assert said == [b""]
    assert probing.done
    assert (probing.found.mechanism, probing.found.socket_type) == (mechanism, None)
    assert mechanism in probing.found.text


def test_2_0_tells_its_type_after_the_signature() -> None:
    probing, said = talk(LIBZMQ_SIGNATURE, b"\x01\x08")
    assert said == [SIGNATURE, b""]
    assert (probing.done, probing.found.version, probing.found.socket_type) == (True, (2, 0), "PUSH")
    assert "not asked" in probing.found.text


def test_1_0_is_told_nothing_at_all() -> None:
    probing, said = talk(b"\x06\0Geo", b"ff")
    assert (said, probing.done) == ([b"", b""], False)
    assert probing.quiet() == b""
    assert (probing.done, probing.found.version, probing.found.identity) == (True, (1, 0), b"Geoff")


def test_1_0_with_a_long_identity() -> None:
    probing, said = talk(b"\xff" + (301).to_bytes(8, "big") + b"\0" + b"i" * 300)
    assert (said, probing.done, probing.found.identity) == ([b""], True, b"i" * 300)


def test_a_1_0_peer_reads_our_signature_as_a_frame_that_never_ends() -> None:
    size = int.from_bytes(SIGNATURE[1:9], "big")
    assert SIGNATURE[0] == 0xFF
    assert size > len(SIGNATURE + VERSION + REST)


def test_who_is_silent_gets_the_signature_and_no_more() -> None:
    probing = Probing()
    assert probing.quiet() == SIGNATURE
    assert probing.quiet() == b""
    probing.ended(closed=False)
    assert (probing.done, probing.found.kind) == (True, "silent")


def test_who_hangs_up_at_the_signature_is_not_zeromq() -> None:
    probing = Probing()
    probing.quiet()
    probing.ended(closed=True)
    assert (probing.found.kind, probing.found.protocol) == ("other", None)
    assert "as TLS does" in probing.found.text


def test_who_speaks_late_is_still_heard() -> None:
    probing = Probing()
    assert probing.quiet() == SIGNATURE
    assert probing.received(greeting()) == VERSION + REST
    assert probing.received(READY) == b""
    assert probing.found.socket_type == "PUSH"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\x04\x0a\x05ERROR\x03400", "refused us: 400"),
        (b"\x04\x05\x04PING", "the command PING"),
        (b"\0\x02hi", "sent a message where READY should be"),
        (ready((b"X", b"1")), "names no socket type"),
    ],
)
def test_no_ready_comes(data: bytes, text: str) -> None:
    probing, _ = talk(greeting(), data)
    assert (probing.done, probing.found.kind, probing.found.socket_type) == (True, "zmtp", None)
    assert text in probing.found.text


@pytest.mark.parametrize("size", range(74))
def test_it_hangs_up_at_any_byte(size: int) -> None:
    probing = Probing()
    if size:
        probing.received((greeting() + READY)[:size])
    probing.ended(closed=True)
    assert probing.done
    assert probing.found.text


@pytest.mark.parametrize(
    ("data", "protocol"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n", "HTTP"),
        (b"\n<!doctype html><html>", "HTTP"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "SSH"),
        (b"\x15\x03\x03\0\x02\x02\x46", "TLS"),
        (b"-ERR unknown command\r\n", "Redis"),
        (b"220 mail.example.org ESMTP\r\n", "SMTP or FTP"),
        (b"\x4a\0\0\0\x0a8.0.36\0", "MySQL"),
        (b"\0\0\x12\x04\0\0\0\0\0", "HTTP/2 (gRPC)"),
    ],
)
def test_strangers_by_name(data: bytes, protocol: str) -> None:
    probing, said = talk(data)
    assert said == [b""]
    assert (probing.done, probing.found.kind, probing.found.protocol) == (True, "other", protocol)


def test_strangers_without_a_name_are_shown_by_their_first_bytes() -> None:
    probing, _ = talk(b"hello you")
    assert not probing.done
    probing.quiet()
    assert (probing.found.kind, probing.found.protocol) == ("other", None)
    assert "68 65 6c 6c 6f" in probing.found.text


@given(st.lists(st.binary(min_size=1, max_size=80), max_size=6))
def test_nothing_that_comes_makes_us_a_peer(pieces: list[bytes]) -> None:
    """A peer's handshake ends with our READY or our 1.0/2.0 identity: neither is ever in what we say."""
    probing = Probing()
    said = b""
    for piece in pieces:
        if probing.done:
            break
        said += probing.received(piece) + probing.quiet()
    assert (SIGNATURE + VERSION + REST).startswith(said)


@given(st.lists(st.integers(1, 80), max_size=8))
def test_any_split_gives_the_same_answer(sizes: list[int]) -> None:
    data = greeting() + ready((b"Socket-Type", b"DEALER"), (b"Identity", b"me"))
    probing = Probing()
    start = 0
    for size in [*sizes, len(data)]:
        if start < len(data) and not probing.done:
            probing.received(data[start : start + size])
        start += size
    assert (probing.found.socket_type, probing.found.identity) == ("DEALER", b"me")


@given(st.binary(max_size=40))
def test_banners_never_fail(data: bytes) -> None:
    banner = who(data)
    assert banner is None or banner.protocol
