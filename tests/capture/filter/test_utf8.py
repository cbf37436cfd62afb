"""Which frames are text: exactly those that Python decodes."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from zinspector.capture.filter.utf8 import text_mask

EDGES = [
    *(b"\x7f", b"\x80", b"\xbf", b"\xc0\x80", b"\xc1\xbf", b"\xc2\x80", b"\xdf\xbf", b"\xe0\x9f\xbf", b"\xe0\xa0\x80"),
    *(b"\xed\x9f\xbf", b"\xed\xa0\x80", b"\xee\x80\x80", b"\xf0\x8f\xbf\xbf", b"\xf0\x90\x80\x80", b"\xf4\x8f\xbf\xbf"),
    *(
        b"\xf4\x90\x80\x80",
        b"\xf5\x80\x80\x80",
        b"\xff",
        b"",
        b"\0",
        b"\xf0\x9f\x98",
        b"\xe2\x82",
        b"\xc3",
        "é😀".encode(),
    ),
]
FRAME = st.sampled_from(EDGES) | st.binary(max_size=6) | st.lists(st.sampled_from(EDGES), max_size=4).map(b"".join)


def is_text(frame: bytes | None) -> bool:
    try:
        return frame is not None and frame.decode() is not None
    except UnicodeDecodeError:
        return False


@settings(max_examples=500)
@given(st.lists(FRAME | st.none(), max_size=12), st.integers(0, 3))
def test_text_is_what_python_decodes(frames: list[bytes | None], skipped: int) -> None:
    values = pa.array(frames, pa.binary_view()).slice(skipped)
    mask = text_mask(values)
    wanted = [is_text(frame) for frame in frames[skipped:]]
    assert all(wanted) if mask is None else mask.tolist() == wanted


def test_every_pair_of_bytes() -> None:
    frames = [bytes([first, second]) for first in range(256) for second in range(256)]
    mask = text_mask(pa.array(frames, pa.binary_view()))
    assert mask is not None
    assert mask.tolist() == [is_text(frame) for frame in frames]
