"""The functions of frame templates: what each takes, gives and does.

None of them ever raises for arguments of the declared kinds: integers wrap around their width, as counters do, ranges
may be given either way round, and a period of 0 is a constant.
"""

from __future__ import annotations

import math
import random
import struct
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Value = int | float | str | bytes
Gives = Literal["number", "text", "bytes", "same"]
Makes = Callable[[int], Any]


@dataclass(frozen=True)
class Function:
    """One name of the language. `takes` are the kinds of its arguments, `least` how many must be given;
    `more` allows any number of the last kind. `call(rng, n, *arguments)` makes the value."""

    name: str
    takes: tuple[Literal["number", "text", "any"], ...]
    gives: Gives
    call: Callable[..., Value]
    help: str
    least: int
    more: bool = False

    @property
    def constant(self) -> bool:
        """Whether equal arguments always give an equal value."""
        return self.gives == "bytes" or self.name == "round"


def _between(low: float, high: float, share: float) -> float:
    return low * (1.0 - share) + high * share  # stays finite where high - low would not


def _randint(rng: random.Random, _n: int, low: float, high: float) -> int:
    first, last = math.ceil(min(low, high)), math.floor(max(low, high))
    return rng.randint(first, max(first, last))


def _sin(_rng: random.Random, n: int, period: float, low: float = -1.0, high: float = 1.0) -> float:
    if not period:
        return low
    return _between(low, high, (1.0 + math.sin(2.0 * math.pi * (n / period % 1.0))) / 2.0)


def _round(_rng: random.Random, _n: int, value: float, digits: float = 0) -> float:
    return round(value, max(-20, min(20, int(digits)))) if digits else round(value)


def _packed(width: int) -> Callable[..., bytes]:
    mask = (1 << 8 * width) - 1
    return lambda _rng, _n, value: (int(value) & mask).to_bytes(width, "little")


def _f32(_rng: random.Random, _n: int, value: float) -> bytes:
    try:
        return struct.pack("<f", value)
    except (OverflowError, struct.error):  # of a float, of an int
        return struct.pack("<f", math.copysign(math.inf, value))


def _varint(_rng: random.Random, _n: int, value: float) -> bytes:
    """Protobuf's base-128 varint; a negative number takes ten bytes, as int64 does."""
    rest = int(value) & (2**64 - 1)
    found = bytearray()
    while rest > 127:
        found.append(rest & 127 | 128)
        rest >>= 7
    found.append(rest)
    return bytes(found)


def _text(value: Value) -> bytes:
    return str(value).encode()


_NUMBER: tuple[Literal["number"]] = ("number",)
# fmt: off
_ROWS = (
    Function("n", (), "number", lambda _r, n: n, "{{n}}: the number of the message", 0),
    Function("now_ns", (), "number", lambda _r, _n: time.time_ns(), "{{now_ns}}: wall clock in nanoseconds", 0),
    Function("now_iso", (), "text", lambda _r, _n: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
             "{{now_iso}}: wall clock as a text, in UTC", 0),
    Function("uuid", (), "text", lambda r, _n: str(uuid.UUID(int=r.getrandbits(128), version=4)),
             "{{uuid}}: a random UUID", 0),
    Function("randint", _NUMBER * 2, "number", _randint, "{{randint(1, 6)}}: a whole number, both ends possible", 2),
    Function("uniform", _NUMBER * 2, "number", lambda r, _n, low, high: _between(low, high, r.random()),
             "{{uniform(0, 1)}}: a number in between", 2),
    Function("sin", _NUMBER * 3, "number", _sin, "{{sin(100, 15, 25)}}: a wave over 100 messages from 15 to 25", 1),
    Function("round", _NUMBER * 2, "number", _round,
             "{{round(uniform(0, 1), 2)}}: rounded to so many digits", 1),
    Function("choice", ("any",), "same", lambda r, _n, *values: values[int(r.random() * len(values))],
             '{{choice("a", "b")}}: one of these at random', 1, more=True),
    Function("cycle", ("any",), "same", lambda _r, n, *values: values[n % len(values)],
             '{{cycle("a", "b")}}: these in turn, the same in every frame of a message', 1, more=True),
    Function("u8", _NUMBER, "bytes", _packed(1), "{{u8(n)}}: one byte", 1),
    Function("u16", _NUMBER, "bytes", _packed(2), "{{u16(n)}}: two bytes, little-endian", 1),
    Function("u32", _NUMBER, "bytes", _packed(4), "{{u32(n)}}: four bytes, little-endian", 1),
    Function("u64", _NUMBER, "bytes", _packed(8), "{{u64(now_ns)}}: eight bytes, little-endian", 1),
    Function("f32", _NUMBER, "bytes", _f32, "{{f32(uniform(0, 1))}}: IEEE 754 single, little-endian", 1),
    Function("f64", _NUMBER, "bytes", lambda _r, _n, x: struct.pack("<d", x),
             "{{f64(uniform(0, 1))}}: IEEE 754 double, little-endian", 1),
    Function("varint", _NUMBER, "bytes", _varint, "{{varint(n)}}: a Protobuf varint", 1),
    Function("utf8", ("any",), "bytes", lambda _r, _n, x: _text(x), '{{utf8("ACME")}}: the bytes of a text', 1),
    Function("prefixed", ("any",), "bytes", lambda r, n, x: _varint(r, n, len(_text(x))) + _text(x),
             '{{prefixed("ACME")}}: a text behind its length, as in Protobuf', 1),
)
# fmt: on
FUNCTIONS: dict[str, Function] = {row.name: row for row in _ROWS}
