"""One set of words for a file that batches of several recorders go into.

Each recorder has words of its own whose codes only grow; so have the columns of a file, which Arrow writes as
additions (deltas). A set never begins empty: Arrow takes the first words of an empty set for another set, which a file
can't have.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from zinspector.capture.schema import SCHEMA, WORDS

REMEMBERED = 8  # sets of words of other recorders
MANY_HEAPS = 64
SMALL_HEAP = 8 << 10


class Words:
    """The words of one file, by column."""

    def __init__(self) -> None:
        self._codes: dict[str, dict[str, int]] = {name: {"": 0} for name in WORDS}
        self._columns: dict[str, pa.Array] = {name: pa.array([""], pa.utf8()) for name in WORDS}
        self._translations: dict[str, list[tuple[pa.Array, pa.Array]]] = {name: [] for name in WORDS}

    def joined(self, batches: Sequence[pa.RecordBatch]) -> pa.RecordBatch:
        """The rows of some batches as one batch with the words of this file; frames stay where they are."""
        columns = []
        for place, name in enumerate(SCHEMA.names):
            parts = [batch.column(place) for batch in batches]
            if name in self._codes:
                codes = [self._translation(name, part.dictionary).take(part.indices) for part in parts]
                columns.append(pa.DictionaryArray.from_arrays(_one(codes), self._columns[name]))
            elif name == "frames":
                columns.append(_dense(_one(parts)))
            else:
                columns.append(_one(parts))
        return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)

    def learn(self, batch: pa.RecordBatch) -> None:
        """Take in the words of a batch that comes later: then nothing has to be added."""
        for name in self._codes:
            self._translation(name, batch.column(name).dictionary)

    def nothing(self) -> pa.RecordBatch:
        """A batch without rows, with the words of this file."""
        columns = [
            pa.DictionaryArray.from_arrays(pa.array([], pa.int32()), self._columns[field.name])
            if field.name in self._columns
            else pa.array([], field.type)
            for field in SCHEMA
        ]
        return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)

    def _translation(self, name: str, words: pa.Array) -> pa.Array:
        """The codes of another set's words in this one."""
        known = self._translations[name]
        for place, (others, translation) in enumerate(known):
            if len(others) == len(words) and others.equals(words):
                known.insert(0, known.pop(place))
                return translation
        codes = self._codes[name]
        made = pa.array([codes.setdefault(word, len(codes)) for word in words.to_pylist()], pa.int32())
        known.insert(0, (words, made))
        del known[REMEMBERED:]
        if len(codes) > len(self._columns[name]):
            self._columns[name] = pa.array(list(codes), pa.utf8())
        return made


def _one(parts: list[pa.Array]) -> pa.Array:
    return parts[0] if len(parts) == 1 else pa.concat_arrays(parts)


def _dense(frames: pa.ListArray) -> pa.ListArray:
    """The same frames; those that lie in a great many small buffers, side by side in one."""
    heaps = frames.values.buffers()[2:]
    if len(heaps) < MANY_HEAPS or sum(heap.size for heap in heaps) > SMALL_HEAP * len(heaps):
        return frames
    values = frames.values.cast(pa.large_binary()).cast(pa.binary_view())
    return pa.ListArray.from_arrays(frames.offsets, values)
