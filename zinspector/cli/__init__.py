"""THE COMMAND LINE: one module per verb; the composition root without a window.

May import everything of ours but Qt, which only the verbs that open the window reach for. Each verb module has
`add(subparsers)` and a function that runs it and returns the exit code: 0 fine, 1 the check failed, 2 bad use or input,
130 interrupted.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence

from zinspector import __version__
from zinspector.errors import UserError

EXAMPLES = """examples:
  zinspector                                     the window, empty
  zinspector open weather.zin.json               the window, with a topology
  zinspector demo                                the window on a running sample
  zinspector run weather.zin.json --for 5 --report report.json -T jsonl
  zinspector send REQ --connect tcp://127.0.0.1:5555 hello --reply
  zinspector check weather.zin.json"""


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    from zinspector.cli import check, demo, open_, plugins, run_, send

    top = argparse.ArgumentParser(
        prog="zinspector",
        description="Draw, run, inspect and measure ZeroMQ systems.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"zinspector {__version__}")
    top.add_argument("--startup-times", action="store_true", help="open the window, print what start-up took, and end")
    top.set_defaults(work=open_.empty)
    verbs = top.add_subparsers(title="verbs", metavar="VERB")
    for module in (open_, demo, run_, send, check, plugins):
        module.add(verbs)
    return top


def run(arguments: Sequence[str]) -> int:
    """Run one command line; returns the exit code."""
    logging.basicConfig(level=logging.WARNING, format="zinspector: %(message)s")
    try:
        asked = parser().parse_args(arguments)
        code: int = asked.work(asked)
        sys.stdout.flush()
        return code
    except UserError as error:
        print(f"zinspector: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()  # nobody reads us any more; Python would complain about it at exit
        return 0
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 2
