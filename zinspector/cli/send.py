"""`zinspector send TYPE --connect ENDPOINT FRAME...`: one message, from a socket of any type that sends."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from zinspector.cli import FAILED, FINE
from zinspector.cli.arguments import add_verb, seconds
from zinspector.cli.headless import run_loop
from zinspector.cli.sending import Sending, TooLateError
from zinspector.decode.api import visible
from zinspector.errors import EndpointError, UserError
from zinspector.topology.document import SocketNode
from zinspector.topology.endpoints import parse
from zinspector.topology.socket_types import SOCKET_TYPES

EXAMPLES = """
  zinspector send PUSH --connect tcp://127.0.0.1:5557 'json:{"task": 1}'
  zinspector send PUB --bind tcp://127.0.0.1:5556 weather.london @reading.bin
  zinspector send REQ --connect tcp://127.0.0.1:5555 hello --reply
  zinspector send DEALER --connect tcp://127.0.0.1:5555 "" hello --reply     (a REP wants the empty frame)
  zinspector send ROUTER --bind 'tcp://127.0.0.1:*' worker-1 hex:00ff        (first the id of the peer)

a frame is text, hex:DIGITS, json:VALUE, @FILE, or text:TEXT for text that begins like one of these
"""


def add(verbs: Any) -> None:
    """Add the verb to the parser."""
    kinds = [name for name, info in SOCKET_TYPES.items() if info.can_send]
    verb = add_verb(
        verbs, "send", "send one message as soon as a peer is there; exit 1 when none comes", EXAMPLES, work
    )
    verb.add_argument("type", type=str.upper, choices=kinds, metavar="TYPE", help=", ".join(kinds))
    where = verb.add_mutually_exclusive_group(required=True)
    where.add_argument("--bind", metavar="ENDPOINT", help="bind this address")
    where.add_argument("--connect", metavar="ENDPOINT", help="connect to this address")
    verb.add_argument("frames", nargs="+", metavar="FRAME", help="the frames of the message")
    verb.add_argument("--timeout", type=seconds, default=5.0, metavar="S", help="wait at most so long (default 5)")
    verb.add_argument("--reply", action="store_true", help="wait for one message back and print its frames, one a line")
    verb.add_argument("-T", dest="output", choices=["text", "jsonl"], default="text", help="print the reply as JSON")


def work(asked: argparse.Namespace) -> int:
    """Send the message; 1 when no peer or no reply comes in time."""
    address = asked.bind or asked.connect
    if parse(address).transport == "inproc":
        raise EndpointError("inproc reaches only this process", where=address, remedy="use tcp or ipc")
    if asked.reply and not SOCKET_TYPES[asked.type].can_receive:
        raise UserError(f"a {asked.type} receives nothing, so there is no reply", where="--reply")
    frames = [frame(text) for text in asked.frames]
    node = SocketNode(
        id="send",
        type=asked.type,
        bind=(asked.bind,) if asked.bind else (),
        connect=(asked.connect,) if asked.connect else (),
        subscriptions=("",) if asked.type == "XSUB" else (),
    )
    try:
        reply = run_loop(Sending(node, address, asked.timeout).go(frames, wants_reply=asked.reply))
    except TooLateError as error:
        print(f"zinspector: {error}", file=sys.stderr)
        return FAILED
    if reply is not None and asked.output == "jsonl":
        print(json.dumps(reply.as_json()))
    elif reply is not None:
        print("\n".join(map(shown, reply.frames)))
    return FINE


def frame(text: str) -> bytes:
    """The bytes of a frame argument. Raises UserError."""
    kind, colon, rest = text.partition(":")
    try:
        if text.startswith("@"):
            return Path(text[1:]).read_bytes()
        if colon and kind == "hex":
            return bytes.fromhex(rest)
        if colon and kind == "json":
            value = json.loads(rest, parse_constant=_no_constant)
            return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
    except OSError as error:
        raise UserError(error.strerror or str(error), where=text, remedy="write text: before it to send it") from None
    except (ValueError, RecursionError) as error:
        raise UserError(f"is no {kind}: {error}", where=text, remedy="write text: before it to send it") from None
    return (rest if colon and kind == "text" else text).encode("utf-8", "surrogateescape")


def shown(data: bytes) -> str:
    """A frame as the arguments write it: text where it is text, else hex."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return f"hex:{data.hex()}"
    return text if visible(text) == text else f"hex:{data.hex()}"


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
