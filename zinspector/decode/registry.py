"""Which decoder reads a frame, and what happens when it fails.

A rule that matches the frame decides. Without one, the decoder that is surest of its match is tried; then text, then
hex. A decoder that says DecodeError is simply wrong about this frame: the next best reading is shown with the reason.
Any other exception is a fault of the plugin: after `MOST_FAULTS` of them it is disabled, with its last words kept.
`decode()` never raises.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from zinspector.decode.api import Context, Decoded, DecodeError, Decoder
from zinspector.decode.loader import PluginState, load_entry_points, load_folder, reason
from zinspector.decode.raw import Hex, Text
from zinspector.decode.rules import Rule
from zinspector.errors import PluginError

MOST_FAULTS = 3
MOST_BYTES = 4 << 20


class Registry:
    """The decoders that are there."""

    def __init__(self, plugins: Iterable[PluginState] = ()) -> None:
        built_in = PluginState("built-in", "built-in", "", (Text, Hex))
        self.plugins: list[PluginState] = [built_in, *plugins]
        self._made: dict[tuple[str, tuple[str, ...]], Decoder] = {}
        self._faults: dict[str, int] = {}

    @classmethod
    def load(cls, shipped: Path | None = None, user: Path | None = None) -> Registry:
        """Find all plugins: those in the `shipped` folder, in the `user` folder, and installed ones."""
        found = [
            *(load_folder(shipped, "shipped") if shipped is not None else ()),
            *(load_folder(user, "user") if user is not None else ()),
            *load_entry_points(),
        ]
        return cls(found)

    @property
    def decoders(self) -> dict[str, type[Decoder]]:
        """Decoder classes by name; a later plugin replaces an earlier one of the same name."""
        return {kind.name: kind for plugin in self.plugins if plugin.state == "ready" for kind in plugin.decoders}

    def decoder(self, name: str, options: Sequence[str] = ()) -> Decoder:
        """A decoder with its options, made once. Raises PluginError."""
        key = name, tuple(options)
        if key not in self._made:
            kind = self.decoders.get(name)
            if kind is None:
                known = ", ".join(sorted(self.decoders))
                raise PluginError(self._missing(name), where=name, remedy=f"there are {known}")
            try:
                self._made[key] = kind(*options)
            except DecodeError as error:
                raise PluginError(error.reason, where=name) from None
            except (Exception, SystemExit) as error:  # noqa: BLE001 a plugin may raise anything
                raise PluginError(reason(error, Path()), where=name) from None
        return self._made[key]

    def decode(self, data: bytes, context: Context, rules: Sequence[Rule] = ()) -> Decoded:
        """The best reading of a frame. Never raises."""
        notes: list[str] = []
        if len(data) > MOST_BYTES:
            notes.append(f"only the first {MOST_BYTES:,} bytes were decoded")
            data = data[:MOST_BYTES]
        for name, options in self._candidates(data, context, rules):
            try:
                decoded = self.decoder(name, options).decode(data, context)
                return replace(decoded, notes=(*decoded.notes, *notes)) if notes else decoded
            except DecodeError as error:
                notes.append(f"not {name}: {error.reason}" + (f" at byte {error.offset}" if error.offset else ""))
            except PluginError as error:
                notes.append(str(error))
            except (Exception, SystemExit) as error:  # noqa: BLE001 a plugin may raise anything
                notes.append(self._fault(name, error))
        return replace(Hex().decode(data, context), notes=tuple(notes))

    def preview(self, data: bytes, rule: Rule) -> str:
        """What a rule would make of a frame: its summary, or the reason why not. Never raises."""
        try:
            return self.decoder(rule.decoder, rule.arguments).decode(data, Context()).summary
        except (DecodeError, PluginError) as error:
            return str(error)
        except (Exception, SystemExit) as error:  # noqa: BLE001 a plugin may raise anything
            return self._fault(rule.decoder, error)

    def _candidates(
        self, data: bytes, context: Context, rules: Sequence[Rule]
    ) -> Iterable[tuple[str, tuple[str, ...]]]:
        for rule in rules:
            if rule.matches(context):
                yield rule.decoder, rule.arguments
                break
        sure = sorted(((self._match(name, data, context), name) for name in self.decoders), reverse=True)
        yield from ((name, ()) for confidence, name in sure if confidence >= 0)

    def _match(self, name: str, data: bytes, context: Context) -> float:
        try:
            return self.decoder(name).match(data, context)
        except PluginError:
            return -1.0  # it can't be made without options: only a rule can choose it
        except (Exception, SystemExit) as error:  # noqa: BLE001 a plugin may raise anything
            self._fault(name, error)
            return -1.0

    def _fault(self, name: str, error: BaseException) -> str:
        self._faults[name] = self._faults.get(name, 0) + 1
        text = f"the decoder {name} failed: {reason(error, Path())}"
        if self._faults[name] >= MOST_FAULTS:
            self.plugins = [
                replace(plugin, state="disabled", reason=f"after {MOST_FAULTS} failures; the last: {text}")
                if any(kind.name == name for kind in plugin.decoders)
                else plugin
                for plugin in self.plugins
            ]
            self._made = {key: made for key, made in self._made.items() if key[0] != name}
        return text

    def _missing(self, name: str) -> str:
        for plugin in self.plugins:
            if plugin.name == name or any(kind.name == name for kind in plugin.decoders):
                return f"the plugin is {plugin.state}: {plugin.reason}"
        return "there is no decoder of that name"
