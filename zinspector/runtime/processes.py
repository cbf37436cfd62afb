"""Whose socket is that: process name and pid of the far end of a connection, from the kernel.

Rules:
- A unix socket tells the pid of its peer (SO_PEERCRED), at once.
- A TCP connection is looked up in /proc: its inode in `net/tcp` and `net/tcp6`, then the process that has
  `socket:[inode]` among its descriptors. That costs a walk over all processes, so connections are collected and looked
  up together, in a thread, at most every half a second, and the longer a walk took the longer the next one waits.
- Processes that had such sockets before are looked at first. What may not be read (another user's) stays unknown.
"""

from __future__ import annotations

import os
import socket
import struct
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from zinspector.runtime import proc

MOST_PROCESSES = 20_000


@dataclass(frozen=True)
class Program:
    """A process: what a person calls it, and its pid."""

    name: str
    pid: int


@dataclass(frozen=True)
class Meeting:
    """Both ends of a relayed connection as addresses, and our own end of each leg; programs where they are known."""

    client: str
    target: str
    here: str
    there: str
    programs: tuple[Program | None, Program | None] = (None, None)


def of_unix_peer(leg: socket.socket) -> Program | None:
    """The process at the other end of a unix socket; None for other sockets and systems."""
    if leg.family != socket.AF_UNIX or not sys.platform.startswith("linux"):
        return None
    try:
        pid = struct.unpack("3i", leg.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
    except OSError:  # it left already
        return None
    return Program(name_of_process(pid), pid) if pid > 0 else None


def name_of_process(pid: int) -> str:
    """What a person calls a process; empty where it is gone."""
    found = proc.process(pid)
    return found.title if found is not None else ""


class Processes:
    """Looks up TCP connections; to be used from one thread at a time."""

    def __init__(self) -> None:
        self._hosts: dict[int, None] = {}

    def find(self, meetings: Iterable[Meeting]) -> list[tuple[Program | None, Program | None]]:
        """The programs at both ends of each of `meetings`, as far as they can be found now."""
        wanted = list(meetings)
        inodes = _inodes()
        # the far end's own socket has its address as local and ours as remote
        keys = [((meeting.client, meeting.here), (meeting.target, meeting.there)) for meeting in wanted]
        numbers = [tuple(inodes.get(key) for key in pair) for pair in keys]
        owners = self._owners({number for pair in numbers for number in pair if number is not None})
        names = {pid: name_of_process(pid) for pid in set(owners.values())}

        def program(number: int | None, known: Program | None) -> Program | None:
            pid = owners.get(number) if number is not None else None
            return known if pid is None else Program(names[pid], pid)

        return [
            (program(pair[0], meeting.programs[0]), program(pair[1], meeting.programs[1]))
            for pair, meeting in zip(numbers, wanted, strict=True)
        ]

    def _owners(self, numbers: set[int]) -> dict[int, int]:
        """The pid that has each inode among its descriptors."""
        found: dict[int, int] = {}
        for pid in [*self._hosts, *_others(self._hosts)]:
            if len(found) == len(numbers):
                break
            mine = numbers.intersection(proc.sockets_of(pid))
            found.update(dict.fromkeys(mine, pid))
            if mine:
                self._hosts[pid] = None
            else:
                self._hosts.pop(pid, None)
        return found


def _others(known: dict[int, None]) -> list[int]:
    own = os.getpid()
    return [pid for pid in proc.pids()[:-MOST_PROCESSES:-1] if pid not in known and pid != own]


def _inodes() -> dict[tuple[str, str], int]:
    """The inode of every TCP socket, by its local and remote address."""
    return {(_text(found.local), _text(found.remote)): found.inode for found in proc.tcp_sockets()}


def _text(address: proc.HostPort) -> str:
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
