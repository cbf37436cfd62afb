"""What bytes may mean when no schema says it: text, a message, a number. Guesses, cheap and bounded."""

from __future__ import annotations

import math
import re
import struct

from zinspector.decode.api import DecodeError

from .scalars import float32, float64, signed64
from .wire import END_GROUP, FIXED32, FIXED64, GROUP, record

MOST_EXAMINED = 100
LARGEST_LIKELY_NUMBER = 2000
FEWEST_BYTES = 2
STRANGE = re.compile("[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")


def likely_message(data: bytes, start: int, end: int) -> bool:
    """Whether bytes [start, end) read as a message, as far as the first hundred fields go.

    Writers put fields in the order of their numbers, and use small ones; accidents rarely do.
    """
    if end - start < FEWEST_BYTES:
        return False
    last, position = 0, start
    for _ in range(MOST_EXAMINED):
        if position == end:
            return True
        try:
            found = record(data, position, end)
        except DecodeError:
            return False
        if not last <= found.number <= LARGEST_LIKELY_NUMBER or found.type in (GROUP, END_GROUP):
            return False
        last, position = found.number, found.end
    return True


def likely_text(raw: bytes) -> str | None:
    """The text that the bytes are, if they are printable."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if STRANGE.search(text) or (raw[:1] in (b"\t", b"\n", b"\r") and likely_message(raw, 0, len(raw))):
        return None
    return text


def number_text(wire_type: int, value: int) -> str:
    """The likeliest reading of a number: varints as signed integers, fixed ones as floats where that is plausible."""
    if wire_type in (FIXED64, FIXED32):
        form, name, text = ("<d", "<Q", float64) if wire_type == FIXED64 else ("<f", "<I", float32)
        real = struct.unpack(form, struct.pack(name, value))[0]
        plausible = real == 0 or (math.isfinite(real) and 1e-9 < abs(real) < 1e15)
        return text(value) if plausible else str(value)
    return signed64(value)
