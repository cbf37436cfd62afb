"""What was told is not told again."""

from __future__ import annotations

from zinspector.doctor.finding import Finding, unsaid


def test_the_same_words_about_the_same_node_are_said_once() -> None:
    drawn = Finding("Z114", "error", "too long", "a", remedy="shorter")
    live = [
        Finding("Z000", "error", "too long", "a"),
        Finding("Z000", "error", "too long", "b"),
        Finding("Z000", "error", "in use", "a"),
    ]
    assert unsaid(live, [drawn]) == live[1:]
    assert unsaid(live, []) == live
