"""Decode rules and schemas that travel with a recording: out and in again, without their files; and hostile ones."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zinspector.decode import carried
from zinspector.decode.api import Context
from zinspector.decode.carried import RULES, SCHEMAS, Carried, keep
from zinspector.decode.registry import Registry
from zinspector.decode.rules import Rule, RuleError
from zinspector.errors import PluginError
from zinspector.shipped import shipped

HERE = Context(topic="quotes.a")
BYTES = b"\x08\x05"


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.load(shipped("plugins"))


@pytest.fixture
def rule(tmp_path: Path) -> Rule:
    """A rule whose schema has an import, and is the last of several messages."""
    (tmp_path / "other.proto").write_text('syntax = "proto3"; package p; message Other { int32 y = 1; }')
    text = 'syntax = "proto3"; package p; import "other.proto"; message M { int32 x = 1; Other other = 2; }'
    (tmp_path / "m.proto").write_text(text)
    return Rule.parse("topic:quotes.*=protobuf(m.proto)", tmp_path)


def gone(rule: Rule, registry: Registry) -> dict[str, str]:
    """Its notes; then its files are deleted."""
    notes, left_out = keep([rule], registry)
    assert not left_out
    for path in Path(rule.arguments[0]).parent.iterdir():
        path.unlink()
    return notes


def test_a_rule_decodes_where_its_schema_is_not(rule: Rule, registry: Registry) -> None:
    came = Carried(gone(rule, registry))
    (text,) = came.texts
    assert text == str(rule.anywhere())
    again = came.rule(text)
    assert registry.decode(BYTES, HERE, [again]).summary == "p.M { x: 5 }"
    assert keep([again], registry).notes == {
        RULES: json.dumps([text]),
        SCHEMAS: json.dumps({str(rule.arguments[0]): again.arguments[0].partition(",")[2]}),
    }


def test_rules_without_files_come_too_and_those_of_the_drawing(registry: Registry) -> None:
    notes, left_out = keep([Rule.parse("frame:1=json")], registry)
    came = Carried(notes, ["frame:1=json", "frame:2=text"])
    assert (came.texts, left_out) == (("frame:1=json", "frame:2=text"), ())
    assert came.rule("frame:2=text") == Rule.parse("frame:2=text")
    assert keep([], registry).notes == {}


def test_what_can_not_be_kept_is_said(rule: Rule, registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    text = Rule.parse("*=text(a.proto)")
    assert keep([text], registry).left_out[0].endswith("a.proto is not kept in the recording: text can't hand it on")
    monkeypatch.setattr(carried, "MOST_BYTES", 10)
    notes, (left_out,) = keep([rule], registry)
    assert left_out.startswith(f"{rule.arguments[0]} is not kept in the recording: the schemas are more than")
    with pytest.raises(RuleError, match="did not come with it"):
        Carried(notes).rule(str(rule.anywhere()))
    monkeypatch.setattr(carried, "MOST_RULES", 1)
    assert "only the first 1 of 2" in keep([text, text], registry).left_out[-1]


@pytest.mark.parametrize(
    "schemas", ["{}", '{"/etc/passwd.proto": "/etc/passwd"}', '{"/etc/passwd.proto": 5}', "[", "[]"]
)
def test_no_file_is_looked_at(schemas: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "resolve", lambda _: pytest.fail("it looks at a file"))
    with pytest.raises(RuleError, match=r"/etc/passwd.proto did not come with it"):
        Carried({SCHEMAS: schemas}, ["*=protobuf(/etc/passwd.proto)"]).rule("*=protobuf(/etc/passwd.proto)")


@given(
    st.text(max_size=30) | st.just("[" * 100_000),
    st.text(max_size=30)
    | st.dictionaries(st.text(max_size=5), st.text("AQ=z\ud800", max_size=8) | st.none()).map(json.dumps),
    st.lists(st.text(max_size=20)),
)
def test_hostile_notes_give_rules_or_reasons(rules: str, schemas: str, drawn: list[str]) -> None:
    came = Carried({RULES: rules, SCHEMAS: schemas}, drawn)
    assert set(drawn) <= set(came.texts)
    for text in came.texts:
        with contextlib.suppress(RuleError):
            assert str(came.rule(text).anywhere()).count("=") >= 1


def test_what_is_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carried, "MOST_BYTES", 10)
    came = Carried({RULES: json.dumps(["*=protobuf(a.proto)"]), SCHEMAS: json.dumps({"a.proto": "AAAA" * 10})})
    with pytest.raises(RuleError, match="more than"):
        came.rule("*=protobuf(a.proto)")


def test_every_damage_of_a_schema_is_told_or_harmless(rule: Rule, registry: Registry) -> None:
    text, came = str(rule.anywhere()), json.loads(keep([rule], registry).notes[SCHEMAS])
    ((name, data),) = came.items()
    letters = "ABCDabcd0123+/"
    for place in range(len(data)):
        damaged = data[:place] + letters[(letters.find(data[place]) + 1) % len(letters)] + data[place + 1 :]
        with contextlib.suppress(RuleError, PluginError):
            found = Carried({SCHEMAS: json.dumps({name: damaged})}).rule(text)
            registry.decoder(found.decoder, found.arguments)
            assert registry.decode(BYTES, HERE, [found]).tree
