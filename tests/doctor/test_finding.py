"""What was told is not told again."""

from __future__ import annotations

from zinspector.doctor.finding import Finding, unexplained, unsaid


def test_the_same_words_about_the_same_node_are_said_once() -> None:
    drawn = Finding("Z114", "error", "too long", "a", remedy="shorter")
    live = [
        Finding("Z000", "error", "too long", "a"),
        Finding("Z000", "error", "too long", "b"),
        Finding("Z000", "error", "in use", "a"),
    ]
    assert unsaid(live, [drawn]) == live[1:]
    assert unsaid(live, []) == live


def test_what_a_session_explains_is_not_told_of_its_rows() -> None:
    said = [Finding("Z208", "warning", "a spy has no password", "spy"), Finding("Z000", "error", "odd", "spy")]
    shown = [
        Finding("Z208", "error", "the mechanisms differ", "spy"),
        Finding("Z208", "error", "the mechanisms differ", "other"),
        Finding("Z000", "warning", "damaged", "spy"),
    ]
    assert unexplained(shown, said) == shown[1:]
    assert unexplained(shown, []) == shown
