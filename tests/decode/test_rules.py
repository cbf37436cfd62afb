"""Decode rules: what they match, how they are written back, where they are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zinspector.decode.api import Context
from zinspector.decode.rules import Rule, RuleError
from zinspector.errors import UserError

QUOTE = Context(topic="quotes.ACME", frame=1, frame_count=2, node="trader", link="l1")


def test_the_example_of_the_manual() -> None:
    rule = Rule.parse("topic:quotes.* frame:1=protobuf(quotes.proto, market.Quote)", Path("/schemas"))
    assert rule.decoder == "protobuf"
    assert rule.options == ("quotes.proto", "market.Quote")
    assert rule.arguments == ("/schemas/quotes.proto", "market.Quote")
    assert str(rule) == "topic:quotes.* frame:1=protobuf(quotes.proto, market.Quote)"
    assert rule.matches(QUOTE)


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("=json", True),
        ("*=json", True),
        ("topic:quotes.ACME=json", True),
        ("topic:quotes.?CME=json", True),
        ("topic:Quotes.*=json", False),
        ("topic:quotes=json", False),
        ("node:trader link:l1 frame:1=json", True),
        ("node:trader frame:0=json", False),
        ("link:other=json", False),
        ('topic:"quotes.ACME"=json', True),
    ],
)
def test_all_conditions_must_hold(text: str, matches: bool) -> None:
    assert Rule.parse(text).matches(QUOTE) is matches


def test_a_topic_rule_does_not_match_where_there_is_no_topic() -> None:
    assert not Rule.parse("topic:*=json").matches(Context())


def test_the_last_equals_sign_separates() -> None:
    rule = Rule.parse("topic:a=b=json")
    assert rule.terms == (("topic", "a=b"),)
    assert Rule.parse("topic:x=csv(sep=;)").options == ("sep=;",)


def test_quotes_keep_blanks_and_commas() -> None:
    rule = Rule.parse('topic:"my topic"=protobuf("a, b.proto", M)', Path("/x"))
    assert rule.terms == (("topic", "my topic"),)
    assert rule.arguments == ("/x/a, b.proto", "M")
    assert str(rule) == 'topic:"my topic"=protobuf("a, b.proto", M)'


def test_files_of_the_home_folder_and_absolute_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    assert Rule.parse("*=protobuf(~/q.proto)", Path("/base")).arguments == ("/home/me/q.proto",)
    assert Rule.parse("*=protobuf(/q.proto)", Path("/base")).arguments == ("/q.proto",)
    assert Rule.parse("*=protobuf(../q.desc)", Path("/base/here")).arguments == ("/base/q.desc",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("json", "there is no = (column 5)"),
        ("topic:a=", "no decoder is named after = (column 9)"),
        ("topic:a=protobuf(x", "the parenthesis is not closed (column 19)"),
        ("frame:1 colour:red=json", "“colour:red” (column 9)"),
        ("frame:first=json", "not “first” (column 1)"),
        ("frame:-1=json", "not “-1” (column 1)"),
        ("frame:²=json", "not “²” (column 1)"),
        ("topic:=json", "“topic:” (column 1)"),
        ('topic:"a=json', "column 1"),
        ("*=protobuf(a.proto, )", "an empty option (column 20)"),
        ('*=protobuf("a.proto)', "the quotation mark is not closed"),
    ],
)
def test_a_wrong_rule_names_the_column(text: str, said: str) -> None:
    with pytest.raises(RuleError) as caught:
        Rule.parse(text)
    assert said in caught.value.text
    assert caught.value.where == text


@given(st.text(alphabet='topic:frame=()," *ab1\n', max_size=40))
def test_any_text_is_a_rule_or_an_error_of_the_user(text: str) -> None:
    try:
        rule = Rule.parse(text)
    except UserError:
        return
    again = Rule.parse(str(rule))
    assert (again.terms, again.decoder, again.options) == (rule.terms, rule.decoder, rule.options)
