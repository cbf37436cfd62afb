"""Captures that are packed as a whole: whole, cut short, damaged, and with something else in them."""

from __future__ import annotations

import bz2
import io
import lzma
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pyarrow as pa
import pytest

from tests.helpers.dissected import rows
from tests.helpers.packets import Talk, pcap
from zinspector.capture.packets.importing import node_of, read_packets
from zinspector.capture.packets.unpacking import READ_AT_ONCE, STEP, Unpacking
from zinspector.errors import FileError

Packer = Callable[[bytes], bytes]


def streamed(codec: str, data: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, codec) as stream:
        stream.write(data)
    packed: bytes = sink.getvalue().to_pybytes()
    return packed


PACKERS: dict[str, Packer] = {
    "zst": partial(streamed, "zstd"),
    "lz4": partial(streamed, "lz4"),
    "xz": lzma.compress,
    "bz2": bz2.compress,
}
NOISE = random.Random(7).randbytes(20 * STEP)


@pytest.fixture(params=PACKERS)
def packer(request: pytest.FixtureRequest) -> Packer:
    return PACKERS[request.param]


def unpacked(data: bytes) -> tuple[bytes, str]:
    unpacking = Unpacking(io.BytesIO(data))
    return b"".join(unpacking.pieces()), unpacking.damage


@pytest.mark.parametrize("suffix", PACKERS)
def test_a_packed_capture_is_read_as_if_it_were_not(suffix: str, tmp_path: Path) -> None:
    data = pcap(Talk().open().sends(b"GET / HTTP/1.1\r\n\r\n").packets)
    found = rows(PACKERS[suffix](data), tmp_path, f"made.pcap.{suffix}")
    assert [row.name for row in found] == ["NOT_ZMTP"]
    assert found == rows(data, tmp_path)


def test_what_follows_each_other_is_one(packer: Packer) -> None:
    assert unpacked(packer(b"one") + packer(b"two")) == (b"onetwo", "")


def test_what_is_not_packed_comes_as_it_is() -> None:
    assert unpacked(NOISE) == (NOISE, "")
    assert unpacked(b"") == (b"", "")


def test_pieces_are_bounded(packer: Packer) -> None:
    unpacking = Unpacking(io.BytesIO(packer(bytes(3 * READ_AT_ONCE + 1))))
    sizes = [len(piece) for piece in unpacking.pieces()]
    assert sum(sizes) == 3 * READ_AT_ONCE + 1
    assert max(sizes) < READ_AT_ONCE + STEP


def test_of_what_is_cut_short_nearly_all_comes(packer: Packer) -> None:
    packed = packer(NOISE)
    data, damage = unpacked(packed[: len(packed) - 5])
    assert damage.startswith("the compressed data is damaged: ")
    assert NOISE.startswith(data)
    if packer is not bz2.compress:  # whose blocks are 900 kB
        assert len(data) >= len(NOISE) - 8 * STEP


def test_damage_is_told(packer: Packer, tmp_path: Path) -> None:
    packed = packer(pcap(Talk().open().packets) + NOISE)
    half = len(packed) // 2
    assert unpacked(packed[:half] + b"\xff" * half)[1].startswith("the compressed data is damaged: ")
    path = tmp_path / "made"
    path.write_bytes(packed[:20])
    with pytest.raises(FileError, match=r"the compressed data is damaged: .*, before any capture begins"):
        read_packets(path)


def test_something_else_in_it_is_no_capture(packer: Packer, tmp_path: Path) -> None:
    path = tmp_path / "made"
    for data in (b"a text, packed", b""):
        path.write_bytes(packer(data))
        with pytest.raises(FileError, match="not a capture"):
            read_packets(path)


def test_a_file_that_cannot_be_read_is_no_damage() -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell():
                raise OSError(5, "Input/output error")
            return super().read(size)

    for data in (NOISE, bz2.compress(NOISE), lzma.compress(NOISE)):
        with pytest.raises(OSError, match="Input/output error"):
            list(Unpacking(Broken(data)).pieces())


@pytest.mark.parametrize("name", ["made.pcap", "made.pcap.gz", "made.pcap.zst", "made.pcapng.xz"])
def test_a_node_is_called_by_the_stem_of_its_file(name: str) -> None:
    assert node_of(Path(name)) == "made"
