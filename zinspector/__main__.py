"""`python -m zinspector` and the `zinspector` command. Ctrl-C ends it from its first import on."""

from __future__ import annotations

import os
import sys
from types import FrameType

INTERRUPTED = 130  # as in `cli`, which may not be there yet


def main() -> int:
    """Run the command line; returns its exit code."""
    try:
        import signal

        for number in (signal.SIGINT, signal.SIGTERM):  # both are Ctrl-C: half-written files go
            signal.signal(number, _interrupt)

        from zinspector.cli import run

        return run(sys.argv[1:])
    except KeyboardInterrupt:
        return INTERRUPTED


def _interrupt(_number: int, frame: FrameType | None) -> None:
    """End at once in the middle of an import: it may lose an exception, and an extension module may abort of one."""
    while frame is not None:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            os._exit(INTERRUPTED)
        frame = frame.f_back
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
