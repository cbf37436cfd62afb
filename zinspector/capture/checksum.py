"""A number by which damage shows: the sum of what a batch holds, kept beside it in a file.

Arrow's format has no checksums: a flipped bit in a payload would be shown as if it had been sent. The sum is that of
64-bit words, which memory delivers as fast as it can be read; any change of a single word shows.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

KEY = b"zinspector.sum"
_PRIME = 0x100000001B3
_MASK = (1 << 64) - 1


def checksum(batch: pa.RecordBatch) -> int:
    """The sum of the times, sizes and frames of a batch with the columns of a capture."""
    total = batch.num_rows
    for name in ("time_ns", "size"):
        total = _mixed(total, memoryview(batch.column(name).to_numpy()))
    frames = batch.column("frames")
    offsets = frames.offsets.to_numpy()
    values = frames.values
    views, *heaps = values.buffers()[1:]
    total = _mixed(total, memoryview(offsets - offsets[0]))
    start = values.offset + int(offsets[0])
    total = _mixed(total, memoryview(views or b"")[16 * start : 16 * (values.offset + int(offsets[-1]))])
    for heap in heaps:
        total = _mixed(total, memoryview(heap))
    return total


def _mixed(total: int, data: memoryview) -> int:
    data = data.cast("B")
    whole = len(data) & ~7
    words = int(np.frombuffer(data[:whole], np.uint64).sum(dtype=np.uint64)) if whole else 0
    return ((total * _PRIME) ^ (words + len(data) + int.from_bytes(data[whole:], "little"))) & _MASK
