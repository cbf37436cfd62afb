"""Words that batches share, each kept once: thousands of topics in each of hundreds of batches would take 60 MB."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from zinspector.capture.filter.utf8 import text_mask

MOST: Final = 1 << 14  # words: more would hardly repeat within a batch
MOST_BYTES: Final = 1 << 20
TEXT: Final = pa.string_view()
Answers = npt.NDArray[Any]


class Vocabulary:
    """Words by code, as bytes (`words`) and as text (`texts`, null for what isn't text). Code 0 is no word, and null.

    It may grow: then these are other arrays, but codes stay what they are. Any thread may use it.
    """

    def __init__(self, words: pa.Array | None = None) -> None:
        """Begins with these, of type binary_view."""
        self._growing = threading.Lock()
        self._become(pa.nulls(0, pa.binary_view()) if words is None else words)

    def __len__(self) -> int:
        return len(self.words)

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        return buffer_bytes(self.words, self.texts)

    def codes(self, words: pa.Array) -> npt.NDArray[np.int32] | None:
        """The codes of different words; those that are new are added. None where there is no room for them."""
        if buffer_bytes(words) > MOST_BYTES:
            return None
        wanted = words.cast(pa.binary())
        with self._growing:
            known = self.words.cast(pa.binary())
            found = pc.index_in(wanted, value_set=known)
            if found.null_count:
                known = pa.concat_arrays([known, wanted.filter(found.is_null())])
                if len(known) > MOST or known.nbytes > MOST_BYTES:
                    return None
                self._become(known.slice(1).cast(pa.binary_view()))
                found = pc.index_in(wanted, value_set=known)
        codes: npt.NDArray[np.int32] = found.to_numpy()
        return codes

    def _become(self, words: pa.Array) -> None:
        mask = text_mask(words)
        there = None if mask is None else pa.py_buffer(np.packbits(np.pad(mask, (words.offset, 0)), bitorder="little"))
        texts = pa.Array.from_buffers(TEXT, len(words), [there, *words.buffers()[1:]], offset=words.offset)
        self.texts = pa.concat_arrays([pa.nulls(1, TEXT), texts])
        if mask is None:  # all are text: the same views do for both
            words = pa.Array.from_buffers(words.type, len(self.texts), self.texts.buffers(), offset=self.texts.offset)
        else:
            words = pa.concat_arrays([pa.nulls(1, words.type), words])
        self.words = words


def asked_once(arrays: Sequence[pa.Array], ask: Callable[[list[pa.Array]], Answers]) -> list[Answers]:
    """What `ask` answers for each word of some arrays, array by array: of one that comes several times only once."""
    different = {id(each): each for each in arrays}
    answers = np.split(ask([*different.values()]), np.cumsum([len(each) for each in different.values()])[:-1])
    found = dict(zip(different, answers, strict=True))
    return [found[id(each)] for each in arrays]


def buffer_bytes(*arrays: pa.Array) -> int:
    """Bytes of all buffers that some arrays have."""
    buffers = (each for array in arrays for each in array.buffers() if each)
    return sum({each.address: each.size for each in buffers}.values())
