"""Finding and importing plugins. A plugin that can't be imported is a state with a reason, never a failure of ours.

Plugins are looked for in three places: those that are shipped, the user's folder, and the entry point group
`zinspector.decoders`. All go through the same door: a module with `API = 1` and `DECODERS = [...]`.

A plugin runs in this process. `guarded()` holds back whatever Python lets it raise, `sys.exit` too; a plugin that
kills or blocks the interpreter itself is not held back.
"""

from __future__ import annotations

import importlib.util
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Literal, TypeVar

from zinspector.decode.api import API_VERSION, Decoded, DecodeError, Decoder, Value

ENTRY_POINT_GROUP = "zinspector.decoders"
REASON_CHARS = 500

State = Literal["ready", "failed", "disabled"]
T = TypeVar("T")


@dataclass(frozen=True)
class PluginState:
    """A plugin: where it came from (`built-in`, `shipped`, `user` or a distribution), and what became of it."""

    name: str
    source: str
    path: str
    decoders: tuple[type[Decoder], ...] = ()
    state: State = "ready"
    reason: str = ""

    @property
    def decoder_names(self) -> tuple[str, ...]:
        """What its decoders are called in rules."""
        return tuple(kind.name for kind in self.decoders)


class FaultError(Exception):
    """A plugin raised what it may not; the text says what, and where in the plugin."""


def guarded(call: Callable[..., T], *arguments: Any) -> T:
    """What `call` returns. Raises DecodeError as it comes, and FaultError for all else that a plugin may raise."""
    try:
        return call(*arguments)
    except (DecodeError, KeyboardInterrupt):
        raise
    except BaseException as error:  # noqa: BLE001  # a plugin may raise anything, SystemExit too
        raise FaultError(_reason(error)) from None


def junk(decoded: Any) -> str:
    """What is wrong with a plugin's result, if anything."""
    if not isinstance(decoded, Decoded):
        return f"{type(decoded).__name__} instead of Decoded"
    if not isinstance(decoded.summary, str) or not isinstance(decoded.notes, tuple):
        return "a Decoded whose summary or notes are no text"
    stack: list[Any] = [decoded.tree]
    while stack:
        level = stack.pop()
        if not isinstance(level, tuple):
            return f"a tree with {type(level).__name__} instead of a tuple of values"
        for value in level:
            if not isinstance(value, Value) or not isinstance(value.name, str) or not isinstance(value.text, str):
                return "a tree with something else than values of text"
            stack.append(value.children)
    return ""


def load_folder(folder: Path, source: str) -> Iterator[PluginState]:
    """Every plugin in a folder: each `.py` file and each package."""
    try:
        paths = sorted(folder.iterdir())
    except OSError:
        return
    for path in paths:
        if path.name.startswith(("_", ".")):
            continue
        if path.suffix == ".py":
            yield load_file(path, path.stem, source)
        elif (path / "__init__.py").is_file():
            yield load_file(path / "__init__.py", path.name, source)


def load_file(path: Path, name: str, source: str) -> PluginState:
    """Import one plugin under a module name of its own, so that it hides no other module."""
    module_name = f"zinspector_plugin_{source}_" + re.sub(r"\W", "_", name)
    try:
        return PluginState(name, source, str(path), guarded(_import, path, module_name))
    except FaultError as fault:
        for imported in [each for each in sys.modules if each == module_name or each.startswith(f"{module_name}.")]:
            del sys.modules[imported]
        return PluginState(name, source, str(path), state="failed", reason=str(fault))


def load_entry_points() -> Iterator[PluginState]:
    """Plugins that installed distributions offer."""
    for point in entry_points(group=ENTRY_POINT_GROUP):
        source = point.dist.name if point.dist is not None else "installed"
        try:
            yield PluginState(point.name, source, point.value, guarded(_load, point))
        except FaultError as fault:
            yield PluginState(point.name, source, point.value, state="failed", reason=str(fault))


def _import(path: Path, module_name: str) -> tuple[type[Decoder], ...]:
    package = [str(path.parent)] if path.name == "__init__.py" else None
    spec = importlib.util.spec_from_file_location(module_name, path, submodule_search_locations=package)
    if spec is None or spec.loader is None:
        raise ImportError("Python can't import this file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    try:
        spec.loader.exec_module(module)
    except DecodeError as error:
        raise ImportError(f"DecodeError: {error}") from error
    return _decoders_of(module)


def _load(point: EntryPoint) -> tuple[type[Decoder], ...]:
    return _decoders_of(point.load())


def _decoders_of(module: Any) -> tuple[type[Decoder], ...]:
    version = getattr(module, "API", None)
    if version != API_VERSION:
        raise ImportError(f"it says API = {version!r}; this zinspector speaks API = {API_VERSION}")
    offered = getattr(module, "DECODERS", None)
    if not isinstance(offered, list | tuple) or not offered:
        raise ImportError("it has no DECODERS = [...]")
    for each in offered:
        named = isinstance(getattr(each, "name", None), str)
        if not isinstance(each, type) or not named or not hasattr(each, "match") or not hasattr(each, "decode"):
            raise ImportError(f"{each!r} is no decoder class: it needs name, match() and decode()")
    return tuple(offered)


def _reason(error: BaseException) -> str:
    """An exception in one line, with the place where it was raised."""
    if isinstance(error, SyntaxError):
        return f"{type(error).__name__}: {error.msg} ({Path(error.filename or '').name}, line {error.lineno})"
    try:
        said = str(error)
    except Exception:  # noqa: BLE001  # even this is the plugin's code
        said = ""
    text = f"{type(error).__name__}: {said}" if said else type(error).__name__
    if isinstance(error, ImportError) and not isinstance(error, ModuleNotFoundError):
        text = said or text
    ours = Path(__file__).parent
    places = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).parent != ours]
    outside = [frame for frame in places if "importlib" not in frame.filename]
    where = f" ({Path(outside[-1].filename).name}, line {outside[-1].lineno})" if outside else ""
    return text[:REASON_CHARS] + where
