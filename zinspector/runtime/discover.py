"""What listens on this machine, who it belongs to, who it is when asked, and how it would be tapped.

All listening tcp sockets and named ipc (unix stream) sockets are listed: whether one speaks ZeroMQ can't be seen from
outside, only by asking (`probe`). Our own sockets are marked, so that nobody taps the tap; where a zinspector talks
with its worker is left out.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace

from zinspector.errors import EndpointError, UserError
from zinspector.runtime import proc
from zinspector.runtime.channel import NAMED
from zinspector.runtime.probe import Probed, probe_all
from zinspector.runtime.proc import HostPort, Process
from zinspector.topology.endpoints import IPC_PATH_MAX, parse

ANY_HOSTS = {"0.0.0.0": "*", "::": "[::]"}  # noqa: S104  # compared and shown, never bound
TAP_OFFSET = 1000
PORTS = range(1024, 65536)


@dataclass(frozen=True)
class Listening:
    """A socket that listens. `bound` is the address as its program gave it, `endpoint` the one to connect to.

    `process` is None where we may not know. `tap` is a free address where a relay to it could listen, None where
    there is none. `answer` is what probing said.
    """

    endpoint: str
    bound: str
    process: Process | None = None
    own: bool = False
    tap: str | None = None
    answer: Probed | None = None

    def matches(self, text: str) -> bool:
        """Whether `text` is in an address or the command line, or is the name or number of the process."""
        process = self.process
        mine = () if process is None else (process.name, process.title, str(process.pid))
        return text in self.endpoint or text in self.bound or text in mine or bool(process and text in process.command)

    @property
    def tap_command(self) -> str | None:
        """The command line of a relay in front of it."""
        return None if self.tap is None else shlex.join(["zinspector", "tap", f"{self.tap}={self.endpoint}"])

    @property
    def takeover_command(self) -> str | None:
        """The command line of a relay that takes its path over, so that no program has to be changed."""
        path = self.endpoint.startswith("ipc:///")
        return shlex.join(["zinspector", "tap", f"{self.endpoint}={self.endpoint}"]) if path else None


def listeners() -> list[Listening]:
    """All that listens here: tcp by port, then ipc by name. Reads /proc: some milliseconds. Raises UserError."""
    if not proc.known():
        raise UserError(
            "this system does not tell which sockets listen", remedy="/proc is needed; probe works anywhere"
        )
    tcp = proc.tcp_listeners()
    ipc = {inode: path for inode, path in proc.unix_listeners().items() if _usable(path)}
    owners = proc.owners({*tcp, *ipc})
    used = {port for _, port in tcp.values()}
    paths = set(ipc.values())
    found = []
    for inode, (host, port) in sorted(tcp.items(), key=lambda item: (item[1][1], item[1][0])):
        bound = _tcp_text((ANY_HOSTS.get(host, host), port))
        endpoint = str(parse(bound).reachable())
        found.append(_listening(endpoint, bound, owners.get(inode), _free_port(port, used)))
    for inode, path in sorted(ipc.items(), key=lambda item: item[1]):
        found.append(_listening(f"ipc://{path}", f"ipc://{path}", owners.get(inode), _free_path(path, paths)))
    return found


async def asked(found: Sequence[Listening], timeout_s: float) -> list[Listening]:
    """The same with the answers of those that are not our own."""
    others = list(dict.fromkeys(one.endpoint for one in found if not one.own))
    answers = dict(zip(others, await probe_all(others, timeout_s), strict=True))
    return [replace(one, answer=answers.get(one.endpoint)) for one in found]


def _listening(endpoint: str, bound: str, process: Process | None, tap: str | None) -> Listening:
    own = process is not None and os.getpid() in (process.pid, process.parent)  # our relays run in a child
    return Listening(endpoint, bound, process, own, tap)


def _tcp_text(address: HostPort) -> str:
    host, port = address
    return f"tcp://[{host}]:{port}" if ":" in host and not host.startswith("[") else f"tcp://{host}:{port}"


def _usable(path: str) -> bool:
    try:
        parse(f"ipc://{path}")
    except EndpointError:  # bytes that libzmq's addresses can't hold
        return False
    return path.startswith(("@", "/")) and not path.startswith(NAMED)


def _free_port(port: int, used: set[int]) -> str | None:
    """A port that nobody listens on and we offered to nobody: 5556 is tapped at 6556, as in all examples."""
    first = port + TAP_OFFSET if port + TAP_OFFSET in PORTS else port - TAP_OFFSET
    for candidate in (*range(first, PORTS.stop), *range(PORTS.start, first)):
        if candidate not in used:
            used.add(candidate)
            return f"tcp://127.0.0.1:{candidate}"
    return None


def _free_path(path: str, used: set[str]) -> str | None:
    for number in ("", *map(str, range(2, 10))):
        candidate = f"{path}-tap{number}"
        if candidate not in used and len(os.fsencode(candidate)) <= IPC_PATH_MAX:
            used.add(candidate)
            return f"ipc://{candidate}"
    return None
