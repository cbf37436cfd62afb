"""`zinspector demo`: the window on a topology that already runs; without a display, what it would have shown."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from zinspector.cli.arguments import add_verb, seconds
from zinspector.cli.window import open_demo

OFFSCREEN_S = 6.0
OUTPUT = Path("zinspector-demo")
EXAMPLES = """
  zinspector demo
  QT_QPA_PLATFORM=offscreen zinspector demo --for 10 --output evidence
"""


def add(verbs: Any) -> None:
    """Add the verb to the parser."""
    about = "open the window on a running sample; without a display, leave a screenshot, a capture and charts"
    verb = add_verb(verbs, "demo", about, EXAMPLES, work)
    verb.add_argument(
        "--for",
        dest="for_s",
        type=seconds,
        metavar="S",
        help=f"close by itself after S seconds (without a display: {OFFSCREEN_S:g})",
    )
    verb.add_argument(
        "--output", type=Path, default=OUTPUT, metavar="FOLDER", help=f"what is left behind goes here ({OUTPUT})"
    )


def work(asked: argparse.Namespace) -> int:
    """Run the demo."""
    return open_demo(asked.for_s, OFFSCREEN_S, asked.output)
