"""How the times of messages are written: of day, with the date, or since something.

A reference makes every time relative to one message, like Wireshark's Ctrl+T, whatever the format is.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from zinspector.capture.message import Message
from zinspector.capture.store import Store
from zinspector.ui.inspect.rows import Rows

FORMATS: Final = {
    "clock": "Time of day",
    "date": "Date and time of day",
    "utc": "Date and time in UTC",
    "epoch": "Seconds since 1970",
    "first": "Since the oldest message",
    "previous": "Since the message shown before",
}
SAMPLES: Final = {
    "date": "2026-11-23 14:02:11.418 203",
    "utc": "2026-11-23 14:02:11.418 203 Z",
    "epoch": "1,763,880,131.418 203",
}
SAMPLE: Final = "14:02:11.418 203"
SECOND: Final = 1_000_000_000
REFERENCE_SIGN: Final = "⟲ "


class Times:
    """The format and the reference that the times of some rows are written with."""

    def __init__(self, store: Store, rows: Rows) -> None:
        self.format = "clock"
        self.reference: int | None = None
        self.reference_ns = 0
        self._store = store
        self._rows = rows

    @property
    def sample(self) -> str:
        """A long time in this format."""
        return REFERENCE_SIGN + SAMPLE if self.reference is not None else SAMPLES.get(self.format, SAMPLE)

    def refer_to(self, n: int | None) -> bool:
        """Show all times relative to message `n`, or as before; tells whether there is such a message."""
        time_ns = time_of(self._store, n) if n is not None else 0
        if time_ns is None:
            return False
        self.reference, self.reference_ns = n, time_ns
        return True

    def text(self, message: Message) -> str:
        """The time of a message."""
        if self.reference is not None:
            if message.n == self.reference:
                return f"{REFERENCE_SIGN}{of_day(message.time_ns)}"
            return relative(message.time_ns - self.reference_ns)
        if self.format in ("first", "previous"):
            start = self._start(message.n)
            return relative(message.time_ns - start) if start is not None else ""
        return WRITERS[self.format](message.time_ns)

    def _start(self, n: int) -> int | None:
        """The time that the time of message `n` is counted from."""
        if self.format == "first":
            return time_of(self._store, self._store.first_n)
        place = self._rows.shown.place(n)
        return time_of(self._store, self._rows.shown[place - 1]) if place > 0 else None


def time_of(store: Store, n: int) -> int | None:
    """The time of row `n` in ns, None when it is not kept (any more)."""
    if not store.first_n <= n < store.next_n:
        return None
    time_ns: int = store.since(n)[0].column("time_ns")[0].as_py()
    return time_ns


def of_day(time_ns: int) -> str:
    """`14:02:11.418 203`: local time with microseconds."""
    return f"{datetime.fromtimestamp(time_ns // SECOND).strftime('%H:%M:%S')}.{_micros(time_ns)}"


def relative(ns: int) -> str:
    """`+12.418 203`, or `+1:02:03.418 203` from an hour on: seconds with microseconds."""
    sign, ns = "-" if ns < 0 else "+", abs(ns)
    seconds = ns // SECOND
    if seconds >= 3600:
        return f"{sign}{seconds // 3600:,}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{_micros(ns)}"
    return f"{sign}{seconds}.{_micros(ns)}"


def _dated(time_ns: int) -> str:
    return f"{datetime.fromtimestamp(time_ns // SECOND).strftime('%Y-%m-%d %H:%M:%S')}.{_micros(time_ns)}"


def _in_utc(time_ns: int) -> str:
    moment = datetime.fromtimestamp(time_ns // SECOND, UTC)
    return f"{moment.strftime('%Y-%m-%d %H:%M:%S')}.{_micros(time_ns)} Z"


def _epoch(time_ns: int) -> str:
    return f"{time_ns // SECOND:,}.{_micros(time_ns)}"


def _micros(time_ns: int) -> str:
    micros = time_ns // 1000 % 1_000_000
    return f"{micros // 1000:03d} {micros % 1000:03d}"


WRITERS: Final = {"clock": of_day, "date": _dated, "utc": _in_utc, "epoch": _epoch}
