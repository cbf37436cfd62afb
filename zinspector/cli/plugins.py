"""`zinspector plugins`: which decoders are there, from where, in what state."""

from __future__ import annotations

import argparse
import json
from typing import Any

from zinspector.cli.arguments import add_verb
from zinspector.cli.decoding import registry
from zinspector.settings import data_folder

EXAMPLES = """
  zinspector plugins
  zinspector plugins -T json
"""


def add(verbs: Any) -> None:
    """Add the verb to the parser."""
    about = "list the decoders: from where, in what state; exit 1 when a plugin failed"
    verb = add_verb(verbs, "plugins", about, EXAMPLES, work)
    verb.add_argument("-T", dest="output", choices=["text", "json"], default="text", help="json prints an array")


def work(asked: argparse.Namespace) -> int:
    """List the plugins; 1 when one of them failed."""
    plugins = registry().plugins
    if asked.output == "json":
        records = [{**vars(plugin), "decoders": [decoder.name for decoder in plugin.decoders]} for plugin in plugins]
        print(json.dumps(records, indent=1, ensure_ascii=False))
    else:
        rows = [
            (
                plugin.name,
                ", ".join(decoder.name for decoder in plugin.decoders) or "-",
                plugin.source,
                plugin.state,
                plugin.reason or plugin.path,
            )
            for plugin in plugins
        ]
        _print_table([("PLUGIN", "DECODERS", "FROM", "STATE", ""), *rows])
        print(f"\nYour own plugins go to {data_folder() / 'plugins'}")
    return int(any(plugin.state == "failed" for plugin in plugins))


def _print_table(rows: list[tuple[str, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
