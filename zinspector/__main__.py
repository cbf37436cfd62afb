"""`python -m zinspector` and the `zinspector` command. Ctrl-C ends it from its first import on.

Where Python can raise nothing it forgets a Ctrl-C: in finalizers and in callbacks of weak references, such as those
that free the locks of imports. Then it is sent again a moment later.
"""

from __future__ import annotations

import _thread
import sys
import time

AGAIN_S = 0.01
INTERRUPTED = 130  # as in `cli`, which may not be there yet


def main() -> int:
    """Run the command line; returns its exit code."""
    sys.unraisablehook = _unraisable
    try:
        import signal

        from zinspector.cli import run

        signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: half-written files go
        return run(sys.argv[1:])
    except KeyboardInterrupt:
        return INTERRUPTED


def _unraisable(lost: sys.UnraisableHookArgs) -> None:
    if issubclass(lost.exc_type, KeyboardInterrupt):
        _thread.start_new_thread(_interrupt_again, ())
    else:
        sys.__unraisablehook__(lost)


def _interrupt_again() -> None:
    time.sleep(AGAIN_S)
    _thread.interrupt_main()


if __name__ == "__main__":
    sys.exit(main())
