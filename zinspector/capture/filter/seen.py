"""What is in a capture, for whoever types about it: words, topics, and the paths in JSON of a sample of its rows."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import pyarrow as pa

from zinspector.capture.filter.tree import Step
from zinspector.capture.message import Message, messages
from zinspector.capture.schema import WORDS

Path = tuple[Step, ...]
Values = Callable[[Message], Iterator[tuple[str, Any]]]
"""Of a message, each decoded value with the name of its decoder as filters call it."""

MOST_BATCHES: Final = 8
ROWS_OF_EACH: Final = 100
MOST_WORDS: Final = 1000
MOST_PATHS: Final = 400
MOST_VALUES: Final = 30
MOST_BYTES: Final = 64 << 10
DEEPEST: Final = 5
LONGEST_TEXT: Final = 80


class Seen:
    """Words by column, topics, and by decoder (`json`, `proto` ...) the paths with some of the values there."""

    def __init__(self) -> None:
        self.words: dict[str, list[str]] = {name: [] for name in WORDS}
        self.topics: dict[str, int] = {}
        self.anomalies: dict[str, int] = {}
        self.most_frames = 0
        self.paths: dict[str, dict[Path, dict[Any, int]]] = {}

    @classmethod
    def sample(cls, batches: Sequence[pa.RecordBatch], decoded: Values | None = None) -> Seen:
        """What some hundred rows hold, from all over the capture. `decoded` is asked for other formats than JSON."""
        seen = cls()
        step = max(1, len(batches) // MOST_BATCHES)
        for at in range(len(batches) - 1, -1, -step):
            batch = batches[at]
            seen._look_at_words(batch)
            for message in messages(batch.slice(max(0, batch.num_rows - ROWS_OF_EACH))):
                seen._look_at(message, decoded)
        return seen

    def _look_at_words(self, batch: pa.RecordBatch) -> None:
        for name in WORDS:
            known = self.words[name]
            fresh = set(batch.column(name).dictionary.slice(0, MOST_WORDS).to_pylist()).difference(known)
            known += sorted(fresh)[: MOST_WORDS - len(known)]

    def _look_at(self, message: Message, decoded: Values | None) -> None:
        self.most_frames = max(self.most_frames, len(message.frames))
        for anomaly in message.anomalies:
            _count(self.anomalies, anomaly)
        if message.kind != "message":
            return
        if message.topic is not None:
            _count(self.topics, message.topic)
        for frame in message.frames:
            if frame[:1] in (b"{", b"[") and len(frame) <= MOST_BYTES:
                with contextlib.suppress(ValueError, RecursionError):
                    self._look_through("json", json.loads(frame))
        for name, value in decoded(message) if decoded is not None else ():
            with contextlib.suppress(TypeError, ValueError, RecursionError):
                self._look_through(name, value)

    def _look_through(self, decoder: str, value: Any) -> None:
        """All of a value. Raises TypeError, ValueError or RecursionError for what is not to be asked for."""
        json.dumps(value, ensure_ascii=False).encode()  # lone surrogates can't be typed
        self._look_into(decoder, (), value, DEEPEST)

    def _look_into(self, decoder: str, path: Path, value: Any, deep: int) -> None:
        paths = self.paths.setdefault(decoder, {})
        if path:
            if path not in paths and len(paths) >= MOST_PATHS:
                return
            values = paths.setdefault(path, {})
            if value is None or isinstance(value, bool | int | float | str):
                _count(values, value[:LONGEST_TEXT] if isinstance(value, str) else value, MOST_VALUES)
        if isinstance(value, dict) and deep:
            for key, inner in list(value.items())[:MOST_PATHS]:
                if isinstance(key, str) and key and "*" not in key and "\0" not in key:
                    self._look_into(decoder, (*path, key), inner, deep - 1)
        elif isinstance(value, list) and value and deep:
            self._look_into(decoder, (*path, 0), value[0], deep - 1)


def _count(counts: dict[Any, int], value: Any, most: int = MOST_WORDS) -> None:
    if value in counts or len(counts) < most:
        counts[value] = counts.get(value, 0) + 1
