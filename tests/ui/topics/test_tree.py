"""The tree of topics: how topics split, what branches add up to, and what filters mean them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.captured import Feed
from zinspector.capture.filter.display import Filter
from zinspector.capture.store import Store
from zinspector.capture.topics import Topics, tallied
from zinspector.ui.topics.tree import DEEPEST, Tree, parts, readable
from zinspector.ui.topics.words import below, of_topic


@pytest.mark.parametrize(
    ("topic", "split"),
    [
        ("weather.london/north", ["weather.", "london/", "north"]),
        ("plain", ["plain"]),
        ("a..b", ["a.", ".", "b"]),
        ("ends.", ["ends."]),
        ("", [""]),
    ],
)
def test_topics_split_behind_dots_and_slashes(topic: str, split: list[str]) -> None:
    assert parts(topic) == split


@given(st.text(max_size=60) | st.text("./a", max_size=60))
def test_parts_are_the_topic_and_not_too_deep(topic: str) -> None:
    found = parts(topic)
    assert "".join(found) == topic
    assert len(found) <= DEEPEST


def test_branches_add_up() -> None:
    store = Store()
    feed = Feed(store)
    sent = [b"a.b", b"a.c", b"a.b", b"a", b"b/x/y", b"a.b.d"]
    numbers = feed.messages([(topic, b"12") for topic in sent])
    topics = Topics()
    tree = Tree()
    for place in topics.add(tallied(store.batches())):
        branch = tree.root
        for part in parts(readable(topics.names[place])):
            branch = next((child for child in branch.children if child.part == part), None) or tree.grow(branch, part)
        tree.end(branch, place)
    figures = tree.figures(topics)
    by_path = {branch.path: branch.place for branch in tree.branches}
    assert figures.counts[by_path[""]] == len(sent)
    assert figures.counts[by_path["a."]] == 4
    assert figures.counts[by_path["a.b"]] == 2
    assert figures.topics[by_path["a."]] == 3
    assert figures.topics[by_path[""]] == 5
    assert figures.last_n[by_path["a."]] == numbers[-1]
    assert figures.bytes[by_path["b/"]] == len(b"b/x/y" + b"12")
    assert [child.part for child in tree.root.children] == ["a", "a.", "b/"]
    assert [child.row for child in tree.root.children] == [0, 1, 2]


@settings(max_examples=40)
@given(st.lists(st.binary(max_size=8) | st.sampled_from([b'a"b', b"a\\", b"a\nb", "ü\u202e".encode()]), min_size=1))
def test_filters_mean_the_topic(topics: list[bytes]) -> None:
    store = Store()
    Feed(store).messages([(topic, b"x") for topic in topics])
    (batch,) = store.batches()
    wanted = topics[0]
    assert Filter(of_topic(wanted)).mask(batch).tolist() == [topic == wanted for topic in topics]
    if all(map(is_text, topics)) or not is_text(wanted):
        assert Filter(below(wanted)).mask(batch).tolist() == [topic.startswith(wanted) for topic in topics]


def is_text(topic: bytes) -> bool:
    return "\ufffd" not in topic.decode("utf-8", "replace")
