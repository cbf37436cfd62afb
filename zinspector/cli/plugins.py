"""`zinspector plugins`: which decoders are there, from where, in what state."""

from __future__ import annotations

import argparse
from typing import Any

from zinspector.cli.decoding import registry
from zinspector.settings import data_folder


def add(verbs: Any) -> None:
    """Add the verb to the parser."""
    verb = verbs.add_parser("plugins", help="which decoders are there, from where, in what state")
    verb.set_defaults(work=work)


def work(asked: argparse.Namespace) -> int:
    """List the plugins; 1 when one of them failed."""
    states = registry().plugins
    rows = [("PLUGIN", "DECODERS", "FROM", "STATE")]
    rows += [
        (
            state.name,
            ", ".join(kind.name for kind in state.decoders) or "-",
            state.source,
            f"{state.state}: {state.reason}" if state.reason else state.state,
        )
        for state in states
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        print("  ".join([*(text.ljust(width) for text, width in zip(row, widths, strict=False)), row[3]]))
    print(f"\nYour own plugins go to {data_folder() / 'plugins'}")
    return int(any(state.state == "failed" for state in states))
