"""A real service in a process of its own: plain pyzmq, knows nothing of zinspector.

It answers `{"ask": n}` with `{"answer": 2 n, "time": now}`, and lies about one of them when asked to.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

PROGRAM = """
import json, sys, time, zmq
kind, lie, silent = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
context = zmq.Context()
socket = context.socket(getattr(zmq, kind))
socket.setsockopt(zmq.LINGER, 1000)
print(socket.bind_to_random_port("tcp://127.0.0.1"), flush=True)
while True:
    *head, request = socket.recv_multipart()
    n = json.loads(request)["ask"]
    if n == silent:
        if kind == "REP":
            socket.close(0)
            break
        continue
    answer = {"time": time.time_ns(), "answer": 2 * n + (n == lie)}
    socket.send_multipart([*head, json.dumps(answer).encode()])
"""


@contextmanager
def service(kind: str = "REP", lie: int = -1, silent: int = -1) -> Iterator[str]:
    """The address of a service; it lies about request number `lie`, and does not answer `silent`."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, kind, str(lie), str(silent)], stdout=subprocess.PIPE, text=True
    )
    with process:
        try:
            assert process.stdout is not None
            yield f"tcp://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.kill()
