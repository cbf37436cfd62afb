"""Decoders for the command line: rules from topologies and from `--decode`, and the `decoded` array of a message."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from zinspector.capture.byte_columns import encrypted
from zinspector.capture.filter.frames import BatchFrames
from zinspector.capture.formats.channels import PayloadSchema
from zinspector.capture.masks import where
from zinspector.capture.message import Message, messages
from zinspector.decode.api import Context, DecodeError
from zinspector.decode.carried import Kept, keep
from zinspector.decode.loader import FaultError, guarded
from zinspector.decode.registry import MOST_BYTES, TRUSTED, Registry
from zinspector.decode.rules import Rule
from zinspector.settings import data_folder
from zinspector.shipped import shipped

JSON_STARTS = (b"{", b"[")
ANYWHERE = Context()  # JSON is JSON wherever it is found


def registry() -> Registry:
    """All decoders that are there."""
    return Registry.load(shipped("plugins"), data_folder() / "plugins")


def rules(texts: Iterable[str], base: Path) -> list[Rule]:
    """Read decode rules; their file names start at `base`. Raises UserError."""
    return [Rule.parse(text, base) for text in texts]


class Decoding:
    """Decodes the frames that a rule names, the first that matches deciding, and JSON wherever it is found."""

    def __init__(self, rules: list[Rule]) -> None:
        """Raises UserError for a decoder that can't be made."""
        self._rules = rules
        self._registry = registry()
        # the plugins of others may be surer of a frame than our JSON, or be called the same
        ours = all(plugin.source in TRUSTED for plugin in self._registry.plugins)
        self._json: Any = self._registry.decoder("json") if ours and "json" in self._registry.names else None
        for rule in rules:
            self._registry.decoder(rule.decoder, rule.arguments)

    def decoded(self, message: Message) -> list[dict[str, Any]]:
        """{frame, decoder, value} for every frame that is decoded; with `error` where a rule's decoder failed."""
        if message.kind != "message" or message.encrypted:
            return []
        found = []
        for frame, data in enumerate(message.frames):
            if not self._rules and data[:1] not in JSON_STARTS:
                continue
            context = ANYWHERE if self._json is not None and not self._rules else Context.of(message, frame)
            rule = next((rule for rule in self._rules if rule.matches(context)), None)
            if rule is not None:
                found.append({"frame": frame, "decoder": rule.decoder, **self._read(data, context, rule)})
            elif data[:1] in JSON_STARTS and (value := self._found(data, context)) is not None:
                found.append({"frame": frame, "decoder": "json", **value})
        return found

    def of_rows(self, batch: pa.RecordBatch) -> Iterator[str]:
        """The same for each row of a batch, as json.dumps writes it."""
        if self._rules or self._json is None:
            yield from map(json.dumps, map(self.decoded, messages(batch)))
            return
        frames = BatchFrames(batch)
        begun = frames.pick(None, where(batch, "kind", "message".__eq__) & ~encrypted(batch))
        begun = begun.narrowed(np.isin((begun.heads() >> np.uint64(32)) & np.uint64(0xFF), [ord("{"), ord("[")]))
        rows = begun.rows()
        numbers = (begun.every() - frames.offsets[rows]).tolist()
        coming = zip(numbers, begun.array(pa.binary_view()).to_pylist(), strict=True)
        for count in np.bincount(rows, minlength=batch.num_rows).tolist():
            said: list[str] = []
            for frame, data in islice(coming, count):
                value = self._value(data)
                if value is not None:
                    said.append(f'{{"frame": {frame}, "decoder": "json", "value": {json.dumps(value)}}}')
            yield f"[{', '.join(said)}]"

    def _found(self, data: bytes, context: Context) -> dict[str, Any] | None:
        """The value of a frame that begins like JSON; None for one that is not."""
        if self._json is None:
            decoded = self._registry.decode(data, context)
            return _plain(decoded.value) if decoded.decoder == "json" else None
        value = self._value(data)
        return None if value is None else {"value": value}

    def _value(self, data: bytes) -> Any:
        """The same by ours, which makes only values that JSON can hold, and needs no tree for them."""
        data = data[:MOST_BYTES]
        try:
            willing = self._json.match(data, ANYWHERE) >= 0
            return guarded(self._json.value, data, ANYWHERE) if willing else None
        except (DecodeError, FaultError):
            return None

    def kept(self) -> Kept:
        """What a recording keeps of the rules."""
        return keep(self._rules, self._registry)

    def schema(self, message: Message, frame: int) -> PayloadSchema | None:
        """What a rule says that a frame is, where that is Protobuf with a schema."""
        found = self._registry.schema(Context.of(message, frame), self._rules)
        return PayloadSchema(found.name, found.data) if found is not None and found.encoding == "protobuf" else None

    def _read(self, data: bytes, context: Context, rule: Rule) -> dict[str, Any]:
        decoded = self._registry.decode(data, context, (rule,))
        if decoded.decoder.partition(" ")[0] != rule.decoder:  # another one had to help out, the notes say why
            return {"value": None, "error": "; ".join(decoded.notes)}
        return _plain(decoded.value)


def _plain(value: Any) -> dict[str, Any]:
    """A value that JSON can hold; decoders may make others, and 1e999 is infinite."""
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        return {"value": None, "error": f"its value is no JSON: {error}"}
    return {"value": value}
