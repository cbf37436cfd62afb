"""From plain lists to columns: the path that every captured message takes.

The pump hands over runs: messages of one source in the order they came, as flat lists of times and frames. A run costs
one small tuple, a message nothing but its place in the lists. `flush()` turns all runs since the last one into one
record batch with numpy and Arrow, without a Python step per message.

The frames are kept in plain lists of bytes, which the garbage collector does not look into.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zinspector.capture.clock import Clock
from zinspector.capture.constant import constant, nulls
from zinspector.capture.schema import SCHEMA, Direction, Kind

MAX_FRAME = 1 << 20
NONE = -1
MOST_WORDS = 20_000
OTHERS = "(others)"

Codes = npt.NDArray[np.int32]


class Source(NamedTuple):
    """What all messages of a source have in common, as codes into the vocabularies."""

    node: int
    direction: int
    from_type: int
    to_type: int


class Run(NamedTuple):
    """`rows` messages of one source. `links` is one code for all, or one for each."""

    source: int
    rows: int
    links: int | list[int]
    connection: int
    kind: int
    name: int


class Vocabulary:
    """Words by code. Codes only grow, so batches made earlier keep their meaning.

    A peer that makes up words (names of commands, types of sockets) can't fill the memory: past `MOST_WORDS`, new ones
    are all `OTHERS`.
    """

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}
        self._words: pa.Array = pa.array([], pa.utf8())

    def code(self, word: str | None) -> int:
        """The code of a word; NONE for None."""
        if word is None:
            return NONE
        code = self._codes.get(word)
        if code is None:
            known = word if len(self._codes) < MOST_WORDS else OTHERS
            code = self._codes.setdefault(known, len(self._codes))
        return code

    def column(self, codes: Codes) -> pa.DictionaryArray:
        """A dictionary column; NONE becomes null."""
        missing = codes == NONE
        return self._over(pa.array(codes, pa.int32(), mask=missing if missing.any() else None))

    def repeated(self, codes: Codes, counts: npt.NDArray[np.int64]) -> pa.DictionaryArray:
        """The same with each code `counts` times: mostly all are the same."""
        if (codes != codes[0]).any():
            return self.column(np.repeat(codes, counts))
        rows, code = int(counts.sum()), int(codes[0])
        return self._over(nulls(rows, pa.int32()) if code == NONE else constant(code, rows, pa.int32()))

    def _over(self, codes: pa.Array) -> pa.DictionaryArray:
        if len(self._words) < len(self._codes):
            self._words = pa.array([_clean(word) for word in self._codes], pa.utf8())
        return pa.DictionaryArray.from_arrays(codes, self._words, safe=False)  # all codes are ours


class Recorder:
    """Collects runs and events until they are flushed."""

    def __init__(self, clock: Clock, max_frame: int = MAX_FRAME) -> None:
        """Frames longer than `max_frame` bytes keep only their head."""
        self._clock = clock
        self._max_frame = max_frame
        self._words = {name: Vocabulary() for name in ("node", "link", "direction", "kind", "name", "type")}
        self._sources: dict[Source, int] = {}
        self._message: int = self._code("kind", "message")
        self._clear()

    def source(self, node: str, direction: Direction, from_type: str | None, to_type: str | None) -> int:
        """The code of a source; the same arguments give the same code."""
        types = self._words["type"]
        made = Source(
            self._code("node", node), self._code("direction", direction), types.code(from_type), types.code(to_type)
        )
        return self._sources.setdefault(made, len(self._sources))

    def add_run(
        self,
        source: int,
        times: list[int],
        frames: list[bytes],
        counts: list[int] | None = None,
        link: str | list[str | None] | None = None,
        connection: int | None = None,
    ) -> None:
        """Take messages in: their monotonic times (ns), all their frames in order, and the frames of each.

        `counts` None means one frame each. `link` is one for all, or a list with one for each message.
        """
        links = [self._code("link", each) for each in link] if isinstance(link, list) else self._code("link", link)
        at = NONE if connection is None else connection
        self._runs.append(Run(source, len(times), links, at, self._message, NONE))
        self._times += times
        self._frames += frames
        self._counts += [1] * len(times) if counts is None else counts

    def add_command(
        self,
        node: str,
        name: str,
        frames: Sequence[bytes],
        time: int,
        *,
        direction: Direction = "in",
        link: str | None = None,
        connection: int | None = None,
        from_type: str | None = None,
        to_type: str | None = None,
        kind: Kind = "command",
    ) -> None:
        """Take in one row that isn't a message, such as a SUBSCRIBE."""
        source = self.source(node, direction, from_type, to_type)
        at = NONE if connection is None else connection
        codes = self._code("kind", kind), self._code("name", name)
        self._runs.append(Run(source, 1, self._code("link", link), at, *codes))
        self._times.append(time)
        self._frames += frames
        self._counts.append(len(frames))

    def add_event(
        self,
        node: str,
        name: str,
        text: str,
        time: int,
        link: str | None = None,
        connection: int | None = None,
        from_type: str | None = None,
    ) -> None:
        """Take in what a socket monitor told: its name, and one frame of text."""
        frames = [text.encode("utf-8", "backslashreplace")]
        self.add_command(node, name, frames, time, link=link, connection=connection, from_type=from_type, kind="event")

    def flush(self) -> pa.RecordBatch | None:
        """Everything since the last flush as one batch (`n` is left 0 for the store), or None."""
        if not self._runs:
            return None
        columns = self._columns()
        self._clear()
        return pa.RecordBatch.from_arrays([columns[name] for name in SCHEMA.names], schema=SCHEMA)

    def _clear(self) -> None:
        self._runs: list[Run] = []
        self._times: list[int] = []
        self._frames: list[bytes] = []
        self._counts: list[int] = []

    def _code(self, column: str, word: str | None) -> int:
        return self._words[column].code(word)

    def _columns(self) -> dict[str, pa.Array]:
        rows = len(self._times)
        lengths = np.array([run.rows for run in self._runs])
        sources = list(self._sources)
        fields = np.array([[*sources[run.source], run.kind, run.name, run.connection] for run in self._runs])
        node, direction, from_type, to_type, kind, name, connection = (
            np.repeat(column, lengths).astype(np.int32) for column in fields.T
        )
        offsets = np.zeros(rows + 1, np.int32)
        np.cumsum(self._counts, out=offsets[1:])
        frames, lengths_of_frames, true_sizes = self._frames_of(offsets)
        ends = np.concatenate(([0], np.cumsum(lengths_of_frames)))
        words = self._words
        return {
            "n": constant(0, rows, pa.uint64()),
            "time_ns": pa.array(np.array(self._times, np.int64) + self._clock.offset_ns),
            "node": words["node"].column(node),
            "link": words["link"].column(self._links(lengths)),
            "connection": pa.array(connection, pa.int32(), mask=connection == NONE),
            "direction": words["direction"].column(direction),
            "kind": words["kind"].column(kind),
            "name": words["name"].column(name),
            "from_type": words["type"].column(from_type),
            "to_type": words["type"].column(to_type),
            "size": pa.array(ends[offsets[1:]] - ends[offsets[:-1]], pa.int64()),
            "frames": frames,
            "true_sizes": true_sizes,
            "anomalies": nulls(rows, SCHEMA.field("anomalies").type),
        }

    def _links(self, lengths: npt.NDArray[np.int64]) -> Codes:
        if all(isinstance(run.links, int) for run in self._runs):
            return np.repeat(np.array([run.links for run in self._runs], np.int32), lengths)
        parts = [
            np.full(run.rows, run.links, np.int32) if isinstance(run.links, int) else np.array(run.links, np.int32)
            for run in self._runs
        ]
        return np.concatenate(parts)

    def _frames_of(self, offsets: npt.NDArray[np.int32]) -> tuple[pa.ListArray, npt.NDArray[np.int64], pa.Array]:
        """The column of frames, the true length of each frame, and the column of true sizes."""
        lengths = np.fromiter(map(len, self._frames), np.int64, len(self._frames))
        nothing = nulls(len(offsets) - 1, SCHEMA.field("true_sizes").type)
        long = lengths > self._max_frame
        if not long.any():
            return pa.ListArray.from_arrays(offsets, pa.array(self._frames, pa.binary_view())), lengths, nothing
        heads = [frame[: self._max_frame] for frame in self._frames]
        frames = pa.ListArray.from_arrays(offsets, pa.array(heads, pa.binary_view()))
        cut = np.logical_or.reduceat(np.append(long, False), offsets[:-1]) & (np.diff(offsets) > 0)
        sizes = [
            lengths[start:end].tolist() if truncated else None
            for truncated, start, end in zip(cut, offsets[:-1], offsets[1:], strict=True)
        ]
        return frames, lengths, pa.array(sizes, nothing.type)


def _clean(word: str) -> str:
    return word.encode("utf-8", "backslashreplace").decode()
