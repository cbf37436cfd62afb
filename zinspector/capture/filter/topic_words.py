"""Topics as words: each is kept once, however many rows and batches share it; rows have small codes, a byte or two."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zinspector.capture.filter.frames import BatchFrames, Picked
from zinspector.capture.filter.kept import Kept
from zinspector.capture.filter.vocabulary import TEXT, Vocabulary
from zinspector.capture.masks import Mask

TOPIC: Final = "topic"
TOPICS: Final = pa.dictionary(pa.int32(), TEXT)
SAMPLE: Final = 1 << 14  # so many that thousands of topics are seen to repeat
Codes = npt.NDArray[np.unsignedinteger[Any]]
WordCodes = npt.NDArray[np.int32]


class Coded(NamedTuple):
    """The topics of a batch: for each row the code of a word, of the smallest type that does; 0 where there is none."""

    codes: Codes
    used: Mask
    """Which codes there are; the vocabulary may hold more."""
    vocabulary: Vocabulary
    size: int
    """Bytes that it takes; of a vocabulary that is shared, those of the words that were new there."""

    @property
    def words(self) -> pa.Array:
        """The words by code, as bytes."""
        return self.vocabulary.words

    @property
    def texts(self) -> pa.Array:
        """The words by code, null where they aren't text."""
        return self.vocabulary.texts


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
    encoded = _encoded(values, kept)
    if encoded is None:  # whole messages, maybe: to keep them would be to copy them
        return _coded(picked, np.arange(len(values)), *_own(values))
    made = _coded(picked, encoded.indices.to_numpy(), *_shared(encoded.dictionary, kept, frames.batch.num_rows))
    kept.put(frames.batch, TOPIC, made, made.size)
    return made


def _encoded(values: pa.Array, kept: Kept) -> pa.DictionaryArray | None:
    """The values by codes, if they repeat. Where those of other batches did, no sample is taken first."""
    if len(kept.vocabulary) > 1:
        encoded = values.dictionary_encode()
        return encoded if 2 * len(encoded.dictionary) <= len(values) else None
    sample = values.slice(0, SAMPLE)
    return values.dictionary_encode() if 2 * len(sample.unique()) <= len(sample) else None


def topics(frames: BatchFrames, kept: Kept) -> pa.DictionaryArray:
    """The topic of each row, of type `TOPICS`, a null word where there is none, or one that isn't text."""
    found = coded(frames, kept)
    return pa.DictionaryArray.from_arrays(pa.array(found.codes.astype(np.int32)), found.texts, safe=False)


def _shared(words: pa.Array, kept: Kept, rows: int) -> tuple[Vocabulary, WordCodes, int]:
    """The vocabulary that all share, the codes of these words there, and the bytes that they added; or their own."""
    shared = kept.vocabulary
    if rows < len(shared):  # to search that would cost more than it saves
        return _own(words)
    before = shared.size
    codes = shared.codes(words)
    if codes is not None:
        return shared, codes, shared.size - before
    kept.vocabulary = Vocabulary()  # the other is full
    return _own(words)


def _own(words: pa.Array) -> tuple[Vocabulary, WordCodes, int]:
    """A vocabulary of these words only, in this order."""
    own = Vocabulary(words)
    return own, np.arange(1, len(own), dtype=np.int32), own.size


def _coded(
    picked: Picked, places: npt.NDArray[np.integer[Any]], vocabulary: Vocabulary, codes: WordCodes, added: int
) -> Coded:
    """Rows whose words are at these places among those that have these codes."""
    smallest, rows = np.min_scalar_type(len(vocabulary) - 1), picked.frames.batch.num_rows
    translation = codes.astype(smallest)
    found = translation[places]
    if len(found) < rows:
        every = np.zeros(rows, smallest)
        every[picked.rows()] = found
        found = every
    used = np.zeros(len(vocabulary), np.bool_)
    used[translation] = True
    return Coded(found, used, vocabulary, found.nbytes + used.nbytes + added)
