"""Transports of this libzmq, and what addresses need before and after a bind.

A bind on a live ipc path would succeed and steal the service, so a path is tried with a plain connect first; a file
that nobody serves is removed, by us before the bind and again after the close. Wildcards are resolved by the bind:
`LAST_ENDPOINT` says what they became.
"""

from __future__ import annotations

import os
import secrets
import socket
import stat
from pathlib import Path

import zmq

try:
    import resource
except ImportError:  # Windows has no such limit
    resource = None  # type: ignore[assignment]

from zinspector.doctor.addresses import WHO_HAS
from zinspector.errors import SocketError
from zinspector.topology.endpoints import parse

CAPABILITIES = {"pgm": "pgm", "epgm": "pgm", "norm": "norm", "ws": "WS", "wss": "WSS", "vmci": "vmci"}
PROBE_SECONDS = 0.25
MANY_FILES = 65_536


class AddressInUseError(SocketError):
    """Somebody serves this address already."""


class TransportMissingError(SocketError):
    """This libzmq was built without a transport."""


def available() -> dict[str, bool]:
    """Every transport that libzmq may have, and whether this one has it."""
    found = {name: bool(zmq.has(capability)) for name, capability in CAPABILITIES.items()}
    draft = bool(zmq.has("draft")) and zmq.DRAFT_API
    return {
        "tcp": True,
        "ipc": bool(zmq.has("ipc")),
        "inproc": True,
        "tipc": bool(zmq.has("tipc")),
        "udp": draft,
        **found,
    }


def require(address: str) -> None:
    """Raise TransportMissingError when this libzmq can't serve the transport of a valid address."""
    scheme = address.partition("://")[0]
    if not available().get(scheme, False):
        raise TransportMissingError(
            f"this libzmq ({zmq.zmq_version()}) has no {scheme} transport",
            where=address,
            remedy=f"use tcp, ipc or inproc, or {WHO_HAS.get(scheme, 'another build')}",
        )


def ipc_path(address: str) -> Path | None:
    """The file of an ipc address; None for abstract names and wildcards."""
    name = address.removeprefix("ipc://")
    return None if name == address or name.startswith("@") or name == "*" else Path(name)


def free_ipc(folder: Path, name: str) -> str:
    """An ipc address in `folder` that nobody uses."""
    safe = "".join(c if c.isalnum() or c in "-_" else "_" for c in name)[:24]
    return f"ipc://{folder / f'{safe}-{secrets.token_hex(4)}.ipc'}"


def prepare_bind(address: str) -> None:
    """Make an ipc path ready for a bind. Raises SocketError when somebody serves it."""
    if not address.startswith("ipc://"):
        return
    parse(address)
    path = ipc_path(address)
    name: str | bytes
    if path is not None:
        if not path.exists():
            return
        if not stat.S_ISSOCK(path.stat().st_mode):
            raise SocketError(f"{path} is there and is no socket", where=address, remedy="choose another path")
        name = str(path)
    elif address.startswith("ipc://@"):
        name = b"\0" + address.removeprefix("ipc://@").encode()
    else:
        return
    if served(name):
        raise AddressInUseError(
            "another socket serves this address already; binding it would steal its clients",
            where=address,
            remedy="choose another path, or stop the other program",
        )
    if path is not None:
        path.unlink(missing_ok=True)


def cannot_bind(text: str, error: zmq.ZMQError) -> SocketError:
    """What to say when libzmq refuses to bind an address."""
    if error.errno == zmq.EADDRINUSE:
        remedy = "choose another port (or * for a free one), or stop the other program"
        return AddressInUseError(f"can't bind {text}: the address is in use", where=text, remedy=remedy)
    if error.errno == zmq.EAGAIN:  # the monitor's own sending hid ENODEV or EADDRNOTAVAIL
        remedy = "bind * or 127.0.0.1, or an address of this machine (ip address lists them)"
        return SocketError(
            f"can't bind {text}: no interface of this machine has this name or address", where=text, remedy=remedy
        )
    return SocketError(f"can't bind {text}: {zmq.strerror(error.errno or 0)}", where=text)


def clean_up(address: str) -> bool:
    """Remove the file of an ipc address that nobody serves any more. Returns False while somebody does."""
    path = ipc_path(address)
    if path is None or not path.is_socket():
        return True
    if served(str(path)):
        return False
    path.unlink(missing_ok=True)
    return True


def for_connecting(address: str) -> str:
    """The address that reaches what is bound at `address` on this machine."""
    return str(parse(address).reachable())


def allow_many_files() -> None:
    """Let this process have as many descriptors as the system grants it: a socket takes four or five."""
    if resource is not None:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, MANY_FILES)), hard))


def last_endpoint(bound: zmq.Socket[bytes]) -> str:
    """What the last bind became."""
    raw = bound.getsockopt(zmq.LAST_ENDPOINT)
    assert isinstance(raw, bytes), "LAST_ENDPOINT is bytes"
    # an abstract name begins with a NUL, which libzmq shows as @
    return os.fsdecode(raw.rstrip(b"\0"))


def served(name: str | bytes) -> bool:
    """Whether somebody listens on a unix socket of that name."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(PROBE_SECONDS)
        try:
            probe.connect(name)
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except OSError:  # full backlog, no permission: somebody is there
            return True
        return True
