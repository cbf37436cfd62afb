"""Finding and importing plugins. A plugin that can't be imported is a state with a reason, never a failure of ours.

Plugins are looked for in three places: those that are shipped, the user's folder, and the entry point group
`zinspector.decoders`. All go through the same door: a module with `API = 1` and `DECODERS = [...]`.
"""

from __future__ import annotations

import importlib.util
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from zinspector.decode.api import API_VERSION, Decoder

ENTRY_POINT_GROUP = "zinspector.decoders"

State = Literal["ready", "failed", "disabled"]


@dataclass(frozen=True)
class PluginState:
    """A plugin: where it came from (`built-in`, `shipped`, `user` or a distribution), and what became of it."""

    name: str
    source: str
    path: str
    decoders: tuple[type[Decoder], ...] = ()
    state: State = "ready"
    reason: str = ""


def load_folder(folder: Path, source: str) -> Iterator[PluginState]:
    """Every plugin in a folder: each `.py` file and each package."""
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path.name.startswith(("_", ".")):
            continue
        if path.suffix == ".py":
            yield load_file(path, path.stem, source)
        elif (path / "__init__.py").is_file():
            yield load_file(path / "__init__.py", path.name, source)


def load_file(path: Path, name: str, source: str) -> PluginState:
    """Import one plugin under a name of its own, so that it hides no other module."""
    full_name = f"zinspector_plugin_{source}_{name}"
    package = [str(path.parent)] if path.name == "__init__.py" else None
    spec = importlib.util.spec_from_file_location(full_name, path, submodule_search_locations=package)
    if spec is None or spec.loader is None:
        return PluginState(name, source, str(path), state="failed", reason="Python can't import this file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[full_name] = module
    try:
        spec.loader.exec_module(module)
        return PluginState(name, source, str(path), decoders_of(module))
    except (Exception, SystemExit) as error:  # noqa: BLE001 a plugin may raise anything
        del sys.modules[full_name]
        return PluginState(name, source, str(path), state="failed", reason=reason(error, path.parent))


def load_entry_points() -> Iterator[PluginState]:
    """Plugins that installed distributions offer."""
    for point in entry_points(group=ENTRY_POINT_GROUP):
        source = point.dist.name if point.dist is not None else "installed"
        try:
            yield PluginState(point.name, source, point.value, decoders_of(point.load()))
        except (Exception, SystemExit) as error:  # noqa: BLE001 a plugin may raise anything
            yield PluginState(point.name, source, point.value, state="failed", reason=reason(error, Path()))


def decoders_of(module: ModuleType | Any) -> tuple[type[Decoder], ...]:
    """What a plugin module offers. Raises TypeError or ValueError with the reason."""
    version = getattr(module, "API", None)
    if version != API_VERSION:
        raise ValueError(f"it says API = {version!r}; this zinspector speaks API = {API_VERSION}")
    offered = getattr(module, "DECODERS", None)
    if not isinstance(offered, list | tuple) or not offered:
        raise ValueError("it has no DECODERS = [...]")
    for each in offered:
        if not isinstance(getattr(each, "name", None), str) or not all(
            callable(getattr(each, method, None)) for method in ("match", "decode")
        ):
            raise TypeError(f"{each!r} is no decoder: it needs name, match() and decode()")
    return tuple(offered)


def reason(error: BaseException, inside: Path) -> str:
    """An exception in one line, with the plugin's line where it happened."""
    places = traceback.extract_tb(error.__traceback__)
    mine = [place for place in places if inside != Path() and place.filename.startswith(str(inside))]
    if isinstance(error, SyntaxError):
        return f"{error.msg} ({Path(error.filename or '').name}, line {error.lineno})"
    where = f" ({Path(mine[-1].filename).name}, line {mine[-1].lineno})" if mine else ""
    return f"{type(error).__name__}: {error}{where}"
