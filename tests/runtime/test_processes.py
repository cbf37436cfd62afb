"""Whose socket is that: found in the kernel's tables for real connections."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.helpers.relayed import port_of
from tests.helpers.tapped import Tapped, program, tapped
from tests.helpers.waiting import wait_until
from zinspector.runtime.processes import Meeting, Processes, Program, of_unix_peer

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks Linux' /proc")
CLIENT = """
import socket, sys
client = socket.create_connection((sys.argv[1], int(sys.argv[2])))
print(client.getsockname()[1], flush=True)
sys.stdin.readline()
"""


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_the_program_at_the_far_end_of_a_tcp_connection(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as server:
        port = server.getsockname()[1]
        with program(CLIENT, host, port) as process:
            assert process.stdout is not None
            theirs = int(process.stdout.readline())
            far, own = (f"[{host}]:{{}}" if ":" in host else f"{host}:{{}}").format, "127.0.0.1:1"
            there = Meeting(far(theirs), "127.0.0.1:2", far(port), own)
            gone = Meeting("127.0.0.1:1", "a", own, "b", (None, Program("known", 1)))
            found, nothing = Processes().find([there, gone])
            name = Path(f"/proc/{process.pid}/comm").read_text().strip()
            assert found == (Program(name, process.pid), None)
            assert nothing == (None, Program("known", 1))


def test_the_program_at_the_far_end_of_a_unix_socket() -> None:
    one, other = socket.socketpair()
    found = of_unix_peer(one)
    assert found is not None
    assert found.pid == os.getpid()
    assert found.name in Path("/proc/self/cmdline").read_text()
    for each in (one, other):
        each.close()
    with socket.socket() as tcp:
        assert of_unix_peer(tcp) is None


def introduced(taps: Tapped) -> Counter[int]:
    """How often each pid was told."""
    told = [json.loads(row.frames[1]) for row in taps.rows("tap", "event") if row.name == "PEER"]
    return Counter(end["pid"] for ends in told for end in ends.values() if "pid" in end)


def test_relayed_programs_are_introduced_also_when_they_accept_late() -> None:
    async def main() -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            async with tapped() as taps:
                address = await taps.relay("tap", f"tcp://127.0.0.1:{server.getsockname()[1]}")
                with program(CLIENT, "127.0.0.1", port_of(address)) as process:
                    await wait_until(lambda: introduced(taps) == {process.pid: 1})
                    with server.accept()[0]:  # until then, nobody has that socket
                        await wait_until(lambda: introduced(taps) == {process.pid: 2, os.getpid(): 1})

    asyncio.run(main())
