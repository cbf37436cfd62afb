"""Decoders for the command line: rules from the topology and from `--decode`, and the `decoded` array of a message."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from zinspector.capture.message import Message
from zinspector.decode.api import Context
from zinspector.decode.registry import Registry
from zinspector.decode.rules import Rule
from zinspector.settings import data_folder
from zinspector.shipped import shipped


def registry() -> Registry:
    """All decoders that are there."""
    return Registry.load(shipped("plugins"), data_folder() / "plugins")


class Decoding:
    """Decodes the frames that a rule names."""

    def __init__(self, given: Sequence[str], drawn: Sequence[str], base: Path) -> None:
        """`given` on the command line win over `drawn` ones, whose file names start at `base`.

        Raises UserError for a rule that can't be read or a decoder that can't be made.
        """
        self._rules = [
            *(Rule.parse(text) for text in given),
            *(Rule.parse(text, base) for text in drawn),
        ]
        self._registry = registry()
        for rule in self._rules:
            self._registry.decoder(rule.decoder, rule.arguments)

    def decoded(self, message: Message) -> list[dict[str, Any]]:
        """{frame, decoder, value} for every frame of a message that a decoder other than text and hex reads."""
        found = []
        for frame in range(len(message.frames)) if message.kind == "message" else ():
            context = Context(
                topic=message.topic,
                frame=frame,
                frame_count=len(message.frames),
                node=message.node,
                link=message.link,
                from_type=message.from_type,
                to_type=message.to_type,
            )
            decoded = self._registry.decode(message.frames[frame], context, self._rules)
            ruled = any(rule.matches(context) for rule in self._rules)
            if decoded.value is not None and (ruled or decoded.decoder == "json"):
                name = decoded.decoder.partition(" ")[0]
                found.append({"frame": frame, "decoder": name, "value": decoded.value})
        return found
