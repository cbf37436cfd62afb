"""The parser of the whole command line, and the words that verbs share to describe their arguments."""

from __future__ import annotations

import argparse
import math
import re
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from shlex import quote
from typing import Any, NoReturn

from zinspector import __version__

Work = Callable[[argparse.Namespace], int]

VERBS = {
    "open": "open_",
    "demo": "demo",
    "run": "run_",
    "tap": "tap",
    "spy": "spy",
    "sniff": "sniff",
    "probe": "probe",
    "discover": "discover",
    "read": "read",
    "query": "query",
    "convert": "convert",
    "send": "send",
    "replay": "replay",
    "check": "check",
    "plugins": "plugins",
}
"""The modules of the verbs, in the order of the help."""
UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
SMALLEST_SIZE = 10**5
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kKMGT]?)i?B?")

EXAMPLES = """
  zinspector                                      the window, empty
  zinspector open weather.zin.json                the window, with a topology
  zinspector demo                                 the window on a running sample
  zinspector run weather.zin.json --for 5 --report report.json -T jsonl
  zinspector read capture.pcapng -T jsonl
  zinspector read recording.arrow -Y 'topic == "weather.london" and json.temperature > 20'
  zinspector query recording.arrow 'SELECT topic, count(*) FROM messages GROUP BY topic'
  zinspector convert capture.pcapng capture.parquet
  zinspector sniff -i lo 5556
  zinspector discover --probe
  zinspector tap tcp://127.0.0.1:6556=tcp://127.0.0.1:5556
  zinspector spy tcp://127.0.0.1:5556 --subscribe weather.
  zinspector send REQ --connect tcp://127.0.0.1:5555 hello --reply
  zinspector replay recording.arrow REQ --connect tcp://127.0.0.1:5555 --ignore json.time
  zinspector check weather.zin.json
"""


class Parser(argparse.ArgumentParser):
    """A parser whose complaints look like all our errors."""

    def error(self, message: str) -> NoReturn:
        where = self.prog.partition(" ")[2]
        print(f"zinspector: {where}{': ' if where else ''}{message} (see {self.prog} --help)", file=sys.stderr)
        raise SystemExit(2)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """The parser of a verb is asked this way. What it does not know nobody knows, and its help tells more."""
        found, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return found, unknown


def parser(arguments: Sequence[str]) -> Parser:
    """The parser for a command line: with the verb that it names, or all verbs where it names none that there is.

    What other verbs import would only make it slower.
    """
    top = Parser(
        prog="zinspector",
        description="Draw, run, inspect and measure ZeroMQ systems.",
        epilog=f"examples:{EXAMPLES}\nexit codes: 0 fine, 1 the check failed, 2 bad use or input, 130 interrupted",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"zinspector {__version__}")
    top.add_argument("--startup-times", action="store_true", help="open the window, print what start-up took, and end")
    top.set_defaults(work=_empty_window)
    if (file := _file_for_verb(arguments)) is not None:
        top.error(f"{file} is a file, and no verb: zinspector open {quote(file)}")
    verbs = top.add_subparsers(title="verbs", metavar="VERB")
    for name in _needed(arguments):
        import_module(f"zinspector.cli.{VERBS[name]}").add(verbs)
    return top


def _empty_window(asked: argparse.Namespace) -> int:
    from zinspector.cli.window import open_window

    return open_window([], startup_times=asked.startup_times)


def _verb(arguments: Sequence[str]) -> str | None:
    return next((word for word in arguments if not word.startswith("-")), None)


def _file_for_verb(arguments: Sequence[str]) -> str | None:
    """The file that stands where a verb should."""
    verb = _verb(arguments)
    return verb if verb is not None and verb not in VERBS and Path(verb).is_file() else None


def _needed(arguments: Sequence[str]) -> Sequence[str]:
    verb = _verb(arguments)
    if verb is None and not {"-h", "--help"}.intersection(arguments):
        return ["open"]
    return [verb] if verb in VERBS else list(VERBS)


def add_verb(verbs: Any, name: str, about: str, examples: str, work: Work) -> argparse.ArgumentParser:
    """Add a verb: `about` is its one-line help, `examples` are whole command lines."""
    verb: argparse.ArgumentParser = verbs.add_parser(
        name,
        help=about,
        description=f"{about[0].upper()}{about[1:]}.",
        epilog=f"examples:\n{examples.strip(chr(10))}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verb.set_defaults(work=work)
    return verb


def seconds(text: str) -> float:
    """A positive number of seconds."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"expected a number of seconds above 0, not {text!r}")
    return value


def count(text: str) -> int:
    """A whole number from 1."""
    if not (text.isascii() and text.isdigit() and int(text)):
        raise argparse.ArgumentTypeError(f"expected a whole number from 1, not {text!r}")
    return int(text)


def size(text: str) -> int:
    """A number of bytes, with a unit or without."""
    found = _SIZE.fullmatch(text.strip())
    if found is None or (value := int(float(found[1]) * UNITS[found[2].replace("K", "k")])) < SMALLEST_SIZE:
        raise argparse.ArgumentTypeError(f"expected a size from 100kB, such as 100MB or 2GB, not {text!r}")
    return value
