"""After packets that nobody saw: what is told is true, whatever the payloads look like (F6)."""

from __future__ import annotations

import random
import struct
from dataclasses import replace

from hypothesis import example, given
from hypothesis import strategies as st

from tests.helpers.conversations import handshaken, message, ready
from tests.helpers.dissected import dissected
from zinspector.capture.packets import proof

KINDS = ("text", "zeros", "bools", "int32", "int32 big", "doubles", "zmtp", "random", "empty", "short")


def payload(kind: str, size: int, chance: random.Random) -> bytes:
    """Bytes as programs send them, some of which look like frames."""
    count = size // 4 + 1
    match kind:
        case "text":
            return b"weather.london %d " % chance.randrange(99) * (size // 18 + 1)
        case "zeros":
            return bytes(size)
        case "bools":
            return bytes(chance.choices((0, 1), k=size))
        case "int32":
            return struct.pack(f"<{count}i", *(chance.randrange(600) for _ in range(count)))
        case "int32 big":
            return struct.pack(f">{count}i", *(chance.randrange(600) for _ in range(count)))
        case "doubles":
            return struct.pack(f"<{count}d", *(chance.choice((0.0, 1.0, 0.5)) for _ in range(count)))
        case "zmtp":
            return b"".join(message(b"topic", b"%d" % number) for number in range(size // 12 + 1))
        case "random":
            return chance.randbytes(size)
        case "empty":
            return b""
        case _:
            return chance.randbytes(chance.randrange(1, 8))


@given(
    st.integers(0, 2**32),
    st.lists(st.tuples(st.sampled_from(KINDS), st.integers(1, 5000)), min_size=4, max_size=40),
    st.sampled_from([536, 1448, 8192]),
    st.integers(1, 4),
    st.booleans(),
)
@example(1, [("bools", 5000)] * 20, 1448, 2, False)
@example(2, [("int32 big", 5000)] * 20, 1448, 2, False)
@example(3, [("zeros", 3000)] * 20, 536, 3, True)
def test_nothing_is_invented_behind_a_gap(
    seed: int, kinds: list[tuple[str, int]], segment: int, lost: int, together: bool
) -> None:
    chance = random.Random(seed)
    sent = [(b"%d" % number, payload(kind, size, chance)) for number, (kind, size) in enumerate(kinds)]
    talk = handshaken("PULL", "PUSH")
    start = len(talk.packets)
    if together:
        talk.answers(b"".join(message(*frames) for frames in sent), segment=segment)
    else:
        for frames in sent:
            talk.answers(message(*frames), segment=segment)
    kept = list(enumerate(talk.close().packets))
    for _ in range(min(lost, len(kept) - start - 3)):
        kept.remove(chance.choice([each for each in kept[:-3] if each[0] >= start]))
    store = dissected([packet for _, packet in kept])
    rows = store.rows(1, store.captured)
    told = [row.frames for row in rows if row.kind == "message" and not row.anomalies]
    place = 0
    for frames in told:
        assert frames in sent[place:], f"{frames!r:.200} was not sent"
        place = sent.index(frames, place) + 1


@given(
    st.integers(0, 2**32),
    st.lists(st.tuples(st.sampled_from(KINDS), st.integers(1, 5000)), min_size=4, max_size=30),
    st.sampled_from([536, 1448, 8192]),
    st.integers(64, 300),
)
@example(1, [("zmtp", 3000)] * 20, 8192, 96)
def test_nothing_is_invented_of_packets_that_were_cut_short(
    seed: int, kinds: list[tuple[str, int]], segment: int, kept: int
) -> None:
    """What is told was sent, in this order, as far as it was captured; or it says that its beginning may be missing."""
    chance = random.Random(seed)
    sent = [(b"%d" % number, payload(kind, size, chance)) for number, (kind, size) in enumerate(kinds)]
    talk = handshaken("PULL", "PUSH")
    for frames in sent:
        talk.answers(message(*frames), segment=segment)
    store = dissected([replace(packet, kept=kept) for packet in talk.close().packets])
    rows = [row for row in store.rows(1, store.captured) if row.kind == "message"]
    place = 0
    for row in rows:
        if "gap-before-message" in str(row.anomalies):
            continue
        while row.frames[0] != sent[place][0]:
            place += 1
        whole = sum(map(len, sent[place]))
        assert row.size == whole or (row.anomalies and row.size < whole)
        assert sent[place][1].startswith(b"".join(row.frames[1:]))
        place += 1


def test_what_begins_with_a_frame() -> None:
    known, unknown = proof.ENOUGH_WHEN_KNOWN, proof.ENOUGH
    assert proof.begins([message(b"", b"This is the workload"), message(b"", b"This is the workload")], known)
    assert proof.begins([message(b"Hello, world")], known)
    assert not proof.begins([message(b"Hello, world")], unknown)
    assert proof.begins([message(b"Hello, world")] * 3, unknown)
    assert proof.begins([ready("PUB")], unknown)
    assert proof.begins([b"\x04\x09^RROR\x03400"], unknown)
    assert proof.begins([message(b"x" * 1000)], unknown)
    assert proof.begins([message(b"")] * 4, known)


def test_what_does_not() -> None:
    known = proof.ENOUGH_WHEN_KNOWN
    assert not proof.begins([], known)
    assert not proof.begins([b"Hello, world"], known)
    assert not proof.begins([bytes(1000)], known)
    assert not proof.begins([bytes([0, 1] * 700)], known)
    assert not proof.begins([bytes(random.Random(3).choices((0, 1), k=1400))] * 3, known)
    assert not proof.begins([message(b"Hello, world")[:-1]], known)
    assert not proof.begins([message(b"Hello", b"world")[:7]], known)
