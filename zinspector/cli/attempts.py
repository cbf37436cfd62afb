"""Attempts to connect that fail again as they failed before: told once, and counted, where a person reads along.

A relay tells REFUSED at each. A spy that finds nobody tells three rows at the first one, as libzmq's monitor does, and
then one for several (`runtime.attempts`).
"""

from __future__ import annotations

import sys

import numpy as np
import pyarrow as pa

from zinspector.capture.masks import Mask, where
from zinspector.runtime.attempts import attempts_of

TRYING = frozenset({"CONNECT_DELAYED", "CLOSED", "CONNECT_RETRIED"})


class Attempts:
    """Knows what each node told last."""

    def __init__(self) -> None:
        self._last: dict[str, str | None] = {}
        self._trying: set[str] = set()
        self._refusals = self._retries = 0

    def again(self, batch: pa.RecordBatch) -> Mask:
        """Which rows only say of a node what was said of it before."""
        again = np.zeros(batch.num_rows, np.bool_)
        for row in np.flatnonzero(where(batch, "kind", _is_event)).tolist():
            node, name = batch.column("node")[row].as_py(), batch.column("name")[row].as_py()
            if name == self._last.get(node) == "REFUSED":
                again[row] = True
                self._refusals += 1
            elif name in TRYING and node in self._trying:
                again[row] = True
                if name == "CONNECT_RETRIED":
                    said = b"".join(batch.column("frames")[row].as_py())
                    self._retries += attempts_of(said.decode(errors="replace"))
            elif name == "CONNECT_RETRIED":
                self._trying.add(node)
            elif name not in TRYING:
                self._trying.discard(node)
            self._last[node] = name
        return again

    def tell(self) -> None:
        """Say how many were left out."""
        if self._refusals:
            print(f"zinspector: the target refused {self._refusals:,} more attempts", file=sys.stderr)
        if self._retries:
            print(f"zinspector: {self._retries:,} more attempts found nobody", file=sys.stderr)


def _is_event(kind: str) -> bool:
    return kind == "event"
