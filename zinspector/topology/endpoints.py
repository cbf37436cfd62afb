"""Addresses as libzmq writes them, read into parts: `parse()` and `Endpoint`.

Rules:
- What libzmq would refuse, and what it would silently misunderstand (a port of 70000 becomes 4464, `5556x` becomes
  5556), is an EndpointError that names the place and the remedy.
- `Endpoint.text` is the address in one canonical spelling (IPv6 in brackets, wildcard port as `*`), so that equal
  endpoints are equal objects and `parse(str(endpoint)) == endpoint`.
- Whether this libzmq has a transport is not asked here: that is the doctor's and the runtime's business.
"""

from __future__ import annotations

import ipaddress
import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from zinspector.errors import EndpointError

IPC_PATH_MAX = 107  # bytes, with the `@` of an abstract name; the kernel's sun_path holds 108 with its NUL
_ANY_HOST = frozenset({"*", "0.0.0.0", "::"})  # noqa: S104  # addresses are compared here, never bound
_SAME_PORTS = frozenset({"tcp", "ws", "wss"})  # transports that share the TCP ports of a machine
_HOST = re.compile(r"[A-Za-z0-9._*-]+")


@dataclass(frozen=True)
class Endpoint:
    """One address. Fields that its transport does not have are empty.

    `port` None is the wildcard `*` (or 0): the system chooses at bind. `host` is `*`, a name, an interface, or an
    address without brackets. `path` is the rest of ipc, inproc, ws and the unparsed rest of tipc. `interface` is the
    part before a `;`: the source address of a tcp connect, the network interface of pgm.
    """

    transport: str
    host: str = ""
    port: int | None = None
    path: str = ""
    interface: str = ""
    text: str = ""

    def __str__(self) -> str:
        return self.text

    @property
    def scheme(self) -> str:
        """What the address begins with, such as `tcp://`."""
        return f"{self.transport}://"

    @property
    def is_wildcard(self) -> bool:
        """Whether the system chooses the port or path, so that only the bound socket knows the address."""
        if self.transport in ("ipc", "tipc"):
            return self.path in ("*", "<*>")
        return self.transport in _WITH_PORT and self.port is None

    @property
    def is_any_host(self) -> bool:
        """Whether this binds every interface of the machine."""
        return self.host in _ANY_HOST

    @property
    def meeting_place(self) -> tuple[str, int | str | None]:
        """What two addresses that may be the same place have in common: for sorting many before `same_place`."""
        if self.transport in _SAME_PORTS:
            return "port", self.port
        return self.transport, _plain_path(self.path) if self.transport == "ipc" else self.text

    def same_place(self, other: Endpoint) -> bool:
        """Whether a second bind on `other` would meet the first one on this (`*` covers every host).

        Wildcards never clash, and names are compared as they are written: nothing is looked up.
        """
        if self.is_wildcard or other.is_wildcard:
            return False
        if {self.transport, other.transport} <= _SAME_PORTS:
            hosts = {_plain_host(self.host), _plain_host(other.host)}
            return self.port == other.port and (len(hosts) == 1 or not hosts.isdisjoint(_ANY_HOST))
        if self.transport != other.transport:
            return False
        if self.transport == "ipc":
            return _plain_path(self.path) == _plain_path(other.path)
        return self.text == other.text

    def reachable(self) -> Endpoint:
        """The address to connect to for what was bound here: every interface is reached through loopback."""
        if not self.is_any_host:
            return self
        host = "::1" if self.host == "::" else "127.0.0.1"
        return replace(self, host=host, text=_network_text(self.transport, self.interface, host, self.port, self.path))


def parse(text: str) -> Endpoint:
    """Read an address such as `tcp://127.0.0.1:5556`. Raises EndpointError.

    >>> parse("tcp://[::1]:*").host
    '::1'
    """
    transport, separator, rest = text.partition("://")
    if not separator:
        remedy = "write TRANSPORT://ADDRESS, such as tcp://127.0.0.1:5556 or inproc://name"
        raise EndpointError(f"'{text}' is not an address", where=text, remedy=remedy)
    read = _READERS.get(transport)
    if read is None:
        lower = transport.lower()
        remedy = f"write {lower}://" if lower in _READERS else f"known are {', '.join(_READERS)}"
        raise EndpointError(f"there is no transport '{transport}'", where=text, remedy=remedy)
    if not rest:
        raise EndpointError(f"nothing stands behind {transport}://", where=text, remedy=_EXAMPLES[transport])
    if any(ord(char) < 32 or 0xD800 <= ord(char) < 0xE000 for char in rest):
        raise EndpointError("control characters can't stand in an address", where=text, remedy=_EXAMPLES[transport])
    return read(transport, rest, text)


def free(transport: str, name: str) -> str:
    """The text of an address of `transport` that clashes with no other; `name` is used where names are needed."""
    return {"ipc": "ipc://*", "inproc": f"inproc://{name}", "tipc": "tipc://<*>"}.get(
        transport, f"{transport}://127.0.0.1:*"
    )


