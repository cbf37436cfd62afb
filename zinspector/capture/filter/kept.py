"""What was worked out about batches, kept while they live and while it fits: so that typing on costs little.

Least recently used goes first. All methods may be called from any thread.
"""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Hashable
from functools import partial
from typing import Any, Final

import pyarrow as pa

from zinspector.capture.filter.vocabulary import Vocabulary

MOST_BYTES: Final = 64 << 20  # a short number of each of ten million messages, and their topics


class Kept:
    """Values by batch and key, up to `most_bytes`."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes = most_bytes
        self.bytes = 0
        self.vocabulary = Vocabulary()
        """What batches share; another one once it is full."""
        self._values: OrderedDict[tuple[int, Hashable], tuple[weakref.ref[Any], Any, int]] = OrderedDict()
        self._lock = threading.RLock()  # a batch may end, and call back, while this thread holds it

    def get(self, batch: pa.RecordBatch, key: Hashable) -> Any:
        """The value, or None."""
        with self._lock:
            found = self._values.get((id(batch), key))
            if found is None or found[0]() is not batch:
                return None
            self._values.move_to_end((id(batch), key))
            return found[1]

    def put(self, batch: pa.RecordBatch, key: Hashable, value: Any, size: int) -> None:
        """Keep a value of about `size` bytes, unless it alone is too much."""
        place = (id(batch), key)
        with self._lock:
            self._forget(place)
            if size > self.most_bytes:
                return
            self._values[place] = (weakref.ref(batch, partial(_forget, weakref.ref(self), place)), value, size)
            self.bytes += size
            while self.bytes > self.most_bytes:
                self._forget(next(iter(self._values)))

    def _forget(self, place: tuple[int, Hashable]) -> None:
        with self._lock:
            found = self._values.pop(place, None)
            if found is not None:
                self.bytes -= found[2]


def _forget(kept: weakref.ref[Kept], place: tuple[int, Hashable], _: object) -> None:
    """A batch ended. This must not keep alive what is kept: it would go with the next collection only."""
    if (there := kept()) is not None:
        there._forget(place)
