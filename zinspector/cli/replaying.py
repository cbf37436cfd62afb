"""One replay without a window: its progress on a terminal, its end by time or Ctrl-C, and how it went.

The report is that of a run (contract 4.4) with one node, `replay`, and what only a replay can tell under `replay`.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Sequence
from time import monotonic
from typing import Any

from zinspector.capture.compare import Difference
from zinspector.cli.headless import signals, until
from zinspector.cli.progress import CLEAR_LINE, EVERY_S
from zinspector.measure.report import NodeTotals, report
from zinspector.runtime.replay import Replay
from zinspector.tasks import spawn


class Replaying:
    """Runs a replay once; `name` is how the user calls the capture."""

    def __init__(self, replay: Replay, name: str) -> None:
        self._replay = replay
        self._name = name
        self._shown_at = 0.0
        self._told = ""

    async def go(self, for_s: float | None) -> bool:
        """Replay to the end; returns whether a signal ended it. Raises UserError."""
        with signals() as interrupted:
            watching = spawn(self._watch(interrupted, for_s), "replay")
            try:
                await self._replay.go()
            finally:
                watching.cancel()
                if self._shown_at:
                    print(CLEAR_LINE, end="", file=sys.stderr, flush=True)
            return interrupted.is_set()

    async def _watch(self, interrupted: asyncio.Event, for_s: float | None) -> None:
        await until(interrupted.is_set, for_s, self._tick)
        self._replay.stop()

    def _clear(self) -> str:
        return CLEAR_LINE if self._shown_at else ""

    def _tick(self) -> None:
        now = monotonic()
        if self._replay.awaited != self._told:
            self._told = self._replay.awaited
            print(f"{self._clear()}zinspector: waiting for {self._told}", file=sys.stderr, flush=True)
        if not sys.stderr.isatty() or now < self._shown_at + EVERY_S:
            return
        self._shown_at = now
        tally, total = self._replay.tally, self._replay.chosen.count
        done = tally.sent + tally.refused - tally.rounds * total
        text = f"{self._name}: {self._replay.state}, {done / total:4.0%}, {tally.sent:,} sent"
        if tally.different or tally.unanswered:
            text += f", {tally.different:,} different, {tally.unanswered:,} without a reply"
        print(f"\r{text}\x1b[K", end="", file=sys.stderr, flush=True)


def summary(replay: Replay) -> Iterator[str]:
    """How it went, in sentences."""
    tally, chosen = replay.tally, replay.chosen
    rate = f" ({tally.sent / tally.duration_s:,.0f} msg/s)" if tally.sent and tally.duration_s > 0 else ""
    yield f"{tally.sent:,} of {chosen.count:,} messages sent to {replay.address} in {tally.took}{rate}"
    if tally.same or tally.different or tally.unanswered:
        yield f"{tally.same:,} replies as recorded, {tally.different:,} different, {tally.unanswered:,} missing"
    if tally.unlike:
        yield f"{tally.unlike:,} requests differed from the recorded ones, and got the recorded replies all the same"
    if tally.refused:
        yield f"{tally.refused:,} messages were refused: {tally.refusal}"
    if not tally.all_left:
        yield "not all of them may have left: the other side took no more"
    if chosen.cut:
        yield f"{chosen.cut:,} messages were left out: the capture has only a part of them"
    if chosen.seen_twice:
        yield f"{chosen.seen_twice:,} rows were left out: their messages are replayed from {', '.join(chosen.nodes)}"


def as_report(replay: Replay, found: Sequence[Difference], failure: str) -> dict[str, Any]:
    """The report as JSON data; `failure` says why the replay could not go on."""
    tally, chosen = replay.tally, replay.chosen
    totals = NodeTotals(
        tally.sent, tally.received, tally.bytes_sent, tally.bytes_received, tally.refused + tally.unanswered
    )
    common = report(
        duration_s=tally.duration_s,
        nodes={"replay": totals},
        links={},
        latency={},
        captured=0,
        dropped=0,
        findings=[],
    )
    told = {
        "messages": chosen.count,
        "rounds": tally.rounds,
        "refused": tally.refused,
        "left_out": chosen.cut,
        "queue_full": tally.full,
        "latest_ms": round(tally.late_ns / 1e6, 3),
        "replies": {"same": tally.same, "different": tally.different, "missing": tally.unanswered},
        "requests_unlike_recorded": tally.unlike,
        "differences": [
            {"request": one.request, "reply": one.reply or None, "received": one.received, "diff": one.text}
            for one in found
        ],
        "failure": failure or None,
    }
    return {**common, "replay": told}
