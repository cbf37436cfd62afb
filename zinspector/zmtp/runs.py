"""The fast path: where the frames of a chunk begin, for a run of ordinary messages of ZMTP 2.0 and 3.x.

Two ways, because traffic is either regular or it isn't:

- *walk*: a tight loop follows the headers and notes nothing but their places: some 100 ns a frame. Flags, lengths and
  message bounds come from the places, with numpy.
- *stride*: numpy counts how often the headers of the last walked message repeat at the same distances. That takes any
  number of frames of any size, as long as every message is like the one before: some nanoseconds a message.

They take turns; a walk goes on longer each time that nothing repeats. Only ordinary messages are
taken: flags 0 to 3, a long length only where it must be, every frame within the limit, every message whole; the first
thing that isn't ends the run. Of CURVE, frames that are no MESSAGE, or whose nonce doesn't grow, end it, too.

Measured and left out: the next header for every byte of the chunk with numpy, then pointer doubling. It costs 12 passes
over the chunk and is no faster than the walk for messages of 16 bytes, slower for longer ones.
"""

from __future__ import annotations

from itertools import repeat
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from zinspector.zmtp.commands import CURVE_MESSAGE, CURVE_OVERHEAD
from zinspector.zmtp.events import Block, Offsets

WORTH: Final = 8  # repeats from which a stride pays
WIDEST: Final = 32  # frames of a message that may repeat
SHORTEST_WALK: Final = 64
LONGEST_WALK: Final = 4096
LONGEST_MESSAGE: Final = 1 << 16  # frames

Bytes = npt.NDArray[np.uint8]


class Run(NamedTuple):
    """Frames in order: the places of their headers, their flags, header lengths and payload lengths."""

    heads: Offsets
    flags: Bytes
    headers: Offsets
    lengths: Offsets


def find(data: bytes, at: int, end: int, limit: int) -> tuple[Run | None, int]:
    """The run of ordinary messages at `data[at:end]`, and where it ends; frames longer than `limit` end it."""
    octets = np.frombuffer(data, np.uint8)
    pieces: list[Run] = []
    walk = SHORTEST_WALK
    while at < end:
        heads, behind = _walk(data, at, end, limit, walk)
        whole = _whole(octets, heads, behind)
        if whole is None:
            if len(heads) < walk or walk > LONGEST_MESSAGE:
                break
            walk *= 8  # a message of more frames than that
            continue
        run, count, at = whole
        pieces.append(run)
        repeats = _repeats(octets, run, count, at, end)
        if repeats:
            pieces.append(_strided(run, count, at, repeats))
            at += repeats * (at - int(run.heads[-count]))
            walk = SHORTEST_WALK
        elif len(heads) == walk:
            walk = min(LONGEST_WALK, 2 * walk)
    if len(pieces) < 2:
        return (pieces[0] if pieces else None), at
    return Run(*(np.concatenate(columns) for columns in zip(*pieces, strict=True))), at


def _walk(data: bytes, at: int, end: int, limit: int, most: int) -> tuple[list[int], int]:
    """The places of the next headers, at most `most`, and the place behind their frames."""
    heads: list[int] = []
    add = heads.append
    last = end - 1
    for _ in repeat(None, most):
        if at >= last:
            break
        flags = data[at]
        if flags < 2:
            behind = at + 2 + data[at + 1]
        elif flags < 4:
            size = int.from_bytes(data[at + 1 : at + 9], "big")
            if size <= 255 or size > limit:
                break
            behind = at + 9 + size
        else:
            break
        if behind > end:
            break
        add(at)
        at = behind
    return heads, at


def _whole(octets: Bytes, heads: list[int], behind: int) -> tuple[Run, int, int] | None:
    """The whole messages among walked frames, the frames of the last of them, and the place behind it."""
    places = np.fromiter(heads, np.int64, len(heads))
    flags = octets[places]
    ends = np.flatnonzero(flags & 1 == 0)
    if not len(ends):
        return None
    last = int(ends[-1])
    count = last - int(ends[-2]) if len(ends) > 1 else last + 1
    if last + 1 < len(heads):
        behind = heads[last + 1]
        places, flags = places[: last + 1], flags[: last + 1]
    headers = np.where(flags & 2, 9, 2)
    lengths = np.diff(places, append=behind) - headers
    return Run(places, flags, headers, lengths), count, behind


def _repeats(octets: Bytes, run: Run, count: int, at: int, end: int) -> int:
    """How often the headers of the last message of a run repeat from `at` on, at the same distances; 0 where rarely."""
    begin = int(run.heads[-count])
    stride = at - begin
    possible = (end - at) // stride
    if possible < WORTH or count > WIDEST:
        return 0
    places = [
        int(head) - begin + step
        for head, header in zip(run.heads[-count:], run.headers[-count:], strict=True)
        for step in range(int(header))
    ]
    known, tried = 0, WORTH
    while known < possible:
        tried = min(tried, possible - known)
        rows = octets[at + known * stride : at + (known + tried) * stride].reshape(tried, stride)
        equal = np.ones(tried, np.bool_)
        for place in places:
            equal &= rows[:, place] == octets[begin + place]
        if not equal.all():
            known += int(np.argmin(equal))
            break
        known += tried
        tried *= 8
    return known if known >= WORTH else 0


def _strided(run: Run, count: int, at: int, repeats: int) -> Run:
    """The same message again and again."""
    stride = at - int(run.heads[-count])
    steps = np.arange(1, repeats + 1, dtype=np.int64) * stride
    heads = (run.heads[-count:] + steps[:, None]).ravel()
    flags, headers, lengths = run.flags[-count:], run.headers[-count:], run.lengths[-count:]
    return Run(heads, np.tile(flags, repeats), np.tile(headers, repeats), np.tile(lengths, repeats))


def block(data: bytes, run: Run, offset: int) -> Block:
    """A run as a block; `offset`: of its first header in the stream."""
    ends = np.flatnonzero(run.flags & 1 == 0)
    counts = np.diff(ends, prepend=-1).astype(np.int32)
    return Block(data, run.heads, run.heads + run.headers, run.lengths, counts, offset)


def opaque_block(data: bytes, run: Run, offset: int, nonce: int) -> tuple[Block | None, int]:
    """The MESSAGEs of CURVE at the beginning of a run, after `nonce`, and the last nonce of them."""
    starts = run.heads + run.headers
    fits = (run.flags & 1 == 0) & (run.lengths >= CURVE_OVERHEAD) & (starts + 16 <= len(data))
    first = len(fits) if fits.all() else int(np.argmin(fits))
    starts = starts[:first]
    words = np.ndarray((max(0, len(data) - 7),), ">u8", buffer=data, strides=(1,))
    nonces = words[starts + 8].astype(np.uint64)
    previous = np.concatenate((np.array([nonce], np.uint64), nonces[:-1])) if nonce >= 0 else np.zeros(0, np.uint64)
    fits = words[starts] == int.from_bytes(CURVE_MESSAGE, "big")
    if nonce >= 0:
        fits &= nonces > previous
    elif len(nonces) > 1:
        fits[1:] &= nonces[1:] > nonces[:-1]
    first = len(fits) if fits.all() else int(np.argmin(fits))
    if not first:
        return None, nonce
    heads = run.heads[:first]
    counts = np.ones(first, np.int32)
    made = Block(data, heads, starts[:first] + CURVE_OVERHEAD, run.lengths[:first] - CURVE_OVERHEAD, counts, offset)
    return made, int(nonces[first - 1])
