"""What the reader of a capture should know of its file: damage, and what is there instead of ZeroMQ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pyarrow as pa

from zinspector.capture.arrow_piece import DOUBTFUL
from zinspector.capture.masks import where
from zinspector.capture.picking import pick
from zinspector.capture.store import Store

OF_THE_FILE = {"NOT_ZMTP", "DAMAGED", "REMARK", "REFUSED"}


def remarks(store: Store) -> list[str]:
    """Sentences about the file of an opened store; looks at all of it."""
    told = Counter(said for batch in store.batches() for said in _of_the_file(batch))
    damage = [sentence for name, sentence in told if name in ("DAMAGED", "REMARK")]
    doubts = [text for batch in store.batches() for text in _doubts(batch)]
    texts = list(dict.fromkeys([*store.remarks, *damage, *doubts]))
    if told.total() == store.retained and not (store.remarks and not told):
        other = "; ".join(sentence for name, sentence in told if name == "NOT_ZMTP")
        texts.append(f"no ZeroMQ traffic{f', but {other}' if other else ''}")
    return texts


def _of_the_file(batch: pa.RecordBatch) -> Iterator[tuple[str, str]]:
    """Events that belong to no connection, as names and sentences: what was found besides ZeroMQ."""
    mine = where(batch, "name", OF_THE_FILE.__contains__) & where(batch, "kind", "event".__eq__)
    alone = mine & batch.column("connection").is_null().to_numpy(zero_copy_only=False)
    if not alone.any():
        return iter(())
    found = pick(batch, alone)
    names, frames = found.column("name").dictionary_decode().to_pylist(), found.column("frames").to_pylist()
    return zip(names, map(_sentence, frames), strict=True)


def _doubts(batch: pa.RecordBatch) -> list[str]:
    """What every row of a batch has for an anomaly when a sum of its file fails."""
    first = batch.column("anomalies")[0].as_py() if batch.num_rows else None
    return [text for text in first or () if text.startswith(f"{DOUBTFUL}:")]


def _sentence(frames: list[bytes]) -> str:
    return frames[0].decode("utf-8", "replace") if frames else ""
