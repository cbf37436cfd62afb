"""Programs of somebody else that publish and subscribe: no children of this process, which would count as its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from tests.helpers.places import free_port

PUBLISHER = """
import sys, time, zmq
pub = zmq.Context().socket(zmq.PUB)
pub.bind(sys.argv[1])
print("bound", flush=True)
while True:
    pub.send_multipart([b"weather.london", b'{"n": 1}'])
    time.sleep(0.005)
"""
SUBSCRIBER = """
import sys, zmq
sub = zmq.Context().socket(zmq.SUB)
sub.connect(sys.argv[1])
sub.subscribe("weather.")
while True:
    sub.recv_multipart()
    print("got", flush=True)
"""
LAUNCHER = """
import subprocess, sys
print(subprocess.Popen([sys.executable, "-c", *sys.argv[1:]]).pid, flush=True)
"""


@dataclass
class Program:
    """A program of somebody else: no child of this process, which would count as its own."""

    pid: int
    output: IO[str]


@contextmanager
def program(source: str, *arguments: str) -> Iterator[Program]:
    """Runs `source`; what it prints can be read."""
    launcher = subprocess.Popen([sys.executable, "-c", LAUNCHER, source, *arguments], stdout=subprocess.PIPE, text=True)
    assert launcher.stdout is not None
    pid = int(launcher.stdout.readline())
    launcher.wait()
    try:
        yield Program(pid, launcher.stdout)
    finally:
        os.kill(pid, signal.SIGKILL)
        launcher.stdout.close()


@contextmanager
def publisher() -> Iterator[str]:
    address = f"tcp://127.0.0.1:{free_port()}"
    with program(PUBLISHER, address) as running:
        assert running.output.readline() == "bound\n"
        yield address