def _network(transport: str, rest: str, where: str) -> Endpoint:
    """tcp, udp, ws, wss, vmci, norm: `[interface;]host:port[/path]`."""
    path = ""
    if transport in ("ws", "wss") and "/" in rest:
        rest, slash, path = rest.partition("/")
        path = slash + path
    interface, semicolon, place = rest.rpartition(";")
    if semicolon and not interface:
        raise EndpointError("nothing stands before the ;", where=where, remedy=_EXAMPLES[transport])
    host, colon, port_text = place.rpartition(":")
    if not colon or place.endswith("]"):
        raise EndpointError("the port is missing", where=where, remedy=f"{_EXAMPLES[transport]}; * picks a free port")
    host, port = _host(host, where), _port(port_text, where)
    return Endpoint(transport, host, port, path, interface, _network_text(transport, interface, host, port, path))


def _multicast(transport: str, rest: str, where: str) -> Endpoint:
    """pgm, epgm: `[interface;]group:port`, where the group is a multicast address and the port is given."""
    found = _network(transport, rest, where)
    try:
        multicast = ipaddress.ip_address(found.host).is_multicast
    except ValueError:
        multicast = False
    if not multicast or found.port is None:
        raise EndpointError("needs a multicast address and a port", where=where, remedy=_EXAMPLES[transport])
    return found


def _ipc(transport: str, rest: str, where: str) -> Endpoint:
    size = len(rest.encode())
    if size > IPC_PATH_MAX:
        text = f"an ipc path has at most {IPC_PATH_MAX} bytes, this one has {size}"
        raise EndpointError(text, where=where, remedy="choose a shorter folder, or an abstract name: ipc://@name")
    if rest == "@":
        raise EndpointError("an abstract ipc address needs a name", where=where, remedy="ipc://@name")
    return Endpoint(transport, path=rest, text=f"{transport}://{rest}")


def _named(transport: str, rest: str, where: str) -> Endpoint:
    return Endpoint(transport, path=rest, text=f"{transport}://{rest}")


def _host(host: str, where: str) -> str:
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if ":" in bare:
        try:
            ipaddress.IPv6Address(bare)
        except ValueError:
            text = f"'{bare}' is not an IPv6 address"
            raise EndpointError(text, where=where, remedy="such as tcp://[::1]:5556") from None
        return bare
    if not _HOST.fullmatch(host) or ("*" in host and host != "*"):
        text = f"'{host}' is not a host" if host else "the host is missing"
        raise EndpointError(text, where=where, remedy="a name, an address, an interface, or * for all interfaces")
    return host


def _port(text: str, where: str) -> int | None:
    """Stricter than libzmq, which takes `5556x` for 5556 and 70000 for 4464."""
    if text == "*":
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 5 or int(text) > 65535:
        remedy = "a number from 1 to 65535, or * for a free port"
        raise EndpointError(f"'{text}' is not a port", where=where, remedy=remedy)
    return int(text) or None


def _network_text(transport: str, interface: str, host: str, port: int | None, path: str) -> str:
    source = f"{interface};" if interface else ""
    host = f"[{host}]" if ":" in host else host
    return f"{transport}://{source}{host}:{'*' if port is None else port}{path}"


def _plain_host(host: str) -> str:
    if host == "localhost":
        return "127.0.0.1"
    return ipaddress.IPv6Address(host).compressed if ":" in host else host.lower()


def _plain_path(path: str) -> str:
    return path if path.startswith("@") else posixpath.normpath(path)


_WITH_PORT = frozenset({"tcp", "udp", "ws", "wss", "vmci", "norm"})
_READERS: dict[str, Callable[[str, str, str], Endpoint]] = {
    "tcp": _network,
    "ipc": _ipc,
    "inproc": _named,
    "pgm": _multicast,
    "epgm": _multicast,
    "ws": _network,
    "wss": _network,
    "udp": _network,
    "tipc": _named,
    "vmci": _network,
    "norm": _network,
}
TRANSPORTS = tuple(_READERS)
_EXAMPLES = {
    "tcp": "such as tcp://127.0.0.1:5556",
    "ipc": "such as ipc:///tmp/feed.ipc or ipc://@feed",
    "inproc": "such as inproc://feed",
    "pgm": "such as pgm://eth0;239.192.1.1:5556",
    "epgm": "such as epgm://eth0;239.192.1.1:5556",
    "ws": "such as ws://127.0.0.1:5556/feed",
    "wss": "such as wss://127.0.0.1:5556/feed",
    "udp": "such as udp://239.0.0.1:5556",
    "tipc": "such as tipc://{5555,0,0}",
    "vmci": "such as vmci://*:5556",
    "norm": "such as norm://127.0.0.1:5556",
}
