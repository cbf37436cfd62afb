"""`zinspector demo`: the window on a topology that already runs; without a display, what it would have shown."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from zinspector.cli.window import open_window

OFFSCREEN_S = 6.0
OUTPUT = Path("zinspector-demo")


def add(verbs: Any) -> None:
    """Add the verb to the parser."""
    verb = verbs.add_parser(
        "demo",
        help="the window on a running sample; without a display, leaves a screenshot, a capture and charts",
    )
    verb.add_argument("--for", dest="for_s", type=float, metavar="S", help="close by itself after S seconds")
    verb.set_defaults(work=work)


def work(asked: argparse.Namespace) -> int:
    """Run the demo."""
    has_display = _has_display()
    if not has_display:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    if has_display:
        return open_window([], demo=True, for_s=asked.for_s)
    seconds = OFFSCREEN_S if asked.for_s is None else asked.for_s
    print(f"No display: running the demo offscreen for {seconds:g} s", flush=True)
    return open_window([], demo=True, for_s=seconds, output=OUTPUT)


def _has_display() -> bool:
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    if platform in ("offscreen", "minimal"):
        return False
    if sys.platform.startswith("linux"):
        return bool(platform or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return True
