"""What zinspector remembers between runs: theme, recent files, window layout, consented scripts.

One small JSON file in the user's configuration folder (`ZINSPECTOR_HOME` overrides the folder, for tests and
portable installs). A damaged or newer settings file is never a reason not to start: defaults are used.
"""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import platformdirs

from zinspector.errors import FileError
from zinspector.storage import Format, read_json, write_json

FORMAT = Format("zinspector-settings", 1)
RECENT_FILES = 10
LEAST_RETENTION_MB, RETENTION_MB, MOST_RETENTION_MB = 64, 2048, 1_000_000


def config_folder() -> Path:
    """Where settings live."""
    home = os.environ.get("ZINSPECTOR_HOME")
    return Path(home) if home else Path(platformdirs.user_config_dir("zinspector", appauthor=False))


def data_folder() -> Path:
    """Where the user's decoder plugins live, in `plugins/`."""
    home = os.environ.get("ZINSPECTOR_HOME")
    return Path(home) if home else Path(platformdirs.user_data_dir("zinspector", appauthor=False))


def sessions_folder() -> Path:
    """Where windows keep what they capture while they are open, each in a folder of its own."""
    home = os.environ.get("ZINSPECTOR_HOME")
    base = Path(home) if home else Path(platformdirs.user_state_dir("zinspector", appauthor=False))
    return base / "sessions"


@dataclass
class Settings:
    """Everything that is remembered. `geometry` and `layout` are Qt's own states, in hex.

    `retention_mb`: how much of what is captured is kept, in MiB.
    """

    theme: str = "system"
    recent: list[str] = field(default_factory=list)
    geometry: str = ""
    layout: str = ""
    snap: bool = True
    retention_mb: int = RETENTION_MB
    trusted_scripts: dict[str, str] = field(default_factory=dict)
    table: dict[str, Any] = field(default_factory=dict)
    filters: dict[str, str] = field(default_factory=dict)
    recent_filters: list[str] = field(default_factory=list)
    recent_queries: list[str] = field(default_factory=list)

    def opened(self, path: Path) -> None:
        """Put `path` at the head of the recent files."""
        text = str(path.resolve())
        self.recent = [text, *(old for old in self.recent if old != text)][:RECENT_FILES]

    def save(self) -> None:
        """Write the settings. Raises FileError."""
        folder = config_folder()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FileError(str(error), where=str(folder)) from None
        write_json(folder / "settings.json", {"format": FORMAT.name, "version": FORMAT.version, **asdict(self)})


def load() -> Settings:
    """The remembered settings, or defaults for what is missing or damaged."""
    path = config_folder() / "settings.json"
    try:
        record = FORMAT.upgrade(read_json(path), where=str(path))
    except FileError:
        return Settings()
    known: dict[str, Any] = {}
    for item in fields(Settings):
        default = getattr(Settings(), item.name)
        value = record.get(item.name, default)
        known[item.name] = value if isinstance(value, type(default)) else default
    known["retention_mb"] = min(max(known["retention_mb"], LEAST_RETENTION_MB), MOST_RETENTION_MB)
    return Settings(**known)
