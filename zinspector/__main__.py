"""`python -m zinspector` and the `zinspector` command."""

from __future__ import annotations

import signal
import sys


def main() -> int:
    """Run the command line; returns its exit code."""
    from zinspector.cli import run

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: half-written files go
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
