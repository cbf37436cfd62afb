"""What decoders make of many frames, for filters: values only, each under the name by which filters call its decoder.

- A rule that matches decides, and a Protobuf value stands under the name of its message type: {"Quote": {"bid": 1.5}}.
- Without a rule, a frame is asked about when its decoder alone says that it may be its own. Protobuf without a schema
  has no names, so nobody asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from zinspector.decode.api import Context, Framed
from zinspector.decode.registry import Registry
from zinspector.decode.rules import Rule

PROPER: Final = {"proto": "protobuf"}
MOST_PLACES: Final = 10_000

Choice = tuple[Rule | None, str]
"""The rule that decides, and the message type that it names, if it does."""


class FrameValues:
    """Decodes frames as these rules say."""

    def __init__(self, registry: Registry, rules: Sequence[Rule]) -> None:
        self._registry = registry
        self._rules = tuple(rules)

    def names(self) -> set[str]:
        """What filters call the decoders that could have something to say."""
        calls = {proper: name for name, proper in PROPER.items()}
        chosen = {calls.get(rule.decoder, rule.decoder) for rule in self._rules}
        return chosen | {name for name in self._registry.names if name not in calls}

    def of(self, messages: Iterable[Framed], name: str) -> Iterator[list[tuple[int, Any]]]:
        """For each message, the frames that this decoder could read, and what it read."""
        decoder = PROPER.get(name, name)
        places: dict[tuple[Any, ...], Choice] = {}
        for message in messages:
            topic = message.topic
            found = []
            for frame, data in enumerate(message.frames):
                place = (topic, message.node, message.link, message.from_type, message.to_type, frame)
                context = Context(topic, frame, len(message.frames), *place[1:5])
                choice = places.get(place)
                if choice is None:
                    if len(places) >= MOST_PLACES:
                        places.clear()
                    choice = places[place] = self._choice(context, decoder)
                if choice[0] is None and name in PROPER:
                    continue
                if choice[0] is not None and choice[0].decoder != decoder:
                    continue
                read, value = self._registry.value(data, context, decoder, choice[0])
                if read:
                    found.append((frame, {choice[1]: value} if choice[1] else value))
            yield found

    def _choice(self, context: Context, decoder: str) -> Choice:
        rule = next((rule for rule in self._rules if rule.matches(context)), None)
        if rule is None or rule.decoder != decoder:
            return rule, ""
        schema = self._registry.schema(context, (rule,))
        return rule, "" if schema is None else schema.name.rpartition(".")[2]
