"""What a socket may become."""

from __future__ import annotations

from typing import get_args

import pytest

from tests.helpers.drawn import drawing, generate, link, sock
from zinspector.topology.document import BehaviourKind, SocketType
from zinspector.ui.properties.socket_rules import behaviour_choices, type_choices, unsuited, with_type


def test_a_generator_that_becomes_a_receiver_takes_instead() -> None:
    changed = with_type(sock("a", "PUB", generate("x")), "SUB")
    assert changed.behaviour.kind == "sink"
    assert changed.subscriptions == ("",)


def test_options_and_subscriptions_that_do_not_fit_go() -> None:
    changed = with_type(sock("a", "SUB", subscriptions=("x",), options={"RCVHWM": 5, "CONFLATE": 1}), "ROUTER")
    assert changed.subscriptions == ()
    assert changed.options == {"RCVHWM": 5}


@pytest.mark.parametrize("name", get_args(SocketType))
def test_every_type_has_a_behaviour_that_suits_whatever_it_was_before(name: SocketType) -> None:
    for kind in get_args(BehaviourKind):
        node = sock("a", "PAIR")
        changed = with_type(type(node)(id="a", type="PAIR", behaviour=type(node.behaviour)(kind)), name)
        assert not unsuited(changed.behaviour.kind, name)


@pytest.mark.parametrize(
    ("name", "kind", "why"),
    [("SUB", "generate", "only receives"), ("PUB", "sink", "only sends"), ("REP", "generate", "only answer")],
)
def test_behaviours_that_make_no_sense_say_why(name: SocketType, kind: str, why: str) -> None:
    choice = next(choice for choice in behaviour_choices(sock("a", name)) if choice.value == kind)
    assert why in choice.problem


def test_types_are_judged_by_every_linked_peer() -> None:
    document = drawing(sock("a", "DEALER"), sock("b", "ROUTER"), sock("c", "REP"), link("a", "b"), link("a", "c"))
    node = document.node("a")
    allowed = [choice.value for choice in type_choices(document, node) if not choice.problem]
    assert allowed == ["REQ", "DEALER"]
