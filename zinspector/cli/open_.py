"""`zinspector open FILE...`: the window."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from zinspector.cli.arguments import add_verb, size
from zinspector.cli.window import open_window
from zinspector.errors import FileError

EXAMPLES = """
  zinspector open weather.zin.json
  zinspector open weather.zin.json --run
  zinspector open capture.arrow
  zinspector open weather.zin.json --run --keep 10GB
"""


def add(verbs: Any) -> None:
    """Add the verb to the parser."""
    verb = add_verb(verbs, "open", "open the window with topology and capture files", EXAMPLES, work)
    verb.add_argument("files", nargs="*", type=Path, metavar="FILE", help="a .zin.json topology or an .arrow capture")
    verb.add_argument("--run", action="store_true", help="press Run at once")
    kept = "keep up to SIZE of what is captured (default: the preference, at first 2 GiB)"
    verb.add_argument("--keep", type=size, metavar="SIZE", help=kept)


def work(asked: argparse.Namespace) -> int:
    """Open the window with files. Raises FileError for one that is not there."""
    for path in asked.files:
        if not path.is_file():
            text = "is a folder" if path.is_dir() else "no such file"
            raise FileError(text, where=str(path), remedy="name a .zin.json or .arrow file")
    return open_window(asked.files, run=asked.run, startup_times=asked.startup_times, keep_bytes=asked.keep)
