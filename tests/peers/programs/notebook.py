"""A Jupyter client: executes a hundred cells in the kernel of a connection file, and prints what came back as JSON."""

from __future__ import annotations

import json
import sys
from typing import Any

from jupyter_client import BlockingKernelClient

CELLS = [
    *(f"{number} ** 3 + 1" for number in range(40)),
    *(f"print('line {number}', 'é' * {number})" for number in range(40)),
    *(f"x = 'a' * {10**size}; x" for size in range(6)),
    "1 / 0",
    "raise KeyError('not there')",
    "import sys; print('to stderr', file=sys.stderr)",
    "input('your name? ')",
    "from IPython.display import display, HTML; display(HTML('<b>bold</b>'))",
    *(f"_ = [{number}, None]; _" for number in range(9)),
]
OUTPUTS = ("stream", "execute_result", "display_data", "error")
TIMEOUT_S = 120.0


def main() -> None:
    """Run all cells, then shut the kernel down."""
    client = BlockingKernelClient(connection_file=sys.argv[1])
    client.load_connection_file()
    client.hb_channel.time_to_dead = TIMEOUT_S  # a kernel that still starts has no heart yet
    client.start_channels()
    client.wait_for_ready(timeout=TIMEOUT_S)
    client.hb_channel.unpause()
    ids: list[str] = []
    transcript = [_run(client, cell, ids) for cell in CELLS]
    beating = client.is_alive()
    client.shutdown(reply=True, timeout=TIMEOUT_S)
    client.stop_channels()
    print(json.dumps({"transcript": transcript, "ids": ids, "beating": beating, "cells": len(CELLS)}))


def _run(client: BlockingKernelClient, cell: str, ids: list[str]) -> list[Any]:
    outputs: list[Any] = []

    def show(message: dict[str, Any]) -> None:
        ids.append(message["header"]["msg_id"])
        if message["msg_type"] not in OUTPUTS:
            return
        content = {key: value for key, value in message["content"].items() if key not in ("traceback", "transient")}
        if message["msg_type"] == "stream" and outputs and outputs[-1][0] == "stream":
            outputs[-1][1]["text"] += content["text"]  # where the kernel cuts a stream is a matter of time
        else:
            outputs.append([message["msg_type"], content])

    reply = client.execute_interactive(
        cell, allow_stdin=True, timeout=TIMEOUT_S, output_hook=show, stdin_hook=lambda _: client.input("Grace")
    )
    ids.append(reply["header"]["msg_id"])
    content = reply["content"]
    return [content["status"], content["execution_count"], content.get("ename"), outputs]


main()
