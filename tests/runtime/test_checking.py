"""Options that libzmq would refuse are told before anything runs."""

from __future__ import annotations

import pytest

from tests.helpers.drawn import drawing, proxy, sock
from zinspector.runtime.checking import refused_options


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"NOSUCH": 1}, "no option 'NOSUCH'"),
        ({"RCVHWM": "many"}, "RCVHWM is a whole number"),
        ({"ROUTER_MANDATORY": 1}, "is for ROUTER sockets"),
    ],
)
def test_an_option_that_can_not_be_set_is_a_finding(options: dict[str, int | str], says: str) -> None:
    (finding,) = refused_options(drawing(sock("a", "PULL", options=options), sock("b", "PUSH", options={"SNDHWM": 5})))
    assert (finding.code, finding.node) == ("Z100", "a")
    assert says in finding.text


def test_a_healthy_drawing_has_none() -> None:
    assert refused_options(drawing(proxy("p", "ROUTER", "DEALER"), sock("a", "REQ", options={"REQ_RELAXED": 1}))) == []
