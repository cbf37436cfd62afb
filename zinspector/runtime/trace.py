"""Who gets the credit: counts messages on nodes and links, names their link, and hands them to the recorder.

Rules:
- A node with one link and no addresses of its own: everything belongs to that link, at no price.
- A node with several links, or with addresses for other programs: the connection that a message came over tells the
  link (`frame.get(SRCFD)`, 0.1 us a message, paid on such nodes only). inproc has no connections, and connections over
  an ipc path that the user gave and several links share can't be told apart: such messages have no link at the
  receiver, and the link's messages are counted at a sender that has no other link.
- A delivery is counted once on its link: by the receiver if we run it, else by the sender.
- A node in `paused` is counted as ever, and its messages are not recorded.
- What an XPUB receives beginning with 1 or 0, and an XSUB sends so, is a subscription: recorded as a command, not
  counted as a message.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from itertools import groupby

from zinspector.capture.schema import Direction
from zinspector.capture.writer import Recorder
from zinspector.runtime.counts import LinkCount, NodeCount
from zinspector.runtime.reading import Run
from zinspector.topology.document import SocketType

COMMANDS = (b"\x00", b"\x01")
ROUTES_KEPT = 100_000


@dataclass(frozen=True)
class LinkEnd:
    """One link, seen from one of our sockets. `told_apart`: its connection can be recognised by its descriptor."""

    link: str
    peer: str
    peer_type: SocketType | None
    counts_received: bool = True
    counts_sent: bool = False
    told_apart: bool = True
    inproc: bool = False


class Trace:
    """Counts and records what one socket receives and sends."""

    def __init__(
        self,
        recorder: Recorder,
        node: str,
        socket_type: SocketType,
        *,
        count: NodeCount,
        link_counts: dict[str, LinkCount],
        link_of: Callable[[int], str | None],
        took: Callable[[int, int], None],
        paused: Container[str] = (),
    ) -> None:
        self.node = node
        self.type = socket_type
        self.count = count
        self.ends: dict[str, LinkEnd] = {}
        self.sole: LinkEnd | None = None
        self.by_connection = False
        self._recorder = recorder
        self._link_counts = link_counts
        self._link_of = link_of
        self._took = took
        self._paused = paused
        self._routes: dict[bytes, str] = {}
        self._last: str | None = None
        self._sources: dict[tuple[str, SocketType | None], int] = {}

    def rewire(self, ends: Sequence[LinkEnd], alone: bool) -> None:
        """Take note of the links of this socket; `alone`: it has no addresses for other programs."""
        self.ends = {end.link: end for end in ends}
        self.sole = ends[0] if len(ends) == 1 else None
        self.by_connection = any(end.told_apart for end in ends) and not (alone and self.sole)

    def received(self, run: Run) -> None:
        """Count and record what was read."""
        size = sum(map(len, run.frames))
        self.count.received += len(run.times)
        self.count.bytes_received += size
        self._took(len(run.times), size)
        if self.type == "XPUB":
            self._received_by_xpub(run)
        elif not self.by_connection:
            end = self.sole
            if end is not None and end.counts_received:
                self._credit(end.link, len(run.times), size)
            self._record("in", run, end)
        else:
            self._received_by_connection(run)

    def sent(self, run: Run, link: str | None = None) -> None:
        """Count and record what was sent; `link` where the caller knows it."""
        if self.type == "XSUB":
            run = self._without_commands(run)
            if not run.times:
                return
        size = sum(map(len, run.frames))
        self.count.sent += len(run.times)
        self.count.bytes_sent += size
        self._took(len(run.times), size)
        end = self.ends.get(link) if link is not None else self.sole
        if end is not None and end.counts_sent:
            self._credit(end.link, len(run.times), size)
        self._record("out", run, end)

    def route(self, frames: Sequence[bytes]) -> str | None:
        """The link that these frames will leave by, where there are several and it can be known."""
        if self.type in ("ROUTER", "STREAM"):
            return self._routes.get(frames[0])
        return self._last if self.type == "REP" else None

    def command(self, direction: Direction, frame: bytes, time: int, end: LinkEnd | None) -> None:
        """Record a subscription or its cancelling."""
        name = "SUBSCRIBE" if frame[:1] == b"\x01" else "CANCEL"
        mine, theirs = self.type, end.peer_type if end is not None else None
        self._recorder.add_command(
            self.node,
            name,
            [frame],
            time,
            direction=direction,
            link=end.link if end is not None else None,
            from_type=theirs if direction == "in" else mine,
            to_type=mine if direction == "in" else theirs,
        )

    def _without_commands(self, run: Run) -> Run:
        rest = Run()
        for time, frames in zip(run.times, run.messages(), strict=True):
            if len(frames) == 1 and frames[0][:1] in COMMANDS:
                self.command("out", frames[0], time, self.sole)
            else:
                rest.add(time, frames)
        return rest

    def _received_by_connection(self, run: Run) -> None:
        links = self._links(run)
        if len(set(links)) == 1 or self._one_type():
            self._credit_each(run, links)
            self._record("in", run, self.ends.get(links[0] or ""), links)
            return
        # the peers' types differ, so rows of different links can't share a source
        start = first = 0
        for link, group in groupby(links):
            n = len(list(group))
            width = n if run.counts is None else sum(run.counts[start : start + n])
            part = Run(run.times[start : start + n], run.frames[first : first + width])
            part.counts = None if run.counts is None else run.counts[start : start + n]
            start, first = start + n, first + width
            self._credit_each(part, [link] * n)
            self._record("in", part, self.ends.get(link or ""))

    def _links(self, run: Run) -> list[str | None]:
        links = {fd: self._link_of(fd) for fd in set(run.fds)}
        return [links[fd] for fd in run.fds]

    def _credit_each(self, run: Run, links: list[str | None]) -> None:
        self._last = links[-1]
        routed = self.type in ("ROUTER", "STREAM")
        messages = [(frame,) for frame in run.frames] if run.counts is None else run.messages()
        for link, frames in zip(links, messages, strict=True):
            if link is None or (end := self.ends.get(link)) is None:
                continue
            if routed:
                if len(self._routes) > ROUTES_KEPT:
                    self._routes.clear()  # clients that come and go leave their ids behind
                self._routes[frames[0]] = link
            if end.counts_received:
                self._credit(link, 1, sum(map(len, frames)))

    def _received_by_xpub(self, run: Run) -> None:
        links = self._links(run) if self.by_connection else []
        for i, frames in enumerate(run.messages()):
            end = self.ends.get(links[i] or "") if links else self.sole
            if len(frames) == 1 and frames[0][:1] in COMMANDS:
                self.count.received -= 1
                self.count.bytes_received -= len(frames[0])
                self.command("in", frames[0], run.times[i], end)
                continue
            part = Run()
            part.add(run.times[i], frames)
            if end is not None and end.counts_received:
                self._credit(end.link, 1, sum(map(len, frames)))
            self._record("in", part, end)

    def _record(
        self, direction: Direction, run: Run, end: LinkEnd | None, links: list[str | None] | None = None
    ) -> None:
        if self.node in self._paused:
            return
        peer = end.peer_type if end is not None else self._common_peer()
        source = self._sources.get((direction, peer))
        if source is None:
            types = (peer, self.type) if direction == "in" else (self.type, peer)
            source = self._sources[direction, peer] = self._recorder.source(self.node, direction, *types)
        link = links if links is not None else end.link if end is not None else None
        self._recorder.add_run(source, run.times, run.frames, run.counts, link)

    def _one_type(self) -> bool:
        return len({end.peer_type for end in self.ends.values()}) == 1

    def _common_peer(self) -> SocketType | None:
        return next(iter(self.ends.values())).peer_type if self._one_type() else None

    def _credit(self, link: str, messages: int, size: int) -> None:
        count = self._link_counts.setdefault(link, LinkCount())
        count.messages += messages
        count.bytes += size
