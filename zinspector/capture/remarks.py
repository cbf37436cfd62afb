"""What the reader of a capture should know of its file: damage, and what is there instead of ZeroMQ."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from zinspector.capture.arrow_piece import DOUBTFUL
from zinspector.capture.masks import where
from zinspector.capture.message import Message, message
from zinspector.capture.store import Store

OF_THE_FILE = {"NOT_ZMTP", "DAMAGED", "REMARK", "REFUSED"}


def remarks(store: Store) -> list[str]:
    """Sentences about the file of an opened store; looks at all of it."""
    told = [row for batch in store.batches() for row in _of_the_file(batch)]
    damage = [_sentence(row) for row in told if row.name in ("DAMAGED", "REMARK")]
    doubts = [text for batch in store.batches() for text in _doubts(batch)]
    texts = list(dict.fromkeys([*store.remarks, *damage, *doubts]))
    if len(told) == store.retained and not (store.remarks and not told):
        other = "; ".join(_sentence(row) for row in told if row.name == "NOT_ZMTP")
        texts.append(f"no ZeroMQ traffic{f', but {other}' if other else ''}")
    return texts


def _of_the_file(batch: pa.RecordBatch) -> list[Message]:
    """Events that belong to no connection: what was found besides ZeroMQ."""
    mine = where(batch, "name", OF_THE_FILE.__contains__) & where(batch, "kind", "event".__eq__)
    alone = mine & batch.column("connection").is_null().to_numpy(zero_copy_only=False)
    return [message(batch, row) for row in np.flatnonzero(alone).tolist()]


def _doubts(batch: pa.RecordBatch) -> list[str]:
    """What every row of a batch has for an anomaly when a sum of its file fails."""
    first = batch.column("anomalies")[0].as_py() if batch.num_rows else None
    return [text for text in first or () if text.startswith(f"{DOUBTFUL}:")]


def _sentence(row: Message) -> str:
    return row.frames[0].decode("utf-8", "replace") if row.frames else ""
