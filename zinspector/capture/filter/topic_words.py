"""Topics as words: each is kept once for a batch, however many rows have it; rows are compared by small codes."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zinspector.capture.filter.frames import BatchFrames, Picked
from zinspector.capture.filter.kept import Kept
from zinspector.capture.filter.utf8 import text_mask

TOPIC: Final = "topic"
TOPICS: Final = pa.dictionary(pa.int32(), pa.string_view())
SAMPLE: Final = 1024


def topics(frames: BatchFrames, kept: Kept) -> pa.DictionaryArray:
    """The topic of each row, of type `TOPICS`; null where there is none, or one that isn't text."""
    known: pa.DictionaryArray | None = kept.get(frames.batch, TOPIC)
    if known is not None:
        return known
    picked = frames.of_topics(frames.pick(0, None))
    values = picked.array(pa.binary_view())
    sample = values.slice(0, SAMPLE)
    if 2 * len(sample.unique()) > len(sample):  # whole messages, maybe: to keep them would be to copy them
        return _of_rows(picked, np.arange(len(picked)), values)
    encoded = values.dictionary_encode()
    made = _of_rows(picked, encoded.indices.to_numpy(), encoded.dictionary)
    size = sum(buffer.size for buffer in made.dictionary.buffers() if buffer is not None)
    kept.put(frames.batch, TOPIC, made, made.indices.nbytes + size)
    return made


def _of_rows(picked: Picked, codes: npt.NDArray[np.integer[Any]], words: pa.Array) -> pa.DictionaryArray:
    """The words with these codes in the rows of which something is picked; a word that isn't text is null."""
    mask = text_mask(words)
    there = None if mask is None else pa.py_buffer(np.packbits(np.pad(mask, (words.offset, 0)), bitorder="little"))
    buffers = [there, *words.buffers()[1:]]
    dictionary = pa.Array.from_buffers(TOPICS.value_type, len(words), buffers, offset=words.offset)
    count = picked.frames.batch.num_rows
    if len(picked) == count:
        return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), dictionary)
    rows = picked.rows()
    every, none = np.zeros(count, np.int32), np.ones(count, np.bool_)
    every[rows], none[rows] = codes, False
    return pa.DictionaryArray.from_arrays(pa.array(every, mask=none), dictionary)
