"""Sockets of this machine and the processes that hold them, as the kernel tells (Linux; proc(5)).

Rules:
- Each question reads the tables once, however many sockets it is about: ask for many at a time, and in a thread, for
  looking through the descriptors of all processes takes some milliseconds.
- Whose descriptors we may not read (other users' processes) has no process; nor has a process that ends meanwhile.
- Addresses are (host, port) as `getsockname` gives them, but IPv4 that came over an IPv6 socket is plain IPv4, because
  the other end of the same connection says so.
- Only the network namespace of this process is seen.
"""

from __future__ import annotations

import os
import re
import socket
import struct
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

HostPort = tuple[str, int]

PROC = Path("/proc")
TCP_LISTEN, UNIX_LISTENS, UNIX_STREAM = "0A", 0x10000, 1
MAPPED = bytes(10) + b"\xff\xff"  # IPv4 in an IPv6 address (RFC 4291, 2.5.5.2)
_INTERPRETER = re.compile(r"(python|pypy|node|MainThread|ruby|perl|java)[\d.]*$")
_RUNS = {"-m", "-jar"}
_TAKES_A_VALUE = {"-W", "-X", "-cp", "-classpath", "-r", "--require"}
_INLINE = {"-c", "-e"}
_SOCKET = re.compile(r"socket:\[(\d+)\]")


@dataclass(frozen=True)
class Process:
    """One process. `name` is its short name (15 bytes at most), `command` its command line, `parent` who started it.

    `title` is what a person calls it: of an interpreter, what it runs.
    """

    pid: int
    name: str
    command: str = ""
    parent: int = 0

    @property
    def title(self) -> str:
        """`feed.py` of `python3 -u /srv/feed.py --fast`, `ipykernel_launcher` of `python -m ipykernel_launcher`."""
        return _running(self.command) or self.name if _INTERPRETER.match(self.name) else self.name


class TcpSocket(NamedTuple):
    """One socket: its own address, the one that it talks to, and its inode."""

    local: HostPort
    remote: HostPort
    listens: bool
    inode: int


def known() -> bool:
    """Whether this system tells about its sockets."""
    return (PROC / "net" / "tcp").exists()


def tcp_sockets() -> Iterator[TcpSocket]:
    """All TCP sockets that a process holds."""
    for table in ("tcp", "tcp6"):
        for line in _lines(table):
            columns = line.split(None, 10)
            if columns[9] != "0":
                local, remote = _address(columns[1]), _address(columns[2])
                yield TcpSocket(local, remote, columns[3] == TCP_LISTEN, int(columns[9]))


def tcp_listeners() -> dict[int, HostPort]:
    """The addresses that TCP sockets listen on, by inode."""
    return {found.inode: found.local for found in tcp_sockets() if found.listens}


def unix_listeners() -> dict[int, str]:
    """The names that unix stream sockets listen on, by inode; abstract names begin with @."""
    tables = (line.split(maxsplit=7) for line in _lines("unix"))
    return {
        int(columns[6]): columns[7]
        for columns in tables
        if len(columns) == 8 and int(columns[3], 16) & UNIX_LISTENS and int(columns[4], 16) == UNIX_STREAM
    }


def process(pid: int) -> Process | None:
    """The process with that number, if it runs."""
    folder = PROC / str(pid)
    try:
        name = (folder / "comm").read_text("utf-8", "replace").rstrip("\n")
        command = (folder / "cmdline").read_text("utf-8", "replace").rstrip("\0").replace("\0", " ")
        status = (folder / "stat").read_text("utf-8", "replace")
    except OSError:
        return None
    # the name in parentheses may hold anything; behind it come state and parent
    return Process(pid, name, command, int(status.rpartition(")")[2].split()[1]))


def _running(command: str) -> str:
    """What the command line of an interpreter runs: a module or the name of a file; empty for inline code."""
    arguments = iter(command.split(" ")[1:])
    for argument in arguments:
        if argument in _INLINE:
            break
        if argument in _RUNS:
            return next(arguments, "").rpartition("/")[2]
        if argument in _TAKES_A_VALUE:
            next(arguments, None)
        elif argument and not argument.startswith("-"):
            return argument.rpartition("/")[2]
    return ""


def owners(inodes: Collection[int]) -> dict[int, Process]:
    """Who holds these sockets; of several processes that share one, the oldest (lowest) number."""
    missing = set(inodes)
    found: dict[int, Process] = {}
    for pid in pids() if missing else ():
        mine = missing.intersection(sockets_of(pid))
        if mine and (holder := process(pid)) is not None:
            found.update(dict.fromkeys(mine, holder))
            missing -= mine
        if not missing:
            break
    return found


def _lines(table: str) -> Iterator[str]:
    """The lines of a table of /proc/net without its heading; none where it is missing."""
    try:
        text = (PROC / "net" / table).read_bytes()
    except OSError:  # no IPv6 here
        return
    yield from os.fsdecode(text).split("\n")[1:-1]


def _address(text: str) -> HostPort:
    words, _, port = text.partition(":")
    return _host(words), int(port, 16)


@lru_cache(1024)
def _host(words: str) -> str:
    """`0100007F` is 127.0.0.1: words of four bytes, each in the byte order of this machine."""
    raw = b"".join(struct.pack("=I", int(words[at : at + 8], 16)) for at in range(0, len(words), 8))
    raw = raw.removeprefix(MAPPED)
    return socket.inet_ntop(socket.AF_INET if len(raw) == 4 else socket.AF_INET6, raw)


def pids() -> list[int]:
    """All processes, the oldest numbers first."""
    try:
        return sorted(int(name) for name in os.listdir(PROC) if name.isdigit())  # noqa: PTH208  # names are all we want
    except OSError:
        return []


def sockets_of(pid: int) -> list[int]:
    """The inodes of the sockets among the descriptors of a process, as far as we may look."""
    folder = f"{PROC}/{pid}/fd"
    found = []
    try:
        for descriptor in os.listdir(folder):  # noqa: PTH208  # ten times as fast as Path for half a million
            match = _SOCKET.match(_link(f"{folder}/{descriptor}"))
            if match is not None:
                found.append(int(match[1]))
    except OSError:  # it ended, or is not ours to read
        return found
    return found


def _link(path: str) -> str:
    try:
        return os.readlink(path)  # noqa: PTH115  # the same
    except OSError:
        return ""
