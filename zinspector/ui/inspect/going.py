"""Where somebody wants to go in a capture: a message number, a time of day, seconds from the first or a reference."""

from __future__ import annotations

import re
from bisect import bisect_left
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from zinspector.capture.store import Store
from zinspector.errors import UserError
from zinspector.ui.inspect.times import SECOND, of_day

HINT: Final = "A number (1,234), a time (14:02:11.5), a date and time, or seconds from the first message (+12.5)"
CLOCK: Final = re.compile(r"\d{1,2}:\d\d(:\d\d)?([.,]\d+)?")
OFFSET: Final = re.compile(r"([+-])\s*(?:(\d+):)?(?:(\d+):)?(\d+(?:\.\d+)?)\s*s?")


def number_at(text: str, store: Store, reference_ns: int | None = None) -> int:
    """The number of the message that `text` means: of several the first, and the next one where there is none.

    Offsets count from the reference, or from the oldest message. Raises UserError.
    """
    text = text.strip()
    digits = "".join(text.replace(",", "").split())
    if not store.retained:
        raise UserError("There are no messages")
    if digits.isdecimal():
        return _by_number(int(digits), store)
    time_ns = _time(text, store, reference_ns)
    if time_ns is None:
        raise UserError(f"“{text[:60]}” is neither a message number nor a time", remedy=HINT)
    return _by_time(time_ns, store)


def _by_number(n: int, store: Store) -> int:
    if not store.first_n <= n < store.next_n:
        raise UserError(f"Message {n:,} is not here: there are {store.first_n:,} to {store.next_n - 1:,}")
    return n


def _by_time(time_ns: int, store: Store) -> int:
    """By halves over the batches and one sweep over the times in one: times follow numbers, but for small steps."""
    batches = store.batches()
    at = bisect_left(batches, time_ns, key=lambda batch: int(batch.column("time_ns")[0].as_py()))
    for batch in batches[max(0, at - 1) : at + 1]:
        later = np.flatnonzero(batch.column("time_ns").to_numpy() >= time_ns)
        if len(later):
            return int(batch.column("n")[int(later[0])].as_py())
    newest = int(batches[-1].column("time_ns")[-1].as_py())
    raise UserError(f"Nothing was captured so late: the newest message is of {of_day(newest)}")


def _time(text: str, store: Store, reference_ns: int | None) -> int | None:
    first = int(store.since(store.first_n)[0].column("time_ns")[0].as_py())
    if found := OFFSET.fullmatch(text):
        sign, *larger, seconds = found.groups()
        whole = 0
        for part in filter(None, larger):
            whole = (whole + int(part)) * 60
        offset = whole * SECOND + round(float(seconds) * SECOND)
        start = first if reference_ns is None else reference_ns
        return start - offset if sign == "-" else start + offset
    if CLOCK.fullmatch(text):
        day = datetime.fromtimestamp(first // SECOND)
        moment = _iso(f"{day:%Y-%m-%d} {text.zfill(8) if text.count(':') == 2 else text.zfill(5)}")
        if moment is None:
            return None
        after_midnight = (datetime.fromtimestamp(moment // SECOND) + timedelta(days=1)).timestamp()
        return moment if moment >= first - SECOND else int(after_midnight) * SECOND + moment % SECOND
    return _iso(text)


def _iso(text: str) -> int | None:
    """ISO 8601, local where it has no offset, in ns; digits beyond microseconds are kept."""
    plain, dot, rest = text.replace(",", ".").partition(".")
    found = re.match(r"\d+", rest) if dot else None
    fraction = found.group() if found else ""
    try:
        moment = datetime.fromisoformat(plain + rest[len(fraction) :])
        return int(moment.timestamp()) * SECOND + int(fraction.ljust(9, "0")[:9] or 0)
    except (ValueError, OverflowError, OSError):
        return None
