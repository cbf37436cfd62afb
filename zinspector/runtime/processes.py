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
import re
import socket
import struct
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

MOST_PROCESSES = 20_000
_PROC = Path("/proc")
_SOCKET = re.compile(r"socket:\[(\d+)\]")


@dataclass(frozen=True)
class Program:
    """A process: its short name and its pid."""

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
    """The short name of a process; empty where it is gone."""
    try:
        return (_PROC / str(pid) / "comm").read_text().rstrip("\n")
    except OSError:
        return ""


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
            mine = numbers.intersection(_sockets_of(pid))
            found.update(dict.fromkeys(mine, pid))
            if mine:
                self._hosts[pid] = None
            else:
                self._hosts.pop(pid, None)
        return found


def _others(known: dict[int, None]) -> list[int]:
    try:
        pids = [int(name) for name in os.listdir(_PROC) if name.isdigit()]  # noqa: PTH208 - names only, and many
    except OSError:
        return []
    own = os.getpid()
    return [pid for pid in sorted(pids, reverse=True)[:MOST_PROCESSES] if pid not in known and pid != own]


def _sockets_of(pid: int) -> list[int]:
    folder = f"/proc/{pid}/fd"
    found = []
    try:
        for name in os.listdir(folder):  # noqa: PTH208 - names only, and many
            match = _SOCKET.match(_link(f"{folder}/{name}"))
            if match is not None:
                found.append(int(match[1]))
    except OSError:  # gone, or another user's
        return found
    return found


def _link(path: str) -> str:
    try:
        return os.readlink(path)  # noqa: PTH115 - half a million of them
    except OSError:
        return ""


def _inodes() -> dict[tuple[str, str], int]:
    """The inode of every established TCP socket, by its local and remote address."""
    found: dict[tuple[str, str], int] = {}
    for name, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        try:
            lines = (_PROC / "net" / name).read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split(None, 10)
            local, remote, inode = fields[1], fields[2], fields[9]
            if inode != "0":
                found[_address(local, family), _address(remote, family)] = int(inode)
    return found


def _address(text: str, family: int) -> str:
    """`0100007F:1F90` as `127.0.0.1:8080`: the kernel prints words of 32 bits in its own byte order."""
    words, _, port = text.partition(":")
    raw = b"".join(struct.pack("=I", int(words[start : start + 8], 16)) for start in range(0, len(words), 8))
    if family == socket.AF_INET6 and raw.startswith(b"\0" * 10 + b"\xff\xff"):
        raw, family = raw[12:], socket.AF_INET
    host = socket.inet_ntop(family, raw)
    return f"[{host}]:{int(port, 16)}" if family == socket.AF_INET6 else f"{host}:{int(port, 16)}"
