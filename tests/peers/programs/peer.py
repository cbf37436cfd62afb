"""Sockets of pyomq (or pyzmq), steered by lines on standard input: see tests/helpers/foreign.py."""

from __future__ import annotations

import importlib
import sys
from typing import Any


def answer(library: Any, context: Any, sockets: dict[str, Any], verb: str, name: str, *rest: str) -> str:
    """Do what a line says; what it returns is the answer."""
    if verb == "open":
        kind, how, address = rest
        made = sockets[name] = context.socket(getattr(library, kind))
        made.setsockopt(library.LINGER, 0)
        made.setsockopt(library.RCVTIMEO, 60_000)
        if kind == "SUB":
            made.setsockopt(library.SUBSCRIBE, b"")
        getattr(made, how)(address)
        if how == "connect":
            return address
        bound = made.getsockopt(library.LAST_ENDPOINT)
        return bound.rstrip(b"\0").decode() if isinstance(bound, bytes) else str(bound)
    if verb == "send":
        sockets[name].send_multipart([bytes.fromhex(frame) for frame in rest[0].split("|")])
        return ""
    if verb == "recv":
        return "|".join(bytes(frame).hex() for frame in sockets[name].recv_multipart())
    sockets.pop(name).close()
    return ""


def main() -> None:
    """Answer line by line until standard input ends."""
    library = importlib.import_module(sys.argv[1])
    context = library.Context()
    sockets: dict[str, Any] = {}
    for line in sys.stdin:
        try:
            print("ok", answer(library, context, sockets, *line.rstrip("\n").split(" ")), flush=True)
        except Exception as error:  # noqa: BLE001  # whatever it is, the test is told
            print("error", type(error).__name__, error, flush=True)
    for socket in sockets.values():
        socket.close()


main()
