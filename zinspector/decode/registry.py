"""Which decoder reads a frame, and what happens when it fails.

A rule that matches the frame decides. Without one, the decoder that is surest of its match is tried, text and hex
last. A decoder that says DecodeError is simply wrong about this frame: the next best reading is shown with the reason.
Any other exception is a fault of the plugin: after `MOST_FAULTS` of them it is disabled, its last words kept as reason.

`decode()` is for the frame that someone looks at. `summary()` is its one line for the message table, at a price that
does not grow with the frame: what is longer than `SUMMARY_BYTES` is not read to its end. Neither ever raises.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from zinspector.decode.api import Context, Decoded, DecodeError, Decoder, Framed, Schema, visible
from zinspector.decode.loader import FaultError, PluginState, guarded, junk, load_entry_points, load_folder
from zinspector.decode.raw import SUMMARY_BYTES, Hex, Text
from zinspector.decode.rules import Rule
from zinspector.errors import PluginError

MOST_FAULTS = 3
SLOWEST_S = 2.0  # a decoder that takes longer has hung the window
MOST_BYTES = 4 << 20
SURE = 0.5  # from here on it is worth saying why a guess was wrong
TRUSTED = ("built-in", "shipped")

Choice = tuple[str, tuple[str, ...], float]
"""A decoder's name, its options, and how sure it is."""
T = TypeVar("T")


class _Passed(Exception):  # noqa: N818  # it is no error but the word of a decoder that passes
    """A decoder could not read the frame: the next one's turn. `notes` says why, where that is worth a word."""

    def __init__(self, *notes: str) -> None:
        super().__init__(*notes)
        self.notes = notes


