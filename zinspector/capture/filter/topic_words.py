"""Topics as words: each is kept once for a batch, however many rows share it; rows have small codes, a byte or two."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zinspector.capture.filter.frames import BatchFrames, Picked
from zinspector.capture.filter.kept import Kept
from zinspector.capture.filter.utf8 import text_mask

TOPIC: Final = "topic"
TOPICS: Final = pa.dictionary(pa.int32(), pa.string_view())
SAMPLE: Final = 1 << 14  # so many that thousands of topics are seen to repeat


class Coded(NamedTuple):
    """The topics of a batch in order of appearance, as bytes, and of each row which it is.

    `codes` are of the smallest type of unsigned integers that holds them. A row without a topic has the code that is
    behind the last. `texts` are the same as text, and one more: null for what isn't text, and for no topic.
    """

    codes: npt.NDArray[np.unsignedinteger[Any]]
    words: pa.Array
    texts: pa.Array

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        buffers = (each for array in (self.words, self.texts) for each in array.buffers() if each)
        size: int = self.codes.nbytes + sum({each.address: each.size for each in buffers}.values())
        return size


def known(batch: pa.RecordBatch, kept: Kept) -> Coded | None:
    """The topics of a batch, if they are kept."""
    found: Coded | None = kept.get(batch, TOPIC)
    return found


def coded(frames: BatchFrames, kept: Kept) -> Coded:
    """The topics of a batch; they are kept where they repeat."""
    if (before := known(frames.batch, kept)) is not None:
        return before
    picked = frames.of_topics(frames.pick(0, None))
    values = picked.array(pa.binary_view())
    sample = values.slice(0, SAMPLE)
    repeating = 2 * len(sample.unique()) <= len(sample)
    # Others are whole messages, maybe: to keep them would be to copy them
    encoded = values.dictionary_encode() if repeating else None
    words = values if encoded is None else encoded.dictionary
    codes = np.arange(len(words)) if encoded is None else encoded.indices.to_numpy()
    texts = _texts(words)
    if texts.null_count == 1:  # all are text: the same views do for both
        words = pa.Array.from_buffers(pa.binary_view(), len(words), [None, *texts.buffers()[1:]], offset=texts.offset)
    made = Coded(_of_rows(picked, codes, len(words)), words, texts)
    if repeating:
        kept.put(frames.batch, TOPIC, made, made.size)
    return made


def topics(frames: BatchFrames, kept: Kept) -> pa.DictionaryArray:
    """The topic of each row, of type `TOPICS`, a null word where there is none, or one that isn't text."""
    found = coded(frames, kept)
    return pa.DictionaryArray.from_arrays(pa.array(found.codes.astype(np.int32)), found.texts)


def _of_rows(picked: Picked, codes: npt.NDArray[np.integer[Any]], none: int) -> npt.NDArray[np.unsignedinteger[Any]]:
    """The code of each row, `none` for those of which nothing is picked."""
    smallest, count = np.min_scalar_type(none), picked.frames.batch.num_rows
    if len(codes) == count:
        return codes.astype(smallest)
    every = np.full(count, none, smallest)
    every[picked.rows()] = codes
    return every


def _texts(words: pa.Array) -> pa.Array:
    mask = text_mask(words)
    there = None if mask is None else pa.py_buffer(np.packbits(np.pad(mask, (words.offset, 0)), bitorder="little"))
    texts = pa.Array.from_buffers(TOPICS.value_type, len(words), [there, *words.buffers()[1:]], offset=words.offset)
    return pa.concat_arrays([texts, pa.nulls(1, TOPICS.value_type)])
