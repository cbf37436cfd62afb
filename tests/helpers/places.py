"""Places that tests need: files of the shared folder, ports of the kernel."""

from __future__ import annotations

import os
import socket
from itertools import cycle, islice
from pathlib import Path
from typing import NoReturn

import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared"
PORTS = range(20_000, 32_000, 2)  # below those that the kernel hands out: from 32,768 on, or 49,152
_untried = islice(cycle(PORTS), os.getpid() % len(PORTS), None)


def shared(relative: str) -> Path:
    """A file or folder beside the checkout, in `../shared`; where it is missing, the test is skipped."""
    path = SHARED / relative
    if not path.exists():
        pytest.skip(f"../shared/{relative} is not here")
    return path


def abstract(name: str) -> str:
    """An ipc address without a file, of this process alone: several may run the tests at once."""
    return f"ipc://@zt-{name}-{os.getpid()}"


def nobody_known(host: object, *_: object, **__: object) -> NoReturn:
    """A `getaddrinfo` that asks no server, which may be slow."""
    str(host).encode("idna")  # where the real one says that this is no name at all
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def free_port() -> int:
    """A TCP port of the loopback that nobody uses, and nobody takes until somebody is told of it.

    No socket without a port of its own can come by it, and no other process of tests: the port after it, held as long
    as this process lives, says that it is taken.
    """
    for port in islice(_untried, len(PORTS)):
        sign = socket.socket()
        try:
            sign.bind(("127.0.0.1", port + 1))
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            sign.close()
        else:
            sign.detach()
            return port
    raise AssertionError("all ports are taken")
