r"""Values as they are written in a filter.

- Numbers: `12`, `-1.5`, `1e6`, `0xff`, with `k` `M` `G` for thousands and `Ki` `Mi` `Gi` for powers of 1024, and `B`.
- Text in double or single quotes, with `\n \r \t \0 \\ \" \' \xHH \uHHHH \UHHHHHHHH`. In a pattern (after `matches`)
  the backslash belongs to the pattern.
- Bytes: `x"00 ff"`.
- Times: nanoseconds since 1970, or text in ISO 8601; without an offset it is local time.
"""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import Final

from zinspector.capture.filter.errors import FilterError

SCALES: Final = {"k": 10**3, "K": 10**3, "M": 10**6, "G": 10**9, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30}
SIMPLE: Final = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "\\": "\\", '"': '"', "'": "'"}
ESCAPE: Final = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.DOTALL)
NUMBER: Final = re.compile(r"(-?)(0[xX][0-9a-fA-F]+|[\d.]+(?:[eE][+-]?\d+)?)([KMG]i|[kKMG])?B?")
TIME: Final = re.compile(r"(.*?:\d\d:\d\d)\.(\d{1,9})(.*)")
MOST_DIGITS: Final = 38


def number(text: str, at: int) -> int | float:
    """A number. Raises FilterError."""
    found = NUMBER.fullmatch(text)
    assert found is not None, text
    sign, digits, unit = found.groups()
    scale = SCALES.get(unit or "", 1)
    value: int | float
    if digits[:2] in ("0x", "0X"):
        value = int(digits, 16) if len(digits) <= MOST_DIGITS else math.inf
    elif digits.isdigit():
        value = int(digits) if len(digits) <= MOST_DIGITS else float(digits)
    else:
        value = float(digits)
    value *= scale
    if math.isinf(value):
        raise FilterError("the number is too large", at, length=len(text))
    if isinstance(value, float) and unit and value.is_integer():
        value = int(value)
    return -value if sign else value


def text(written: str, at: int) -> str:
    """What quotes hold. Raises FilterError."""

    def unescaped(match: re.Match[str]) -> str:
        code = match[1]
        if len(code) > 1:
            value = int(code[1:], 16)
            if value < 0x110000 and not 0xD800 <= value < 0xE000:
                return chr(value)
        elif code in SIMPLE:
            return SIMPLE[code]
        raise FilterError(
            f"\\{code} is no escape", at + 1 + match.start(), length=len(match[0]),
            expected=r"\n \r \t \0 \\ \" \' \xHH \uHHHH", remedy="write two backslashes for one",
        )  # fmt: skip

    return ESCAPE.sub(unescaped, written[1:-1])


def quoted(value: str) -> str:
    """Text as a filter writes it: in quotes, with all escaped that a line can't hold or an eye can't see."""
    return '"' + "".join(map(_escaped, value)) + '"'


def data(written: str, at: int) -> bytes:
    """The bytes that are written as x"00ff". Raises FilterError."""
    return hexadecimal(written[2:-1], at)


def hexadecimal(digits: str, at: int) -> bytes:
    """Bytes from hex digits, with spaces or colons between them as one likes. Raises FilterError."""
    packed = re.sub(r"[\s:]", "", digits)
    if len(packed) % 2 or not re.fullmatch("[0-9a-fA-F]*", packed):
        raise FilterError(
            "these are no bytes", at, length=len(digits) + 2, expected="pairs of hex digits", remedy='write x"00 ff"'
        )
    return bytes.fromhex(packed)


def time_ns(written: str, at: int) -> int:
    """Nanoseconds since 1970 of an ISO 8601 time. Raises FilterError."""
    fraction = 0
    plain = written
    if found := TIME.fullmatch(written):
        plain, fraction = found[1] + found[3], int(found[2].ljust(9, "0"))
    try:
        moment = datetime.fromisoformat(plain)
        return int(moment.timestamp()) * 10**9 + fraction
    except (ValueError, OverflowError, OSError):
        raise FilterError(
            f"{written!r} is no time", at, length=len(written) + 2, expected="a time such as 2025-11-23 07:22:11.5",
            remedy="write it as 2025-11-23 07:22:11.5, with Z or +01:00 behind it unless it is local time",
        ) from None  # fmt: skip


def _escaped(letter: str) -> str:
    if letter in '"\\':
        return f"\\{letter}"
    if letter.isprintable():
        return letter
    code = ord(letter)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
