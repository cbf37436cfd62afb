"""A row as a table shows it: the same as the whole message, but for what is long or many."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.captured import Feed
from zinspector.capture import message as message_module
from zinspector.capture.message import preview
from zinspector.capture.store import Store


@pytest.fixture(autouse=True, scope="module")
def _small_limits() -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(message_module, "PREVIEW_BYTES", 20)
        patch.setattr(message_module, "PREVIEW_FRAMES", 3)
        yield


FRAMES = st.lists(st.binary(max_size=60) | st.just(b""), max_size=6)


@given(st.lists(FRAMES, min_size=1, max_size=6), st.integers(10, 100))
def test_heads_and_counts(messages: list[list[bytes]], max_frame: int) -> None:
    store = Store()
    Feed(store, max_frame).messages(messages)
    for n, frames in enumerate(messages, 1):
        whole, shown = store.row(n), preview(store.since(n)[0], 0)
        assert whole is not None
        assert shown == preview(store.batches()[0], n - 1)
        kept = [frame[:max_frame] for frame in frames]
        if len(frames) <= 3 and all(len(frame) <= 20 for frame in kept):
            assert shown == whole
        assert shown.frames == tuple(frame[:20] for frame in kept[:3])
        assert shown.true_sizes == tuple(len(frame) for frame in frames[:3])
        assert shown.more_frames == max(0, len(frames) - 3)
        assert (shown.n, shown.size, shown.topic) == (n, whole.size, shown.topic)
