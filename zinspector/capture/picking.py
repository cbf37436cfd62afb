"""Some rows of a batch as a batch of their own: Arrow has no `filter` for columns of binary views."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from zinspector.capture.masks import Mask
from zinspector.capture.schema import SCHEMA


def pick(batch: pa.RecordBatch, mask: Mask) -> pa.RecordBatch:
    """The rows where `mask` is true. Their frames are copied, so that the others are not held."""
    if mask.all():
        return batch
    rows = np.flatnonzero(mask)
    indices = pa.array(rows)
    columns = [
        _frames(column, rows.tolist()) if name == "frames" else column.take(indices)
        for name, column in zip(batch.schema.names, batch.columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def _frames(column: pa.ListArray, rows: list[int]) -> pa.ListArray:
    return pa.array([column[row].as_py() for row in rows], SCHEMA.field("frames").type)
