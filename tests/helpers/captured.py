"""Real captured rows without sockets: what a test says, through the recorder, in a store."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic_ns

from zinspector.capture.clock import Clock
from zinspector.capture.schema import Direction
from zinspector.capture.store import Store
from zinspector.capture.writer import Recorder


class Feed:
    """Puts rows into a store, a batch for each call."""

    def __init__(self, store: Store, max_frame: int = 1 << 20) -> None:
        self.store = store
        self._recorder = Recorder(Clock(), max_frame)

    def messages(
        self,
        messages: Sequence[Sequence[bytes]],
        node: str = "display",
        types: tuple[str | None, str | None] = ("PUB", "SUB"),
        link: str | None = "l1",
        direction: Direction = "in",
    ) -> list[int]:
        """Messages of one node; returns their numbers."""
        first = self.store.next_n
        source = self._recorder.source(node, direction, *types)
        frames = [frame for message in messages for frame in message]
        now = monotonic_ns()
        times = [now + 1000 * place for place in range(len(messages))]
        self._recorder.add_run(source, times, frames, [len(message) for message in messages], link=link)
        return self._into_store(first)

    def many(self, count: int, *frames: bytes, node: str = "display", link: str | None = "l1") -> list[int]:
        """The same message `count` times."""
        return self.messages([frames] * count, node, link=link)

    def event(self, node: str, name: str, text: str = "tcp://127.0.0.1:5556") -> int:
        """What a monitor tells; returns its number."""
        self._recorder.add_event(node, name, text, monotonic_ns())
        return self._into_store(self.store.next_n)[0]

    def command(self, node: str, name: str, frame: bytes) -> int:
        """A subscription; returns its number."""
        self._recorder.add_command(node, name, [frame], monotonic_ns(), from_type="SUB", to_type="PUB")
        return self._into_store(self.store.next_n)[0]

    def _into_store(self, first: int) -> list[int]:
        batch = self._recorder.flush()
        if batch is not None:
            self.store.append(batch)
        return list(range(first, self.store.next_n))
