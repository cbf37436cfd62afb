"""`zinspector` and `zinspector open FILE...`: the window."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from zinspector.cli.window import open_window
from zinspector.errors import FileError


def add(verbs: Any) -> None:
    """Add the verb to the parser."""
    verb = verbs.add_parser("open", help="the window, with topology and capture files")
    verb.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a .zin.json topology or an .arrow capture")
    verb.set_defaults(work=work)


def work(asked: argparse.Namespace) -> int:
    """Open the window with files. Raises FileError for one that is not there."""
    for path in asked.files:
        if not path.exists():
            raise FileError("No such file", where=str(path))
    return open_window(asked.files, startup_times=asked.startup_times)


def empty(asked: argparse.Namespace) -> int:
    """Open the window on an empty canvas."""
    return open_window([], startup_times=asked.startup_times)
