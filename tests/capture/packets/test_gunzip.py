"""gzip in any pieces, in several members, cut short and damaged."""

from __future__ import annotations

import gzip
import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zinspector.capture.packets.gunzip import AT_ONCE, Gunzip

DATA = random.Random(7).randbytes(50_000)


def unpacked(gunzip: Gunzip, *pieces: bytes) -> bytes:
    return b"".join(out for piece in pieces for out in gunzip.feed(piece))


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=4), st.lists(st.integers(0, 2000), max_size=6))
def test_members_in_any_pieces(members: list[bytes], cuts: list[int]) -> None:
    packed = b"".join(map(gzip.compress, members))
    places = [0, *sorted(min(cut, len(packed)) for cut in cuts), len(packed)]
    gunzip = Gunzip()
    pieces = [packed[a:b] for a, b in pairwise(places)]
    assert unpacked(gunzip, *pieces) == b"".join(members)
    assert gunzip.complete
    assert gunzip.damage is None


@given(st.integers(0, len(DATA) - 1))
def test_a_stream_that_is_cut_short_gives_what_came(size: int) -> None:
    gunzip = Gunzip()
    assert DATA.startswith(unpacked(gunzip, gzip.compress(DATA)[:size]))
    assert not gunzip.complete
    assert gunzip.damage is None


def test_before_damage_everything_comes_and_after_it_nothing() -> None:
    packed = bytearray(gzip.compress(DATA))
    packed[-8] ^= 1  # its sum
    gunzip = Gunzip()
    assert unpacked(gunzip, bytes(packed)) == DATA
    assert gunzip.damage is not None
    assert unpacked(gunzip, gzip.compress(b"more")) == b""


@pytest.mark.parametrize("rest", [b"\0" * 700, b"padding"])
def test_what_follows_the_last_member_is_ignored(rest: bytes) -> None:
    gunzip = Gunzip()
    assert unpacked(gunzip, gzip.compress(b"all") + rest, gzip.compress(b"never")) == b"all"
    assert gunzip.damage is None


def test_a_bomb_comes_in_bounded_pieces() -> None:
    sizes = [len(piece) for piece in Gunzip().feed(gzip.compress(bytes(3 * AT_ONCE + 1)))]
    assert sum(sizes) == 3 * AT_ONCE + 1
    assert max(sizes) <= AT_ONCE
