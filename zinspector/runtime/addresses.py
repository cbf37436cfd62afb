"""From endpoints to what the kernel takes: families and socket addresses, for the sockets that a relay opens itself.

Rules, as libzmq has them (ip_resolver.cpp, ipc_address.cpp):
- `*` listens on every interface; an interface name such as `lo` listens on its IPv4 address; `tcp://SOURCE:0;HOST:PORT`
  connects from SOURCE. IPv4 comes before IPv6, because libzmq uses IPv6 only where it is told to.
- An ipc path that begins with `@` is an abstract name: a NUL instead of the @, and no file.
- Numbers are turned into addresses at once; names are looked up each time, in a thread, since answers change.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import struct
import sys
from dataclasses import dataclass

from zinspector.errors import EndpointError
from zinspector.topology.endpoints import Endpoint, parse

SockAddress = tuple[str, int] | str | bytes
SIOCGIFADDR = 0x8915  # linux/sockios.h: the IPv4 address of an interface


@dataclass(frozen=True)
class Place:
    """Where to listen or connect. `source` is bound before a connect, where the endpoint asks for it."""

    family: int
    address: SockAddress
    source: SockAddress | None = None


def relayed(text: str) -> Endpoint:
    """Read an endpoint that a relay can listen on or connect to. Raises EndpointError."""
    endpoint = parse(text)
    if endpoint.transport not in ("tcp", "ipc"):
        remedy = "listen on tcp or ipc, or put a proxy there"
        raise EndpointError(f"a relay carries tcp and ipc, not {endpoint.transport}", where=text, remedy=remedy)
    return endpoint


def immediate(endpoint: Endpoint) -> list[Place] | None:
    """The places of an endpoint that needs no look-up; None where a name has to be looked up."""
    if endpoint.transport == "ipc":
        path = endpoint.path
        return [Place(socket.AF_UNIX, b"\0" + path[1:].encode() if path.startswith("@") else path)]
    source = _source(endpoint.interface)
    port = endpoint.port or 0
    if endpoint.host == "*":
        return [Place(socket.AF_INET, ("", port), source)]
    address = _number(endpoint.host) or _of_interface(endpoint.host)
    if address is None:
        return None
    return [Place(socket.AF_INET6 if ":" in address else socket.AF_INET, (address, port), source)]


async def places(endpoint: Endpoint) -> list[Place]:
    """All places that an endpoint may mean, IPv4 first. Raises EndpointError for a name that nobody knows."""
    found = immediate(endpoint)
    if found is not None:
        return found
    loop = asyncio.get_running_loop()
    try:
        answers = await loop.getaddrinfo(endpoint.host, endpoint.port or 0, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:  # the latter: no name at all, such as a label of 64 letters
        text = f"the name {endpoint.host} is not known: {getattr(error, 'strerror', None) or 'no name looks so'}"
        raise EndpointError(text, where=endpoint.text, remedy="check its spelling, or write a number") from None
    source = _source(endpoint.interface)
    unique = dict.fromkeys((family, (address[0], address[1])) for family, _, _, _, address in answers)
    return [Place(family, (str(host), int(port)), source) for family, (host, port) in sorted(unique)]


def name_of(address: object, family: int) -> str:
    """How a socket's address reads in an event: `127.0.0.1:4321`, `[::1]:4321`, a path or `@name`."""
    if family == socket.AF_UNIX:
        raw = address if isinstance(address, bytes) else str(address).encode("utf-8", "surrogateescape")
        return raw.replace(b"\0", b"@", 1).decode("utf-8", "backslashreplace")
    if not isinstance(address, tuple):
        return ""
    host, port = str(address[0]).removeprefix("::ffff:"), address[1]  # IPv4 that an IPv6 socket met
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def is_open_to_others(endpoint: Endpoint) -> bool:
    """Whether other machines can reach what listens here."""
    if endpoint.transport != "tcp":
        return False
    number = _number(endpoint.host) or _of_interface(endpoint.host)
    if number is None:
        return endpoint.host not in ("localhost", "ip6-localhost", "ip6-loopback")
    return not ipaddress.ip_address(number).is_loopback


def takes_over(listen: str, target: str) -> bool:
    """Whether a relay takes over the path that it leads to. Raises EndpointError."""
    return listen.startswith("ipc://") and parse(listen).same_place(parse(target))


def to_connect(address: str) -> tuple[str, str]:
    """Where a program on this machine connects to what listens at `address`, and one on another machine.

    The second is empty where other machines can't, or are told the same address. Raises EndpointError.
    """
    endpoint = parse(address)
    here = endpoint.reachable()
    if not endpoint.is_any_host:
        return here.text, ""
    return here.text, f"{endpoint.transport}://{socket.gethostname()}:{endpoint.port or '*'}"


def _number(host: str) -> str | None:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return None
    return host


def _source(interface: str) -> SockAddress | None:
    if not interface:
        return None
    host, _, port = interface.rpartition(":")
    bare = (host or interface).strip("[]")
    return (_number(bare) or _of_interface(bare) or bare, int(port) if host and port.isdigit() else 0)


def _of_interface(name: str) -> str | None:
    """The IPv4 address of a network interface of this machine; None where there is no such interface."""
    if not sys.platform.startswith("linux") or name not in {found for _, found in socket.if_nameindex()}:
        return None
    import fcntl

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            answer = fcntl.ioctl(probe, SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
        except OSError:  # an interface without an IPv4 address
            return None
    return socket.inet_ntoa(answer[20:24])
