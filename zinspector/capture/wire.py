"""From what the wire parser found to columns: the path of every tapped message.

Rows are those of `schema.py`, as if a socket had received them:

| found                    | kind      | name                      | frames                                          |
|---|---|---|---|
| Message, or one of a Block | message | -, with CURVE MESSAGE     | as they came (heads where too long)             |
| Command                  | command   | SUBSCRIBE, PING ...       | its data (of SUBSCRIBE, CANCEL the topic)       |
| Greeting, Handshake      | handshake | GREETING, READY, HELLO ... | its bytes, or its data                         |
| Gap, NotZmtp, Stopped    | event     | GAP, NOT_ZMTP, STOPPED    | a sentence, and details as JSON                 |
| what a tap tells         | event     | OPENED, CLOSED ...        | the same                                        |

Blocks stay where they are: a chunk of the stream becomes a buffer of the batch, and each frame a view of 16 bytes, made
with numpy at once, while the bytes are in the cache (Arrow columnar format, "Variable-size Binary View Layout"). Views
of up to 12 bytes hold the frame itself. A chunk of which its blocks use less than half is copied down to that part, so
nothing pins memory that nobody counts.
All other frames of a batch share one buffer, but for long ones, which are buffers of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zinspector.capture.arrivals import Arrivals, ends_of
from zinspector.capture.constant import constant, repeated
from zinspector.capture.growing import Growing
from zinspector.capture.listed import Listed
from zinspector.capture.schema import ENCRYPTED, SCHEMA, Direction
from zinspector.capture.views import Heap, bounds
from zinspector.capture.writer import MAX_FRAME, Codes, Vocabulary
from zinspector.zmtp.events import Block, Event, Greeting, Side

DIRECTIONS: Final[dict[Side, Direction]] = {"connect": "connect->bind", "bind": "bind->connect"}
MOST_SOURCES: Final = 50_000


class WireSource(NamedTuple):
    """What all rows of one side of a connection have in common; connections count from 1 in one capture."""

    node: str
    link: str | None
    connection: int
    side: Side
    from_type: str | None
    to_type: str | None
    encrypted: bool = False
    """By CURVE: its messages are rows named `ENCRYPTED`."""


class Part(NamedTuple):
    """Rows that came one after another from one source."""

    source: int
    rows: int


class WireWriter:
    """Collects what a parser found until it is flushed."""

    def __init__(self, max_frame: int = MAX_FRAME, words: dict[str, Vocabulary] | None = None) -> None:
        """Frames longer than `max_frame` bytes keep only their head. `words` are vocabularies to share, by column."""
        self._words = {} if words is None else words
        for name in ("node", "link", "direction", "kind", "name", "type"):
            self._words.setdefault(name, Vocabulary())
        self._sources: dict[WireSource, int] = {}  # since the last flush, and some from before
        self._codes: list[tuple[int, ...]] = []
        self._listed = Listed(max_frame, self._words["kind"], self._words["name"])
        self._times, self._sizes = Growing(np.int64), Growing(np.int64)
        self._counts, self._views = Growing(np.int32), Growing(np.uint32, 4)
        self._clear()

    @property
    def rows(self) -> int:
        """Rows since the last flush."""
        return self._rows

    @property
    def listed(self) -> int:
        """Those of them that are no part of a block: they take Python's time, one by one."""
        return len(self._listed)

    def add(self, source: WireSource, items: Sequence[Event | Block], when: int | Arrivals) -> None:
        """Take in what `Connection.feed` or `scan` returned for one chunk, or for several that were joined.

        `when`: wall times (ns); ends are offsets in the stream. A greeting of ZMTP 3.x has no types, also when a READY
        that came with it tells them.
        """
        if items and isinstance(items[0], Greeting) and items[0].socket_type is None:
            self._take(source._replace(from_type=None, to_type=None), items[:1], when)
            items = items[1:]
        self._take(source, items, when)

    def _take(self, source: WireSource, items: Sequence[Event | Block], when: int | Arrivals) -> None:
        first = self._rows
        used: dict[int, int] = {}
        for item in items:
            if isinstance(item, Block):
                begin, end = bounds(item)
                used[id(item.data)] = used.get(id(item.data), 0) + end - begin
        for item in items:
            if isinstance(item, Block):
                self._block(item, 2 * used[id(item.data)] >= len(item.data))
            else:
                self._frames += self._listed.add(item, self._rows, self._frames)
                self._rows += 1
        if self._rows > first:
            times = when.of(ends_of(items)) if isinstance(when, Arrivals) else when
            self._times.part(first, self._rows)[:] = times
            self._parts.append(Part(self._source(source), self._rows - first))

    def _block(self, block: Block, whole: bool) -> None:
        """Take in a block, while its bytes are still in the cache; `whole` says that its chunk may be kept as it is."""
        rows, frames = self._rows, self._frames
        self._rows += len(block.counts)
        self._frames += len(block.starts)
        self._counts.part(rows, self._rows)[:] = block.counts
        self._sizes.part(frames, self._frames)[:] = block.lengths
        self._heap.block(self._views.part(frames, self._frames), block, whole)

    def event(
        self, source: WireSource, name: str, text: str, details: Mapping[str, object] | None, time_ns: int
    ) -> None:
        """Take in what a tap tells: OPENED, PEER, CLOSED ...; details become JSON."""
        self._frames += self._listed.tell(name, text, details, self._rows, self._frames)
        self._times.part(self._rows, self._rows + 1)[:] = time_ns
        self._rows += 1
        self._parts.append(Part(self._source(source), 1))

    def flush(self) -> pa.RecordBatch | None:
        """Everything since the last flush as one batch (`n` is left 0 for the store), or None."""
        if not self._rows:
            return None
        columns = self._columns()
        self._clear()
        return pa.RecordBatch.from_arrays([columns[name] for name in SCHEMA.names], schema=SCHEMA)

    def _clear(self) -> None:
        if len(self._sources) > MOST_SOURCES:  # of connections long gone
            self._sources.clear()
            self._codes.clear()
        self._rows = 0
        self._frames = 0
        self._parts: list[Part] = []
        self._heap = Heap()
        self._listed.clear()

    def _source(self, source: WireSource) -> int:
        code = self._sources.get(source)
        if code is None:
            words = self._words
            code = self._sources[source] = len(self._sources)
            self._codes.append(
                (
                    words["node"].code(source.node),
                    words["link"].code(source.link),
                    source.connection,
                    words["direction"].code(DIRECTIONS[source.side]),
                    words["type"].code(source.from_type),
                    words["type"].code(source.to_type),
                    words["name"].code(ENCRYPTED if source.encrypted else None),
                )
            )
        return code

    def _columns(self) -> dict[str, pa.Array]:
        rows, words = self._rows, self._words
        at = np.array(self._listed.at, np.int64)
        counts = np.array([part.rows for part in self._parts])
        codes = np.array([self._codes[part.source] for part in self._parts], np.int32)
        node, link, connection, direction, from_type, to_type, names = codes.T
        kind, name = self._kinds_and_names(at, names, counts)
        frames, sizes = self._frame_columns(at)
        return {
            "n": constant(0, rows, pa.uint64()),
            "time_ns": pa.array(self._times.take(rows)),
            "node": words["node"].repeated(node, counts),
            "link": words["link"].repeated(link, counts),
            "connection": repeated(connection, counts),
            "direction": words["direction"].repeated(direction, counts),
            "kind": kind,
            "name": name,
            "from_type": words["type"].repeated(from_type, counts),
            "to_type": words["type"].repeated(to_type, counts),
            "size": pa.array(sizes),
            "frames": frames,
            "true_sizes": self._listed.true_sizes(rows),
            "anomalies": self._listed.anomalies(rows),
        }

    def _kinds_and_names(
        self, at: npt.NDArray[np.int64], names: Codes, counts: npt.NDArray[np.int64]
    ) -> tuple[pa.DictionaryArray, pa.DictionaryArray]:
        """The columns; `names` are those that messages have, of `counts` rows each."""
        words, listed = self._words, self._listed
        message = listed.message_code
        if all(kind == message for kind in listed.kinds):
            kind = words["kind"].repeated(np.array([message], np.int32), np.array([self._rows]))
            return kind, words["name"].repeated(names, counts)
        kinds, named = np.full(self._rows, message, np.int32), np.repeat(names, counts)
        kinds[at] = listed.kinds
        named[at] = np.where(kinds[at] == message, named[at], np.array(listed.names, np.int32))
        return words["kind"].column(kinds), words["name"].column(named)

    def _frame_columns(self, at: npt.NDArray[np.int64]) -> tuple[pa.Array, npt.NDArray[np.int64]]:
        """The column of frames, and the true size of every row."""
        listed = self._listed
        counts, sizes = self._counts.take(self._rows), self._sizes.take(self._frames)
        views = self._views.take(self._frames)
        counts[at] = listed.counts
        places = np.array(listed.places, np.int64)
        sizes[places] = listed.sizes
        views[places] = self._heap.bodies(listed.bodies)
        if self._frames == self._rows and counts.all():
            return pa.ListArray.from_arrays(np.arange(self._rows + 1, dtype=np.int32), self._heap.column(views)), sizes
        offsets = np.zeros(self._rows + 1, np.int32)
        np.cumsum(counts, out=offsets[1:])
        totals = np.concatenate(([0], np.cumsum(sizes)))
        column = pa.ListArray.from_arrays(offsets, self._heap.column(views))
        return column, totals[offsets[1:]] - totals[offsets[:-1]]
