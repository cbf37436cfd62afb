"""Automatic layout: nothing overlaps, links point right, the same drawing lies the same way."""

from __future__ import annotations

import cProfile
import random
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zinspector.shipped import shipped
from zinspector.topology import files
from zinspector.topology.document import Document, Link, SocketNode
from zinspector.topology.layout import ROW, layered

Edges = list[tuple[int, int]]


def drawing(count: int, edges: Edges) -> Document:
    return Document(
        nodes=tuple(SocketNode(id=f"n{i}", type="PAIR") for i in range(count)),
        links=tuple(Link(id=f"l{k}", source=f"n{a}", target=f"n{b}") for k, (a, b) in enumerate(edges)),
    )


def overlaps(places: dict[str, tuple[float, float]]) -> list[tuple[str, str]]:
    return [
        (a, b)
        for (a, (ax, ay)), (b, (bx, by)) in combinations(places.items(), 2)
        if abs(ax - bx) < 200 and abs(ay - by) < 100
    ]


edge_lists = st.integers(1, 14).flatmap(
    lambda count: st.tuples(
        st.just(count),
        st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), max_size=25),
    )
)


@given(edge_lists)
def test_every_node_has_a_place_of_its_own(graph: tuple[int, Edges]) -> None:
    document = drawing(*graph)
    places = layered(document)
    assert places.keys() == {node.id for node in document.nodes}
    assert overlaps(places) == []
    assert layered(document) == places
    assert all(x >= 0 and y >= 0 for x, y in places.values())


@given(edge_lists)
def test_without_cycles_every_link_points_right(graph: tuple[int, Edges]) -> None:
    count, edges = graph
    forward = [(min(edge), max(edge)) for edge in edges if edge[0] != edge[1]]
    places = layered(drawing(count, forward))
    assert all(places[f"n{a}"][0] < places[f"n{b}"][0] for a, b in forward)


def test_a_fan_is_centred() -> None:
    places = layered(drawing(4, [(0, 1), (0, 2), (0, 3)]))
    assert places["n0"][1] == places["n2"][1]
    assert places["n3"][1] - places["n1"][1] == 2 * ROW


def test_crossings_are_undone() -> None:
    places = layered(drawing(6, [(0, 5), (1, 4), (2, 3)]))
    heights = [(places[f"n{a}"][1], places[f"n{b}"][1]) for a, b in ((0, 5), (1, 4), (2, 3))]
    assert [a for a, _ in sorted(heights)] == [a for a, _ in sorted(heights, key=lambda pair: pair[1])]
    tangled = layered(drawing(7, [(0, 1), (0, 2), (0, 3), (1, 6), (2, 5), (3, 4)]))
    order = sorted((tangled[f"n{a}"][1], tangled[f"n{b}"][1]) for a, b in ((1, 6), (2, 5), (3, 4)))
    assert [b for _, b in order] == sorted(b for _, b in order)


def test_an_empty_drawing_and_a_cycle() -> None:
    assert layered(Document()) == {}
    assert len({x for x, _ in layered(drawing(3, [(0, 1), (1, 2), (2, 0)])).values()}) == 3


@pytest.mark.parametrize("links", [600, 1000, 3000])
def test_five_hundred_nodes_take_a_million_calls_at_most(links: int) -> None:
    """Half a second; but calls are the same on every machine."""
    dice = random.Random(5)
    document = drawing(500, [(dice.randrange(500), dice.randrange(500)) for _ in range(links)])
    with cProfile.Profile() as profile:
        layered(document)
    assert 500 < sum(entry.callcount for entry in profile.getstats()) < 1_000_000


@pytest.mark.parametrize("path", sorted(shipped("resources/samples").glob("*.zin.json")), ids=lambda path: path.name)
def test_samples_do_not_overlap_as_drawn_or_laid_out(path: Path) -> None:
    document = files.load(path).document
    assert overlaps({node.id: node.position for node in document.nodes}) == []
    assert overlaps(layered(document)) == []
