"""How many messages of publish-subscribe traffic have which topic: array operations for a batch, bounded in memory.

- The first `MOST_TOPICS` topics are kept by name. Messages of further ones are counted together, and how many topics
  they have is estimated (HyperLogLog, within about 5 %): a million topics cost as much as twenty thousand.
- A topic of more than `LONGEST` bytes is one of the further ones.
- A message counts once, though a row tells that it was sent and further ones that it came in. A topic is counted where
  it is nearest to who publishes it: what own sockets sent (`out`); where they sent none, what a tap saw pass; and where
  there is no tap either, what own sockets received (`in`).
- One thread may add while another one reads: arrays only grow, and a name comes after its figures.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from zinspector.capture.filter.frames import BatchFrames
from zinspector.capture.filter.kept import Kept
from zinspector.capture.filter.topic_words import coded

MOST_TOPICS: Final = 20_000
LONGEST: Final = 1024
BITS: Final = 12
REGISTERS: Final = 1 << BITS
SENT, PASSED, RECEIVED = range(3)
SIDES: Final = 3
SIDE_OF: Final = {"out": SENT, "in": RECEIVED}
Integers = npt.NDArray[np.int64]


class Tally(NamedTuple):
    """The topics of some batches: how many messages and bytes each has, and the number of its last message.

    `counts` and `bytes` have a row for each side that a message was seen from: SENT, PASSED, RECEIVED.
    """

    topics: pa.Array
    counts: Integers
    bytes: Integers
    last_n: Integers


def tallied(batches: Iterable[pa.RecordBatch], kept: Kept | None = None) -> Tally:
    """Count the topics of some batches. What `kept` holds of them is not read again, and what was read is kept."""
    kept = Kept() if kept is None else kept
    parts = [_of_batch(batch, kept) for batch in batches] or [Tally(pa.nulls(0, pa.binary()), *_zeros(0))]
    found = pa.concat_arrays([part.topics for part in parts]).dictionary_encode()
    counts, volume, last = _zeros(len(found.dictionary))
    ends = np.cumsum([len(part.topics) for part in parts])
    for part, places in zip(parts, np.split(found.indices.to_numpy(), ends[:-1]), strict=True):
        for side in range(SIDES):  # a topic that doesn't repeat much may have several places in a part
            np.add.at(counts[side], places, part.counts[side])
            np.add.at(volume[side], places, part.bytes[side])
        np.maximum.at(last, places, part.last_n)
    return Tally(found.dictionary, counts, volume, last)


def _of_batch(batch: pa.RecordBatch, kept: Kept) -> Tally:
    found = coded(BatchFrames(batch), kept)
    width = len(found.used)  # with code 0, of rows that have no topic
    places = found.codes + _sides(batch) * width
    sizes = batch.column("size").to_numpy()
    counts = np.bincount(places, minlength=SIDES * width).reshape(SIDES, width)
    weights = np.bincount(places, weights=sizes, minlength=SIDES * width).reshape(SIDES, width)
    last = np.zeros(width, np.int64)
    last[found.codes] = batch.column("n").to_numpy()  # of several numbers the last stays
    used = np.flatnonzero(found.used)
    words = found.words.cast(pa.binary()).take(pa.array(used))
    return Tally(words, counts[:, used], weights[:, used].astype(np.int64), last[used])


class Topics:
    """The topics that were seen, in order of appearance."""

    def __init__(self, most: int = MOST_TOPICS) -> None:
        self.most = most
        self.names: list[bytes] = []
        self.last_n: Integers = np.zeros(0, np.int64)
        self._counts: Integers = np.zeros((SIDES, 0), np.int64)
        self._bytes: Integers = np.zeros((SIDES, 0), np.int64)
        self._more: Integers = np.zeros((SIDES, 1), np.int64)
        self._known: pa.Array = pa.nulls(0, pa.binary())  # pa.array() would import pandas where there is one
        self._registers = np.zeros(REGISTERS, np.int64)

    @property
    def counts(self) -> Integers:
        """The messages of each topic."""
        return _nearest(self._counts, self._counts)

    @property
    def bytes(self) -> Integers:
        """The bytes of each topic."""
        return _nearest(self._counts, self._bytes)

    @property
    def more_messages(self) -> int:
        """Messages whose topic is not kept by name."""
        return int(_nearest(self._more, self._more)[0])

    @property
    def messages(self) -> int:
        """All messages with a topic."""
        return int(self.counts.sum()) + self.more_messages

    @property
    def more_topics(self) -> int:
        """About how many topics are not kept by name."""
        empty = int(np.count_nonzero(self._registers == 0))
        if empty > REGISTERS // 10:  # few: how many registers are still empty tells it better
            return round(REGISTERS * np.log(REGISTERS / empty)) if empty < REGISTERS else 0
        return int(0.7213 / (1 + 1.079 / REGISTERS) * REGISTERS**2 / np.sum(2.0**-self._registers))

    def add(self, tally: Tally) -> range:
        """Count what was tallied; returns the places of the topics that are new."""
        places = pc.index_in(tally.topics, value_set=self._known).to_numpy(zero_copy_only=False)
        places = np.nan_to_num(places, nan=-1).astype(np.int64)
        before = len(self.names)
        fresh = np.flatnonzero(places < 0)
        if len(fresh):
            fits = pc.binary_length(tally.topics).to_numpy()[fresh] <= LONGEST
            named = fresh[fits][: max(0, self.most - before)]
            self._name(tally.topics.take(pa.array(named)))
            places[named] = np.arange(before, len(self.names))
            self._estimate(tally.topics.take(pa.array(fresh[places[fresh] < 0])))
        kept = places >= 0
        self._counts[:, places[kept]] += tally.counts[:, kept]
        self._bytes[:, places[kept]] += tally.bytes[:, kept]
        self.last_n[places[kept]] = np.maximum(self.last_n[places[kept]], tally.last_n[kept])
        self._more += tally.counts[:, ~kept].sum(axis=1, keepdims=True)
        return range(before, len(self.names))

    def _name(self, topics: pa.Array) -> None:
        if len(topics):
            self._known = pa.concat_arrays([self._known, topics])
            room = np.zeros((SIDES, len(topics)), np.int64)
            self._bytes = np.concatenate([self._bytes, room], axis=1)
            self._counts = np.concatenate([self._counts, room], axis=1)
            self.last_n = np.concatenate([self.last_n, room[0]])
            self.names.extend(topics.to_pylist())

    def _estimate(self, topics: pa.Array) -> None:
        """Note the topics in the registers: the most leading zeros of any hash that belongs there."""
        if not len(topics):
            return
        hashes = _hashes(topics)
        register = (hashes & np.uint64(REGISTERS - 1)).astype(np.int64)
        rest = (hashes >> np.uint64(BITS)).astype(np.float64)
        zeros = np.where(rest > 0, 63 - BITS - np.floor(np.log2(np.maximum(rest, 1))), 64 - BITS).astype(np.int64)
        np.maximum.at(self._registers, register, zeros + 1)


def _zeros(count: int) -> tuple[Integers, Integers, Integers]:
    """Counts, bytes and last numbers of so many topics that were not seen yet."""
    return np.zeros((SIDES, count), np.int64), np.zeros((SIDES, count), np.int64), np.zeros(count, np.int64)


def _sides(batch: pa.RecordBatch) -> Integers:
    """From which side each row saw its message."""
    direction = batch.column("direction")
    sides = np.array([SIDE_OF.get(word, PASSED) for word in direction.dictionary.to_pylist()], np.int64)
    of_rows: Integers = sides.take(direction.indices.to_numpy())
    return of_rows


def _nearest(counts: Integers, figures: Integers) -> Integers:
    """The figures of the first side that saw any message of a topic."""
    width = counts.shape[1]
    nearest: Integers = figures[np.argmax(counts > 0, axis=0), np.arange(width)]
    return nearest


def _hashes(topics: pa.Array) -> npt.NDArray[np.uint64]:
    """A hash of 64 bits for each: a polynomial over the bytes of its head and its length, then mixed."""
    heads = pc.binary_slice(topics, 0, LONGEST)
    offsets = np.frombuffer(heads.buffers()[1], np.int32)[heads.offset : heads.offset + len(heads) + 1].astype(np.int64)
    data = np.frombuffer(heads.buffers()[2] or b"", np.uint8)[offsets[0] : offsets[-1]].astype(np.uint64) + np.uint64(1)
    offsets = offsets - offsets[0]
    lengths = np.diff(offsets)
    with np.errstate(over="ignore"):
        powers = np.cumprod(np.full(LONGEST, 0x100000001B3, np.uint64))
        within = np.arange(len(data)) - np.repeat(offsets[:-1], lengths)
        sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(data * powers[within], dtype=np.uint64)])
        mixed = sums[offsets[1:]] - sums[offsets[:-1]] + pc.binary_length(topics).to_numpy().astype(np.uint64)
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
        hashes: npt.NDArray[np.uint64] = mixed ^ (mixed >> np.uint64(31))
    return hashes
