"""Which decoder reads a frame, and that no plugin and no bytes make the registry raise."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zinspector.decode import registry as under_test
from zinspector.decode.api import Context, Decoded, DecodeError, Value
from zinspector.decode.loader import PluginState
from zinspector.decode.registry import MOST_BYTES, Registry
from zinspector.decode.rules import Rule
from zinspector.errors import PluginError
from zinspector.shipped import shipped

HERE = Context()
SHIPPED = Registry.load(shipped("plugins"))


def plugin(action: Any, *, sure: Any = 0.9, named: str = "mine", source: str = "user") -> PluginState:
    """A plugin whose decode() does `action(data)`, and whose match() says `sure`."""

    class Mine:
        name = named

        def match(self, data: bytes, context: Context) -> float:
            return sure() if callable(sure) else sure

        def decode(self, data: bytes, context: Context) -> Decoded:
            result: Decoded = action(data)
            return result

    return PluginState(named, source, "", (Mine,))


def raises(error: BaseException) -> Any:
    def action(data: bytes) -> Decoded:
        raise error

    return action


def test_the_surest_match_wins_then_text_then_hex() -> None:
    registry = Registry([plugin(lambda data: Decoded("mine", "yes"))])
    assert registry.decode(b"x", HERE).summary == "yes"
    assert Registry([plugin(lambda data: Decoded("mine", "yes"), sure=-1)]).decode(b"x", HERE).decoder == "text"
    assert Registry().decode(b"\xff\x00", HERE).decoder == "hex"


def test_a_matching_rule_wins_over_everything() -> None:
    rules = [Rule.parse("frame:7=text"), Rule.parse("topic:q.*=hex"), Rule.parse("*=text")]
    assert SHIPPED.decode(b'{"a": 1}', Context(topic="q.x"), rules).decoder == "hex"
    assert SHIPPED.decode(b'{"a": 1}', Context(), rules).decoder == "text"
    assert SHIPPED.decode(b'{"a": 1}', Context(), rules[:2]).decoder == "json"


def test_a_wrong_rule_falls_back_and_says_why() -> None:
    decoded = SHIPPED.decode(b"no json", HERE, [Rule.parse("*=json")])
    assert decoded.decoder == "text"
    assert decoded.notes == ("json: Expecting value",)
    missing = SHIPPED.decode(b"\xff", HERE, [Rule.parse("*=nosuch")])
    assert missing.decoder == "hex"
    assert missing.notes[0].startswith(
        "nosuch: there is no decoder of that name (there are hex, json, jupyter, protobuf, text)"
    )
    options = SHIPPED.decode(b"x", HERE, [Rule.parse("*=hex(1, 2)")])
    assert options.notes[0].startswith("hex: TypeError")


def test_the_reason_of_a_guess_that_seemed_sure_is_told() -> None:
    assert SHIPPED.decode(b'{"a": nothing}', HERE).notes == ("json: Expecting value at byte 6",)


@dataclass(frozen=True)
class Framing:
    """A message of some frames, as contexts need it."""

    frames: tuple[bytes, ...]
    topic: str | None = None
    node: str | None = "t1"
    link: str | None = None
    from_type: str | None = None
    to_type: str | None = None


def of_whole_messages(line: Any) -> Registry:
    """With a plugin whose line() is this, and that takes no frame."""
    made = plugin(lambda data: Decoded("mine", ""), sure=-1)
    made.decoders[0].line = line
    return Registry([made])


def test_a_line_is_of_the_whole_message_and_harmless() -> None:
    registry = of_whole_messages(lambda _, frames, context: f"{frames!r} {context.frame}\n" if frames[1:] else None)
    assert registry.line(Framing((b"a", b"b")), 1) == r"(b'a', b'b') 1\n"
    assert registry.line(Framing((b"a",)), 0) == ""
    assert Registry().line(Framing((b"a", b"b")), 1) == ""


def test_a_rule_for_the_payload_is_stronger_than_a_line() -> None:
    registry = of_whole_messages(lambda _, frames, context: "whole")
    assert registry.line(Framing((b"a", b"b")), 1, [Rule.parse("frame:1=hex")]) == ""
    assert registry.line(Framing((b"a", b"b")), 1, [Rule.parse("frame:0=hex")]) == "whole"


@pytest.mark.parametrize("line", [raises(ValueError("oops")), lambda *_: 7])
def test_a_line_that_fails_disables_its_plugin(line: Any) -> None:
    registry = of_whole_messages(lambda _, frames, context: line(frames))
    assert [registry.line(Framing((b"a",)), 0) for _ in range(4)] == [""] * 4
    assert registry.plugins[1].state == "disabled"


@pytest.mark.parametrize(
    "error", [ValueError("oops"), SystemExit(1), RecursionError(), MemoryError(), type("Odd", (BaseException,), {})()]
)
def test_a_decoder_that_raises_is_contained_and_then_disabled(error: BaseException) -> None:
    registry = Registry([plugin(raises(error))])
    for _ in range(3):
        decoded = registry.decode(b"text", HERE)
        assert decoded.decoder == "text"
        assert decoded.notes[0].startswith(f"the decoder mine failed: {type(error).__name__}")
    assert registry.decode(b"text", HERE).notes == ()
    assert registry.plugins[1].state == "disabled"
    assert registry.plugins[1].reason.startswith(f"it failed 3 times: mine: {type(error).__name__}")
    with pytest.raises(PluginError, match="its plugin is disabled"):
        registry.decoder("mine")


def test_a_match_that_raises_or_lies_is_contained() -> None:
    for sure in (lambda: 1 / 0, lambda: None, lambda: "very"):
        registry = Registry([plugin(lambda data: Decoded("mine", "yes"), sure=sure)])
        assert [registry.decode(b"x", HERE).decoder for _ in range(4)] == ["text"] * 4
        assert registry.plugins[1].state == "disabled"
    registry = Registry([plugin(lambda data: Decoded("mine", "yes"), sure=float("nan"))])
    assert registry.decode(b"x", HERE).decoder == "text"


@pytest.mark.parametrize(
    "junk",
    [
        None,
        "text",
        Decoded("mine", 7),  # junk is the point
        Decoded("mine", "x", tree=None),
        Decoded("mine", "x", tree=(1,)),
        Decoded("mine", "x", tree=(Value("a", 3),)),
        Decoded("mine", "x", notes=None),
    ],
)
def test_junk_is_not_shown(junk: Any) -> None:
    registry = Registry([plugin(lambda data: junk)])
    decoded = registry.decode(b"text", HERE)
    assert decoded.decoder == "text"
    assert "decode() returned" in decoded.notes[0]
    assert registry.summary(b"text", HERE) == "text"


def test_saying_that_the_bytes_are_wrong_is_no_fault() -> None:
    registry = Registry([plugin(raises(DecodeError("not mine", 3)))])
    for _ in range(10):
        assert registry.decode(b"text", HERE).notes == ("mine: not mine at byte 3",)
    assert registry.plugins[1].state == "ready"


def test_one_that_takes_too_long_is_disabled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(under_test, "SLOWEST_S", 0.0)
    registry = Registry([plugin(lambda data: Decoded("mine", "slow"))])
    for _ in range(3):
        assert registry.decode(b"x", HERE).summary == "slow"
    assert registry.plugins[1].state == "disabled"


def test_a_disabled_replacement_gives_back_what_it_replaced() -> None:
    registry = Registry([*SHIPPED.plugins[1:], plugin(raises(ValueError()), named="json")])
    for _ in range(3):
        assert registry.decode(b"[1]", HERE).decoder == "text"
    assert registry.decode(b"[1]", HERE).decoder == "json"
    assert [state.state for state in registry.plugins] == [*["ready"] * len(SHIPPED.plugins), "disabled"]


def test_hostile_summaries_of_plugins_are_made_visible() -> None:
    registry = Registry([plugin(lambda data: Decoded("mine", "a\u202eb\ud800\n"))])
    assert registry.decode(b"x", HERE).summary == "a\\u202eb\\ud800\\n"
    assert registry.summary(b"x", HERE) == "a\\u202eb\\ud800\\n"


def test_decoders_are_made_once() -> None:
    registry = Registry()
    assert registry.decoder("text") is registry.decoder("text")
    assert registry.decoder("text", ["latin-1"]) is registry.decoder("text", ("latin-1",))
    assert registry.decoder("text") is not registry.decoder("text", ["latin-1"])


def test_frames_are_decoded_up_to_a_size() -> None:
    decoded = Registry().decode(b"x" * (MOST_BYTES + 5), HERE)
    assert decoded.notes[0] == "only the first 4 MiB of 4,194,309 bytes were decoded"
    assert len(decoded.value) == MOST_BYTES


def test_summaries_of_long_frames_are_cheap() -> None:
    asked: list[int] = []
    registry = Registry([plugin(lambda data: asked.append(len(data)) or Decoded("mine", "yes"))])
    assert registry.summary(b"x" * 1000, HERE) == "yes"
    assert registry.summary(b"x" * 100_000, HERE).startswith("xxx")
    assert asked == [1000]


def test_load_tells_of_all_plugins(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("1/0")
    registry = Registry.load(shipped("plugins"), tmp_path)
    states = {state.name: (state.source, state.state) for state in registry.plugins}
    assert states["built-in"] == ("built-in", "ready")
    assert states["json"] == states["protobuf"] == ("shipped", "ready")
    assert states["broken"] == ("user", "failed")
    with pytest.raises(PluginError, match="failed: ZeroDivisionError"):
        registry.decoder("broken")


RULES = [[Rule.parse(f"*={name}")] for name in ("text", "hex", "json", "protobuf", "text(utf-16)")]


@given(st.binary(max_size=300), st.sampled_from([[], *RULES]))
def test_no_bytes_make_it_raise(data: bytes, rules: list[Rule]) -> None:
    decoded = SHIPPED.decode(data, HERE, rules)
    for text in (decoded.summary, *decoded.notes, *(value.text for top in decoded.tree for value in top.walk())):
        text.encode()
    assert SHIPPED.summary(data, HERE, rules) == decoded.summary
    assert all(state.state == "ready" for state in SHIPPED.plugins)


@given(st.text(max_size=200))
def test_text_is_never_taken_for_protobuf(text: str) -> None:
    data = text.encode("utf-8", "ignore")
    if text.isprintable():
        assert SHIPPED.decode(data, HERE).decoder in ("text", "json")
