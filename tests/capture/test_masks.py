"""Masks over batches: what the columns say without a frame being copied."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.captured import Feed
from zinspector.capture.masks import first_frame_is
from zinspector.capture.store import Store


@given(
    st.lists(st.lists(st.binary(max_size=20), max_size=3), min_size=1, max_size=30),
    st.integers(0, 29),
    st.integers(0, 5),
)
def test_first_frames_compare_as_bytes_do(messages: list[list[bytes]], which: int, skip: int) -> None:
    store = Store()
    Feed(store).messages(messages)
    wanted = next(iter(messages[which % len(messages)]), b"x")
    (batch,) = store.since(1 + min(skip, len(messages) - 1))
    shown = messages[min(skip, len(messages) - 1) :]
    assert first_frame_is(batch, wanted).tolist() == [bool(m) and m[0] == wanted for m in shown]


def test_long_topics_over_many_buffers() -> None:
    store = Store()
    topics = [b"a topic that is long %d" % (n % 50) for n in range(20_000)]
    Feed(store).messages([(topic, b"") for topic in topics])
    (batch,) = store.since(1)
    assert np.flatnonzero(first_frame_is(batch, topics[7])).tolist() == list(range(7, 20_000, 50))
