"""Decode rules of a drawing and of a capture side by side."""

from __future__ import annotations

from pathlib import Path

import pytest

from zinspector.decode.carried import Carried
from zinspector.decode.registry import Registry
from zinspector.shipped import shipped
from zinspector.ui.decoding import Decoding

HERE, THERE = "node:a=protobuf(q.proto)", "node:b=json"


@pytest.fixture
def decoding(tmp_path: Path) -> Decoding:
    (tmp_path / "q.proto").write_text('syntax = "proto3"; message Q { int32 a = 1; }')
    return Decoding(Registry.load(shipped("plugins"), tmp_path / "none"))


def test_rules_of_the_drawing_come_before_those_of_a_capture_without_one(decoding: Decoding, tmp_path: Path) -> None:
    decoding.carry(Carried({"decode": f'["{THERE}"]'}), beside=True)
    decoding.read([HERE], tmp_path)
    assert [str(rule) for rule in decoding.rules] == [HERE, THERE]
    assert decoding.rules[0].arguments == (str(tmp_path / "q.proto"),)
    decoding.carry(Carried())
    decoding.read([HERE], tmp_path)
    assert [str(rule) for rule in decoding.rules] == [HERE]


def test_a_rule_that_can_not_be_used_is_a_finding(decoding: Decoding, tmp_path: Path) -> None:
    decoding.read(["node:a=nothing", THERE], tmp_path)
    assert [str(rule) for rule in decoding.rules] == [THERE]
    assert [finding.code for finding in decoding.findings] == ["Z100"]
    decoding.read([THERE], tmp_path)
    assert decoding.findings == []


def test_a_rule_that_came_with_a_capture_stays_as_it_came(decoding: Decoding) -> None:
    def moved(name: str) -> str:
        return f"/moved/{name}"

    assert decoding.relocated([HERE, THERE], moved) == ("node:a=protobuf(/moved/q.proto)", THERE)
    decoding.carry(Carried({"decode": f'["{HERE}"]'}))
    assert decoding.relocated([HERE, THERE], moved) == (HERE, THERE)
