"""Filters that mean a topic, or all that begins like it."""

from __future__ import annotations

from zinspector.capture.filter.literals import quoted

PUBSUB = '{"PUB", "XPUB", "SUB", "XSUB"}'
PUBLISHED = f'kind == "message" and (from_type in {PUBSUB} or to_type in {PUBSUB})'


def of_topic(topic: bytes) -> str:
    """The filter for one topic; one that is no text is compared as bytes."""
    text = _text(topic)
    return f"topic == {quoted(text)}" if text is not None else f'{PUBLISHED} and frames[0] == x"{topic.hex()}"'


def below(path: bytes) -> str:
    """The filter for all topics that begin so; where that is text, topics that are no text are not among them."""
    text = _text(path)
    return (
        f"topic startswith {quoted(text)}"
        if text is not None
        else f'{PUBLISHED} and frames[0] startswith x"{path.hex()}"'
    )


def _text(topic: bytes) -> str | None:
    try:
        return topic.decode("utf-8")
    except UnicodeDecodeError:
        return None
