"""`zinspector send TYPE --connect ENDPOINT FRAME...`: one message, from a socket of any type."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from zinspector.capture.message import Message
from zinspector.capture.store import Store
from zinspector.cli.headless import run_loop, until_true
from zinspector.errors import SocketError, UserError
from zinspector.runtime.session import Session
from zinspector.topology.document import Document, SocketNode
from zinspector.topology.endpoints import parse
from zinspector.topology.socket_types import SOCKET_TYPES

NODE = "send"
HANDED_OVER_S = 0.2


def add(verbs: Any) -> None:
    """Add the verb to the parser."""
    verb = verbs.add_parser(
        "send",
        help="send one message",
        epilog="a frame is text, hex:0aff, json:{...} or @FILE; write text: before text that begins like one of these",
    )
    kinds = [name for name, info in SOCKET_TYPES.items() if info.can_send]
    verb.add_argument("type", choices=kinds, metavar="TYPE", help=", ".join(kinds))
    where = verb.add_mutually_exclusive_group(required=True)
    where.add_argument("--bind", metavar="ENDPOINT", help="bind this address")
    where.add_argument("--connect", metavar="ENDPOINT", help="connect to this address")
    verb.add_argument("frames", nargs="*", metavar="FRAME", help="the frames of the message")
    verb.add_argument("--timeout", type=float, default=5.0, metavar="S", help="wait so long for a peer (default 5)")
    verb.add_argument("--reply", action="store_true", help="wait for one message back and print it as JSON")
    verb.set_defaults(work=work)


def work(asked: argparse.Namespace) -> int:
    """Send the message; 1 when no peer or no reply comes in time."""
    parse(asked.bind or asked.connect)
    if asked.reply and not SOCKET_TYPES[asked.type].can_receive:
        raise UserError(f"a {asked.type} receives nothing, so there is no reply", where="--reply")
    frames = [frame(text) for text in asked.frames]
    return run_loop(_send(asked, frames))


def frame(text: str) -> bytes:
    """The bytes of a frame argument. Raises UserError."""
    kind, colon, rest = text.partition(":")
    try:
        if text.startswith("@"):
            return Path(text[1:]).read_bytes()
        if colon and kind == "hex":
            return bytes.fromhex(rest)
        if colon and kind == "json":
            return json.dumps(json.loads(rest), separators=(",", ":"), ensure_ascii=False).encode()
    except OSError as error:
        raise UserError(error.strerror or str(error), where=text) from None
    except (ValueError, RecursionError) as error:
        raise UserError(str(error), where=text, remedy="write text: before it to send it as text") from None
    return (rest if colon and kind == "text" else text).encode("utf-8", "surrogateescape")


async def _send(asked: argparse.Namespace, frames: list[bytes]) -> int:
    store = Store()
    session = Session(store)
    node = SocketNode(
        id=NODE,
        type=asked.type,
        bind=(asked.bind,) if asked.bind else (),
        connect=(asked.connect,) if asked.connect else (),
    )
    try:
        await session.apply(Document(nodes=(node,)))
        for finding in session.findings():
            raise SocketError(finding.text, where=asked.bind or asked.connect, remedy=finding.remedy)
        if not await until_true(lambda: _has_peer(session, asked), asked.timeout):
            print(
                f"zinspector: nobody answered at {asked.bind or asked.connect} in {asked.timeout:g} s", file=sys.stderr
            )
            return 1
        await session.send(NODE, frames)
        if asked.reply:
            return await _print_reply(session, store, asked.timeout)
        await until_true(lambda: False, HANDED_OVER_S)  # libzmq does not tell when a message has left
        return 0
    finally:
        await session.close()


def _has_peer(session: Session, asked: argparse.Namespace) -> bool:
    transport = parse(asked.bind or asked.connect).transport
    state = session.states().get(NODE)
    return transport == "inproc" or (state is not None and state.peers > 0)


async def _print_reply(session: Session, store: Store, timeout_s: float) -> int:
    def replies() -> list[Message]:
        session.flush()
        return [m for m in store.rows(1, 10_000) if m.direction == "in" and m.kind == "message"]

    if not await until_true(lambda: bool(replies()), timeout_s):
        print(f"zinspector: no reply in {timeout_s:g} s", file=sys.stderr)
        return 1
    print(json.dumps(replies()[0].as_json()))
    return 0
