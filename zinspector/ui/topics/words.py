"""Filters that mean a topic, or all that begins like it."""

from __future__ import annotations

from zinspector.ui.filter.words import quoted


def of_topic(topic: bytes) -> str:
    """The filter for one topic; one that is no text is compared as bytes."""
    text = _text(topic)
    return f"topic == {quoted(text)}" if text is not None else f'topic and frames[0] == x"{topic.hex()}"'


def below(path: bytes) -> str:
    """The filter for all topics that begin so."""
    text = _text(path)
    return f"topic startswith {quoted(text)}" if text is not None else f'topic and frames[0] startswith x"{path.hex()}"'


def _text(topic: bytes) -> str | None:
    try:
        return topic.decode("utf-8")
    except UnicodeDecodeError:
        return None
