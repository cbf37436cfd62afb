"""Connections that outlive their relay: those through an ipc path that was taken over and has been given back.

They are in a worker that has ended everything else and shares nothing with us any more. A thread waits for its end, so
that no zombie stays; should this process end first, they go on without it.
"""

from __future__ import annotations

import subprocess
import threading


class Lingering:
    """`connections`: how many, when they were left to themselves. `grace_s`: for how long at most, s."""

    def __init__(self, connections: int, grace_s: float, process: subprocess.Popen[bytes]) -> None:
        self.connections = connections
        self.grace_s = grace_s
        self._process = process
        threading.Thread(target=process.wait, name="lingering connections", daemon=True).start()

    def wait(self) -> None:
        """Block until they have ended."""
        self._process.wait()

    def cut(self) -> None:
        """End them now."""
        self._process.terminate()
        self._process.wait()
