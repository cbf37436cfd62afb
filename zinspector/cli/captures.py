"""FILE...: captures that a verb reads as one, most often the files of a rotation; how they are loaded and called."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from zinspector.capture.joining import load_stores
from zinspector.capture.remarks import remarks
from zinspector.capture.store import Store
from zinspector.cli.progress import telling

SEVERAL = "several files of a rotation, in order, are one capture"


def add_argument(verb: argparse.ArgumentParser, about: str, metavar: str = "FILE") -> None:
    """Add the files: `asked.files` has one at least."""
    verb.add_argument("files", nargs="+", type=Path, metavar=metavar, help=f"{about}; {SEVERAL}")


def load(paths: Sequence[Path]) -> Store:
    """The rows of all of them, with progress on a terminal. Raises FileError."""
    with telling(name(paths)) as progress:
        return load_stores(paths, progress)


def tell(paths: Sequence[Path], store: Store) -> None:
    """Say on standard error what should be known of the files."""
    for text in remarks(store):
        print(f"zinspector: {called(paths)}: {text}", file=sys.stderr)


def name(paths: Sequence[Path]) -> str:
    """What they are called where there is little room."""
    return paths[0].name if len(paths) == 1 else f"{paths[0].name} to {paths[-1].name}"


def called(paths: Sequence[Path]) -> str:
    """What they are called in messages: with the folder of the first."""
    return str(paths[0].with_name(name(paths))) if str(paths[0]) != "-" else name(paths)
