"""`zinspector probe ENDPOINT...`: who listens there, without becoming a peer that can be handed messages."""

from __future__ import annotations

import argparse
import base64
import json
from typing import Any

from zinspector.capture.readable import printable, shown
from zinspector.cli import FAILED, FINE
from zinspector.cli.arguments import add_verb, seconds
from zinspector.cli.headless import run_loop
from zinspector.runtime.probe import TIMEOUT_S, Probed, probe_all
from zinspector.runtime.takeover import restore_forgotten

EXAMPLES = """
  zinspector probe tcp://127.0.0.1:5556
  zinspector probe ipc:///tmp/feed.ipc ipc://@feed
  zinspector probe tcp://example.org:5556 -T json --timeout 5

nobody gets a message, and nobody can send us one: the handshake is left before it is over
"""
LONGEST = 64


def add(verbs: Any) -> None:
    """Add the verb to the parser."""
    verb = add_verb(
        verbs, "probe", "say who listens at an address; exit 1 unless all of them speak ZeroMQ", EXAMPLES, work
    )
    verb.add_argument("endpoints", nargs="+", metavar="ENDPOINT", help="tcp://HOST:PORT, ipc://PATH or ipc://@NAME")
    verb.add_argument("--timeout", type=seconds, default=TIMEOUT_S, metavar="S", help="for each answer (default 2)")
    verb.add_argument(
        "-T", dest="output", choices=["text", "json"], default="text", help="json prints an array, one object each"
    )


def work(asked: argparse.Namespace) -> int:
    """Probe them all at once; 1 unless all speak ZeroMQ."""
    restore_forgotten()
    answers = run_loop(probe_all(asked.endpoints, asked.timeout))
    if asked.output == "json":
        print(json.dumps([as_json(answer) for answer in answers], indent=1, ensure_ascii=False))
    else:
        for answer in answers:
            print(f"{answer.endpoint}: {sentence(answer)}")
    return FINE if all(answer.state == "zmtp" for answer in answers) else FAILED


def sentence(answer: Probed) -> str:
    """The answer in words, on one line."""
    found = answer.found
    if answer.state == "zmtp":
        parts = [
            f"{found.socket_type or 'socket type hidden'}",
            f"ZMTP {_version(answer) or 'of unknown version'}",
            *([found.mechanism] if found.mechanism else []),
            *([f"identity {shown(found.identity, LONGEST)}"] if found.identity else []),
            *(f"{name} {shown(value, LONGEST)}" for name, value in extra(answer).items()),
            *found.anomalies,
        ]
        text = ", ".join(parts) + (f" ({answer.text})" if answer.text else "")
    elif answer.state == "other":
        what = f"looks like {found.protocol}" if found.protocol else "another protocol"
        text = f"not ZeroMQ: {what}" + (f" ({answer.text})" if answer.text else "")
    else:
        text = answer.unanswered
    return printable(text)


def as_json(answer: Probed) -> dict[str, Any]:
    """The answer as an object: bytes as size, base64 and text, like frames of messages."""
    found = answer.found
    return {
        "endpoint": answer.endpoint,
        "state": answer.state,
        "version": _version(answer),
        "mechanism": found.mechanism,
        "socket_type": found.socket_type,
        "identity": None if found.identity is None else _bytes(found.identity),
        "properties": {name: _bytes(value) for name, value in found.properties.items()},
        "protocol": found.protocol,
        "anomalies": list(found.anomalies),
        "text": answer.text,
    }


def extra(answer: Probed) -> dict[str, bytes]:
    """The properties that have no place of their own."""
    return {
        name: value
        for name, value in answer.found.properties.items()
        if name.lower() not in ("socket-type", "identity")
    }


def _version(answer: Probed) -> str | None:
    version = answer.found.version
    return None if version is None else f"{version[0]}.{version[1]}"


def _bytes(data: bytes) -> dict[str, Any]:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = None
    return {"size": len(data), "base64": base64.b64encode(data).decode(), "text": text}
