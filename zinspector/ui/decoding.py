"""What frames mean in the window: by the decode rules of the drawing, and those that came with an opened capture."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from zinspector.capture.message import Message
from zinspector.decode.api import Context, Decoded
from zinspector.decode.carried import Carried, Kept, keep
from zinspector.decode.registry import Registry
from zinspector.decode.rules import Rule, moved_rules
from zinspector.doctor.finding import Finding
from zinspector.errors import UserError


class Decoding:
    """The rules that are asked, and the decoders that they name.

    A rule that came with a capture names no file here: what its schemas held came with it.
    """

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.rules: tuple[Rule, ...] = ()
        """In the order in which they are asked; those that can't be used are findings."""
        self.kept = Kept({})
        """What a recording keeps of them."""
        self._faults: list[Finding] = []
        self._carried = Carried()
        self._beside: tuple[str, ...] = ()

    @property
    def findings(self) -> list[Finding]:
        """What is wrong with rules and plugins."""
        broken = [plugin for plugin in self.registry.plugins if plugin.state != "ready"]
        return [
            *self._faults,
            *(
                Finding("Z000", "warning", f"the plugin {one.name} doesn't work: {one.reason}", remedy=one.path)
                for one in broken
            ),
        ]

    def carry(self, carried: Carried, *, beside: bool = False) -> None:
        """Know the rules that came with a capture; ask them `beside` those of the drawing, if it brought no drawing."""
        self._carried = carried
        self._beside = carried.texts if beside else ()

    def read(self, drawn: Iterable[str], base: Path) -> None:
        """Have the rules of a drawing, the names of whose files start at `base`."""
        rules, self._faults = [], []
        for text in dict.fromkeys((*drawn, *self._beside)):
            try:
                came = text in self._carried.texts
                rule = self._carried.rule(text) if came else Rule.parse(text, base)
                self.registry.decoder(rule.decoder, rule.arguments)
                rules.append(rule)
            except UserError as error:
                self._faults.append(Finding("Z100", "error", f"decode rule: {error.sentence}", remedy=error.remedy))
        if tuple(rules) != self.rules:
            self.rules = tuple(rules)
            self.kept = keep(self.rules, self.registry)

    def relocated(self, drawn: Iterable[str], moved: Callable[[str], str]) -> tuple[str, ...]:
        """The rules of a drawing with the names of their files as `moved` gives them."""
        came = self._carried.texts
        return tuple(rule for text in drawn for rule in ([text] if text in came else moved_rules([text], moved)))

    def decode(self, message: Message, frame: int) -> Decoded:
        """One frame of a message, made readable."""
        return self.registry.decode(message.frames[frame], Context.of(message, frame), self.rules)

    def line(self, message: Message, frame: int) -> str:
        """A message as a whole in one line, where a decoder knows its kind; `frame` begins its payload."""
        return self.registry.line(message, frame, self.rules)

    def summary(self, message: Message, frame: int) -> str:
        """One frame of a message in one line; cheaper than `decode`."""
        return self.registry.summary(message.frames[frame], Context.of(message, frame), self.rules)
