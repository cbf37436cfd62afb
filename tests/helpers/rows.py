"""Random messages for property tests, and what a recorder should make of them."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from zinspector.capture.clock import Clock
from zinspector.capture.message import Message
from zinspector.capture.store import Store
from zinspector.capture.writer import Recorder

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
TYPES = st.sampled_from(["PUB", "SUB", "REQ", "REP", "ROUTER", "DEALER", "STREAM", None])


@dataclass(frozen=True)
class Sent:
    """One message as it was handed to the recorder."""

    node: str
    direction: str
    types: tuple[str | None, str | None]
    link: str | None
    connection: int | None
    time: int
    frames: tuple[bytes, ...]


SENT = st.builds(
    Sent,
    node=NAMES,
    direction=st.sampled_from(["in", "out"]),
    types=st.tuples(TYPES, TYPES),
    link=st.none() | NAMES,
    connection=st.none() | st.integers(0, 2**31 - 1),
    time=st.integers(0, 2**60),
    frames=st.lists(st.binary(max_size=40), max_size=5).map(tuple),
)


def record(batches: list[list[Sent]], store: Store, max_frame: int = 1 << 20) -> Clock:
    """Record batches of messages into `store`; returns the clock."""
    clock = Clock()
    recorder = Recorder(clock, max_frame)
    for batch in batches:
        for sent in batch:
            source = recorder.source(sent.node, sent.direction, *sent.types)
            recorder.add_run(source, [sent.time], list(sent.frames), [len(sent.frames)], sent.link, sent.connection)
        flushed = recorder.flush()
        if flushed is not None:
            store.append(flushed)
    return clock


def expected(sent: Sent, n: int, clock: Clock) -> Message:
    """The row that should come of it."""
    sizes = tuple(map(len, sent.frames))
    return Message(
        n,
        clock.wall_ns(sent.time),
        sent.node,
        sent.link,
        sent.connection,
        sent.direction,
        "message",
        None,
        *sent.types,
        sum(sizes),
        sent.frames,
        sizes,
    )