class Registry:
    """The decoders that are there. `plugins` tells what became of each."""

    def __init__(self, plugins: Iterable[PluginState] = ()) -> None:
        self.plugins: list[PluginState] = [PluginState("built-in", "built-in", "", (Text, Hex)), *plugins]
        self._faults: dict[int, list[str]] = {}
        self._offer()

    @classmethod
    def load(cls, shipped: Path | None = None, user: Path | None = None) -> Registry:
        """Find all plugins: those in the `shipped` folder, in the `user` folder, and installed ones."""
        folders = [(shipped, "shipped"), (user, "user")]
        found = [plugin for folder, source in folders if folder is not None for plugin in load_folder(folder, source)]
        return cls([*found, *load_entry_points()])

    @property
    def names(self) -> tuple[str, ...]:
        """What can stand in a rule."""
        return tuple(sorted(self._owners))

    def decoder(self, name: str, options: Sequence[str] = ()) -> Decoder:
        """A decoder with its options, made once. Raises PluginError."""
        made = self._made.get((name, *options))
        if made is None:
            made = self._made[(name, *options)] = self._make(name, tuple(options))
        return made

    def decode(self, data: bytes, context: Context, rules: Sequence[Rule] = ()) -> Decoded:
        """The best reading of a frame."""
        notes: list[str] = []
        if len(data) > MOST_BYTES:
            notes.append(f"only the first {MOST_BYTES >> 20} MiB of {len(data):,} bytes were decoded")
            data = data[:MOST_BYTES]
        for choice in self._choices(data, context, rules):
            try:
                decoded = self._decoded(choice, data, context)
            except _Passed as passed:
                notes += passed.notes
            else:
                return replace(decoded, notes=(*notes, *decoded.notes)) if notes else decoded
        return replace(Hex().decode(data, context), notes=tuple(notes))

    def summary(self, data: bytes, context: Context, rules: Sequence[Rule] = ()) -> str:
        """The summary that `decode` gives; for a long frame, that of its beginning."""
        for choice in self._choices(data, context, rules):
            try:
                summarise = getattr(self._made_for(choice), "summary", None)
                if summarise is not None:
                    text = self._call(choice, summarise, data[:MOST_BYTES], context)
                    if isinstance(text, str):
                        return visible(text)
                    self._fault(choice[0], f"summary() returned {type(text).__name__} instead of text")
                elif len(data) <= SUMMARY_BYTES:
                    return self._decoded(choice, data, context).summary
            except _Passed:
                continue
        return Hex().summary(data, context)

    def line(self, message: Framed, frame: int, rules: Sequence[Rule] = ()) -> str:
        """What a decoder says of a whole message whose payload begins with `frame`; empty where none knows it.

        A rule for that frame decides, as always.
        """
        context = Context.of(message, frame)
        if any(rule.matches(context) for rule in rules):
            return ""
        for name, decoder in self._automatic():
            say = getattr(decoder, "line", None)
            if say is None:
                continue
            try:
                text = self._call((name, (), 0.0), say, message.frames, context)
            except _Passed:
                continue
            if isinstance(text, str):
                return visible(text)
            if text is not None:
                self._fault(name, f"line() returned {type(text).__name__} instead of text")
        return ""

    def value(self, data: bytes, context: Context, name: str, rule: Rule | None) -> tuple[bool, Any]:
        """Whether one decoder could read a frame, and the value that it read: for many frames, so nothing else.

        Without a rule the decoder must be willing by itself.
        """
        choice = name, rule.arguments if rule is not None else (), 1.0
        try:
            decoder = self._made_for(choice)
            if rule is None and self._call(choice, partial(_match, decoder), data, context) < 0:
                return False, None
            read = getattr(decoder, "value", None)
            if read is None or self.plugins[self._owners[name][0]].source not in TRUSTED:
                return True, self._decoded(choice, data[:MOST_BYTES], context).value
            return True, self._call(choice, read, data[:MOST_BYTES], context)
        except _Passed:
            return False, None

    def schema(self, context: Context, rules: Sequence[Rule]) -> Schema | None:
        """What describes a frame to other programs, if the rule that decides has a decoder that knows it."""
        chosen = next((rule for rule in rules if rule.matches(context)), None)
        return self.described(chosen) if chosen is not None else None

    def described(self, rule: Rule) -> Schema | None:
        """What describes the frames of a rule to other programs, if its decoder knows it."""
        choice = rule.decoder, rule.arguments, 1.0
        try:
            describe = getattr(self._made_for(choice), "schema", None)
            found = guarded(describe) if describe is not None else None
        except (_Passed, DecodeError):
            return None
        except FaultError as fault:
            self._fault(rule.decoder, str(fault))
            return None
        return found if isinstance(found, Schema) else None

    # Choosing

    def _choices(self, data: bytes, context: Context, rules: Sequence[Rule]) -> Iterator[Choice]:
        chosen = next((rule for rule in rules if rule.matches(context)), None)
        if chosen is not None:
            yield chosen.decoder, chosen.arguments, 1.0
        sure = []
        for name, decoder in self._automatic():
            try:
                confidence = guarded(_match, decoder, data, context)
            except DecodeError:
                continue
            except FaultError as fault:
                self._fault(name, str(fault))
                continue
            if confidence >= 0:
                sure.append((confidence, name))
        sure.sort(reverse=True)
        for confidence, name in sure:
            if chosen is None or (name, ()) != (chosen.decoder, chosen.arguments):
                yield name, (), confidence

    def _offer(self) -> None:
        """Know the decoders of all ready plugins; a later plugin's replace an earlier one's of the same name."""
        self._owners: dict[str, tuple[int, type[Decoder]]] = {
            kind.name: (index, kind)
            for index, plugin in enumerate(self.plugins)
            if plugin.state == "ready"
            for kind in plugin.decoders
        }
        self._made: dict[tuple[str, ...], Decoder] = {}
        self._guessers: list[tuple[str, Decoder]] | None = None

    def _automatic(self) -> list[tuple[str, Decoder]]:
        """The decoders that can be made without options; the others only a rule can choose."""
        if self._guessers is None:
            self._guessers = []
            for name in self._owners:
                try:
                    self._guessers.append((name, self.decoder(name)))
                except PluginError:
                    continue
        return self._guessers

    # Calling

    def _make(self, name: str, options: tuple[str, ...]) -> Decoder:
        if name not in self._owners:
            raise PluginError(self._missing(name), where=name, remedy=f"there are {', '.join(self.names)}")
        try:
            return guarded(self._owners[name][1], *options)
        except (DecodeError, FaultError) as error:
            raise PluginError(str(error), where=name) from None

    def _made_for(self, choice: Choice) -> Decoder:
        try:
            return self.decoder(choice[0], choice[1])
        except PluginError as error:
            raise _Passed(str(error)) from None

    def _call(self, choice: Choice, call: Callable[..., T], *arguments: Any) -> T:
        """What the decoder returns. Raises _Passed."""
        name, _, confidence = choice
        started = time.perf_counter()
        try:
            result = guarded(call, *arguments)
        except DecodeError as error:
            where = f" at byte {error.offset:,}" if error.offset else ""
            raise _Passed(*([f"{name}: {error.reason}{where}"] if confidence >= SURE else [])) from None
        except FaultError as fault:
            raise _Passed(self._fault(name, str(fault))) from None
        took = time.perf_counter() - started
        if took > SLOWEST_S:
            self._fault(name, f"it took {took:.1f} s")
        return result

    def _decoded(self, choice: Choice, data: bytes, context: Context) -> Decoded:
        """A result that can be shown. Raises _Passed."""
        name = choice[0]
        decoder = self._made_for(choice)
        trusted = self.plugins[self._owners[name][0]].source in TRUSTED
        decoded = self._call(choice, decoder.decode, data, context)
        if not trusted and (wrong := junk(decoded)):
            raise _Passed(self._fault(name, f"decode() returned {wrong}"))
        summary = visible(decoded.summary)
        return decoded if summary == decoded.summary else replace(decoded, summary=summary)

    def _fault(self, name: str, text: str) -> str:
        if name not in self._owners:
            return f"the decoder {name} failed: {text}"
        index = self._owners[name][0]
        log = self._faults.setdefault(index, [])
        log.append(f"{name}: {text}")
        if len(log) >= MOST_FAULTS:
            said = "; ".join(dict.fromkeys(log))
            reason = f"it failed {MOST_FAULTS} times: {said}"
            self.plugins[index] = replace(self.plugins[index], state="disabled", reason=reason)
            self._offer()
        return f"the decoder {name} failed: {text}"

    def _missing(self, name: str) -> str:
        for plugin in self.plugins:
            if name in (plugin.name, *plugin.decoder_names):
                return f"its plugin is {plugin.state}: {plugin.reason}"
        return "there is no decoder of that name"


def _match(decoder: Decoder, data: bytes, context: Context) -> float:
    return float(decoder.match(data, context))
