"""Which frames are text: valid UTF-8 (RFC 3629), told for a whole batch at once.

Arrow tells quickly whether all of some frames are. Where one isn't, its neighbours are looked at byte by byte, with
array operations: where a byte must continue a character and doesn't, or does and mustn't, the frame is no text.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from zinspector.capture.masks import Mask

PIECE: Final = 1024
SEPARATOR: Final = b"\0\0\0"  # as long as what can be missing at the end of a frame

_FOLLOWING: Final = np.zeros(256, np.uint8)
_FOLLOWING[0xC2:0xE0], _FOLLOWING[0xE0:0xF0], _FOLLOWING[0xF0:0xF5] = 1, 2, 3
_NEVER: Final = np.zeros(256, np.bool_)
_NEVER[[0xC0, 0xC1, *range(0xF5, 0x100)]] = True
_SECOND: Final = ((0xE0, 0xA0, 0xBF), (0xED, 0x80, 0x9F), (0xF0, 0x90, 0xBF), (0xF4, 0x80, 0x8F))


def text_mask(frames: pa.Array) -> Mask | None:
    """Which of these binary_view values are text; None when all are. A null is none."""
    if not frames.null_count and _all_text(frames):
        return None
    mask: Mask = frames.is_valid().to_numpy(zero_copy_only=False)
    for start in range(0, len(frames), PIECE):
        piece = frames.slice(start, PIECE)
        if not _all_text(piece):
            mask[start + _not_text(piece)] = False
    return mask


def _all_text(frames: pa.Array) -> bool:
    try:
        frames.cast(pa.string_view())
    except pa.ArrowInvalid:
        return False
    return True


def _not_text(frames: pa.Array) -> npt.NDArray[np.int64]:
    """The places of those that aren't."""
    plain = frames.cast(pa.large_binary()).fill_null(b"")
    joined = pc.binary_join_element_wise(
        plain, pa.scalar(b"", pa.large_binary()), pa.scalar(SEPARATOR, pa.large_binary())
    )
    _, offsets, data = joined.buffers()
    ends = np.frombuffer(offsets, np.int64)[joined.offset : joined.offset + len(joined) + 1]
    wrong = _wrong(np.frombuffer(data, np.uint8)[ends[0] : ends[-1]])
    return np.unique(np.searchsorted(ends - ends[0], np.flatnonzero(wrong), "right") - 1)


def _wrong(data: npt.NDArray[np.uint8]) -> Mask:
    following = _FOLLOWING[data]
    expected = np.zeros(len(data), np.bool_)
    for distance in (1, 2, 3):
        expected[distance:] |= following[:-distance] >= distance
    wrong: Mask = (expected != ((data & 0xC0) == 0x80)) | _NEVER[data]
    before, second = data[:-1], data[1:]
    for lead, least, most in _SECOND:
        wrong[1:] |= (before == lead) & ((second < least) | (second > most))
    return wrong
