"""Topics counted in arrays agree with topics counted one by one; many are bounded and estimated."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.captured import Feed
from zinspector.capture.schema import Direction
from zinspector.capture.store import Store
from zinspector.capture.topics import LONGEST, Topics, tallied

TOPICS = st.binary(max_size=20) | st.sampled_from([b"", b"a.b", b"weather.london", b"\xff\xfe", b"x" * (LONGEST + 1)])


@settings(max_examples=60)
@given(batches=st.lists(st.lists(TOPICS, max_size=12), max_size=6), together=st.booleans(), most=st.integers(0, 8))
def test_counts_are_those_of_a_plain_count(batches: list[list[bytes]], together: bool, most: int) -> None:
    store = Store()
    feed = Feed(store)
    wanted: Counter[bytes] = Counter()
    last: dict[bytes, int] = {}
    for topics in batches:
        numbers = feed.messages([(topic, b"payload") for topic in topics])
        wanted.update(topics)
        last.update(zip(topics, numbers, strict=True))
    found = Topics(most)
    for part in [store.batches()] if together else [[batch] for batch in store.batches()]:
        found.add(tallied(part))
    assert len(found.names) == min(most, sum(len(topic) <= LONGEST for topic in wanted))
    for place, name in enumerate(found.names):
        assert found.counts[place] == wanted[name]
        assert found.last_n[place] == last[name]
        assert found.bytes[place] == wanted[name] * len(name + b"payload")
    assert found.messages == wanted.total()
    assert found.more_topics == pytest.approx(len(wanted) - len(found.names), abs=1)


def test_only_published_messages_have_topics() -> None:
    store = Store()
    feed = Feed(store)
    feed.messages([(b"job", b"1")], types=("PUSH", "PULL"))
    feed.event("display", "CONNECTED")
    feed.command("station", "SUBSCRIBE", b"\x01weather.")
    feed.messages([(), (b"alone",)])
    found = Topics()
    new = found.add(tallied(store.batches()))
    assert [found.names[place] for place in new] == [b"alone"]
    assert found.add(tallied([])) == range(1, 1)


@pytest.mark.parametrize(
    ("rows", "count"),
    [
        pytest.param({"out": 3, "in": 6}, 3, id="an own PUB with two SUBs"),
        pytest.param({"in": 4}, 4, id="an own SUB of another program's PUB"),
        pytest.param({"bind->connect": 2, "connect->bind": 1}, 3, id="taps"),
        pytest.param({"bind->connect": 2, "in": 4}, 2, id="own SUBs behind a relay"),
        pytest.param({"out": 2, "bind->connect": 2, "in": 2}, 2, id="an own PUB behind a relay"),
    ],
)
@pytest.mark.parametrize("most", [8, 0], ids=["named", "beyond"])
def test_a_message_counts_once(rows: dict[Direction, int], count: int, most: int) -> None:
    store = Store()
    feed = Feed(store)
    found = Topics(most)
    for direction, number in reversed(rows.items()):  # in whatever order they come
        feed.messages([(b"weather", b"12")] * number, node=direction, direction=direction)
        found.add(tallied(store.batches()[-1:]))
    assert found.messages == count
    assert found.counts.tolist() == [count][:most]
    assert found.bytes.tolist() == [count * 9][:most]
    assert found.last_n.tolist() == [sum(rows.values())][:most]


def test_a_hundred_thousand_topics_are_bounded_and_estimated() -> None:
    store = Store()
    feed = Feed(store)
    found = Topics(most=1000)
    for start in range(0, 100_000, 20_000):
        feed.messages([(b"sensor/%d" % number, b"1") for number in range(start, start + 20_000)])
    for _ in range(2):  # those that were seen already are none more
        found.add(tallied(store.batches()))
    assert len(found.names) == 1000
    assert found.more_messages == 2 * 99_000
    assert found.more_topics == pytest.approx(99_000, rel=0.06)
    assert np.all(found.counts == 2)
