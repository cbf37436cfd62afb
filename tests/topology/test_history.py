"""Undo and redo."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from zinspector.topology.document import Document
from zinspector.topology.history import LIMIT, History


def doc(name: str) -> Document:
    return Document(name=name)


def test_steps_go_back_and_forth() -> None:
    history = History(doc("a"))
    assert not history.can_undo
    assert history.undo() == doc("a")
    history.push("name b", doc("b"))
    history.push("name c", doc("c"))
    assert (history.undo_label, history.redo_label) == ("name c", "")
    assert history.undo() == doc("b")
    assert (history.undo_label, history.redo_label) == ("name b", "name c")
    assert history.undo() == doc("a")
    assert not history.can_undo
    assert history.redo() == doc("b")
    assert history.redo() == doc("c")
    assert not history.can_redo
    assert history.redo() == doc("c")


def test_a_new_step_ends_what_could_be_redone() -> None:
    history = History(doc("a"))
    history.push("b", doc("b"))
    history.undo()
    history.push("c", doc("c"))
    assert not history.can_redo
    assert history.undo() == doc("a")


def test_steps_with_one_key_in_a_row_are_one() -> None:
    history = History(doc(""))
    for name in ("w", "we", "wea"):
        history.push("rename", doc(name), merge_key="name")
    assert history.undo() == doc("")
    assert history.redo() == doc("wea")
    history.push("rename", doc("x"), merge_key="other")
    assert history.undo() == doc("wea")


def test_a_sealed_step_is_not_widened() -> None:
    history = History(doc("a"))
    history.push("drag", doc("b"), "drag")
    history.seal()
    history.push("drag", doc("c"), "drag")
    assert history.undo() == doc("b")


def test_a_drag_back_to_the_start_leaves_no_step() -> None:
    history = History(doc("a"))
    history.push("drag", doc("b"), "drag")
    history.push("drag", doc("a"), "drag")
    assert not history.can_undo


def test_no_change_is_no_step_and_the_oldest_go_first() -> None:
    history = History(doc("a"))
    history.push("nothing", doc("a"))
    assert not history.can_undo
    for number in range(LIMIT + 10):
        history.push("n", doc(str(number)))
    steps = 0
    while history.can_undo:
        history.undo()
        steps += 1
    assert steps == LIMIT
    assert history.document == doc("9")


@given(st.lists(st.sampled_from("abc") | st.sampled_from(("undo", "redo"))))
def test_undoing_everything_always_leads_to_the_start(moves: list[str]) -> None:
    history = History(doc("start"))
    for move in moves:
        if move == "undo":
            history.undo()
        elif move == "redo":
            history.redo()
        else:
            history.push(move, doc(move))
    latest = history.document
    while history.can_redo:
        latest = history.redo()
    while history.can_undo:
        history.undo()
    assert history.document == doc("start")
    while history.can_redo:
        history.redo()
    assert history.document == latest
