"""Whose messages a socket replays: what a socket of its kind has sent, each message once.

- A socket replays what a socket of its kind has sent: PUB and XPUB what either of them did, so REQ and DEALER, REP and
  ROUTER; where a handshake was not seen, the other end's type tells. A `direction` replays all that went that way.
- A message may be in a capture several times: as its sender, a tap and its receiver saw it. One of them is replayed:
  the senders' rows where there are any, else those of taps, else those of receivers.
- Where both ends may send (two PAIR, two DEALER), it is what the end did that the replaying socket takes the place of:
  who binds replays what the bound end sent.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zinspector.capture.masks import Mask
from zinspector.capture.sending import KIN, peer_of
from zinspector.errors import UserError

RANK: Final = {"out": 0, "connect->bind": 1, "bind->connect": 1, "in": 2}


class Way(NamedTuple):
    """Rows that were seen in the same manner: their direction and the types of the two ends, where known."""

    direction: str
    from_type: str | None
    to_type: str | None


@dataclass(frozen=True)
class Wanted:
    """What to replay: all that fits a socket type, or less. `binds`: whether the replaying socket does."""

    type: str
    binds: bool = False
    direction: str | None = None
    node: str | None = None
    connection: int | None = None


def fitting_ways(seen: Counter[Way], wanted: Wanted) -> frozenset[Way]:
    """Which manners of rows are replayed, of those that there are."""
    if not seen:
        raise UserError("there is no message to replay", remedy="look for it with: zinspector read FILE -Y FILTER")
    if wanted.direction is not None:
        fit = {way for way in seen if way.direction == wanted.direction}
        if not fit:
            there = ", ".join(sorted({way.direction for way in seen}))
            raise UserError(f"no message went {wanted.direction}", where="direction", remedy=f"there is {there}")
        return frozenset(fit)
    fit = {way for way in seen if same_kind(way, wanted)}
    if not fit:
        fit = _unknown(seen, wanted)
    best = min(RANK[way.direction] for way in fit)
    fit = {way for way in fit if RANK[way.direction] == best}
    mine = "bind->connect" if wanted.binds else "connect->bind"
    if any(way.direction == mine and way.from_type == way.to_type for way in fit):
        fit = {way for way in fit if way.direction == mine or way.from_type != way.to_type}
    return frozenset(fit)


def same_kind(way: Way, wanted: Wanted) -> bool:
    """Whether a socket of the wanted kind has sent these rows."""
    if wanted.direction is not None:
        return False
    return wanted.type in KIN.get(way.from_type or peer_of(way.to_type), ())


def _unknown(seen: Counter[Way], wanted: Wanted) -> set[Way]:
    """No handshake told who sent what: then only the direction can tell, where there is but one."""
    blind = {way for way in seen if way.from_type is None and way.to_type is None}
    if blind and len({way.direction for way in blind}) == 1:
        return blind
    if blind:
        text = "the capture does not tell who sent what, for no handshake was seen"
        raise UserError(text, where=f"replay as {wanted.type}", remedy="say --direction")
    there = ", ".join(sorted({way.from_type or peer_of(way.to_type) or "unknown sockets" for way in seen}))
    remedy = f"there are messages of {there}: replay as one of them, or say --direction"
    raise UserError(f"no message was sent by a {wanted.type}", where=f"replay as {wanted.type}", remedy=remedy)


class Coded(NamedTuple):
    """The ways of a batch, and the code of each row."""

    names: list[Way]
    codes: npt.NDArray[np.int64]


def ways_of(batch: pa.RecordBatch) -> Coded:
    """The way of every row of a batch."""
    columns = [_words(batch, name) for name in ("direction", "from_type", "to_type")]
    (_, direction), (first, sender), (second, receiver) = columns
    mixed = (direction * len(first) + sender) * len(second) + receiver
    found, codes = np.unique(mixed, return_inverse=True)
    names = []
    for code in found.tolist():
        rest, last = divmod(code, len(second))
        names.append(Way(str(columns[0][0][rest // len(first)]), first[rest % len(first)], second[last]))
    return Coded(names, codes)


def _words(batch: pa.RecordBatch, name: str) -> tuple[list[str | None], npt.NDArray[np.int64]]:
    column = batch.column(name)
    words: list[str | None] = [*column.dictionary.to_pylist(), None]
    codes: npt.NDArray[np.int64] = column.indices.fill_null(len(words) - 1).to_numpy().astype(np.int64)
    return words, codes


def counts_of(batch: pa.RecordBatch, mask: Mask) -> dict[Way, int]:
    """How many of the rows that `mask` picks were seen in which manner."""
    ways = ways_of(batch)
    counts = np.bincount(ways.codes[mask], minlength=len(ways.names)).tolist()
    return {way: count for way, count in zip(ways.names, counts, strict=True) if count}
