"""`python -m zinspector` and the `zinspector` command."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line; returns its exit code."""
    from zinspector.cli import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
