"""THE COMMAND LINE: one module per verb; the composition root without a window.

May import everything of ours but Qt, which only `window.py` reaches for, when a window opens. Each verb module has
`add(verbs)`, which adds its arguments to the parser, and `work(asked)`, which returns the exit code: 0 fine, 1 the
check failed, 2 bad use or input, 130 interrupted. Results go to standard output, everything else to standard error
as `zinspector: where: text (remedy)`. No traceback reaches a user, unless ZINSPECTOR_DEBUG is set.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import sys
from collections.abc import Sequence

from zinspector.errors import FileError, UserError

FINE, FAILED, BAD_USE, INTERRUPTED = 0, 1, 2, 130


def run(arguments: Sequence[str]) -> int:
    """Run one command line; returns the exit code."""
    from zinspector.cli.arguments import parser

    _log_to_stderr()
    try:
        asked = parser(arguments).parse_args(arguments)
        code: int = asked.work(asked)
        sys.stdout.flush()
        return code
    except UserError as error:
        return _complain(str(error))
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        forget_stdout()
        return FINE
    except SystemExit as ended:  # argparse, after --help and --version
        return ended.code if isinstance(ended.code, int) else BAD_USE
    except Exception as error:  # a bug, and a user gets no traceback
        if os.environ.get("ZINSPECTOR_DEBUG"):
            raise
        return _complain(_words(error))


def unwritable(error: OSError) -> FileError:
    """What to say when standard output takes no more."""
    return FileError(f"can't be written: {error.strerror}", where="standard output")


def forget_stdout() -> None:
    """Nobody reads our output any more: let nothing complain about it at exit."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _words(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename is None and error.errno in (errno.ENOSPC, errno.EIO, errno.EFBIG):
        forget_stdout()
        return str(unwritable(error))
    return f"unexpected error, please report it: {type(error).__name__}: {error}"


def _complain(text: str) -> int:
    print(f"zinspector: {text}", file=sys.stderr)
    return BAD_USE


class _OneLine(logging.Formatter):
    """Log records as our errors look; the exception in a few words, its traceback only when debugging."""

    def format(self, record: logging.LogRecord) -> str:
        text = record.getMessage()
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            return f"zinspector: {text}"
        trace = f"\n{self.formatException(record.exc_info)}" if os.environ.get("ZINSPECTOR_DEBUG") else ""  # type: ignore[arg-type]  # it is an error
        return f"zinspector: {text}: {type(error).__name__}: {error}{trace}"


def _log_to_stderr() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(_OneLine())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
