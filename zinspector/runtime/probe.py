"""Asks listening sockets who they are: the network around `zmtp.probing`, over tcp and ipc.

Rules:
- An address that can't be asked at all (another transport, a wildcard port) is an EndpointError; whatever the network
  answers is a result, never an exception.
- A listener gets `LISTEN_S` to speak first, as every ZeroMQ socket does, and `timeout_s` in all. A name that means
  several machines or families is tried in the order of the resolver until one accepts.
- It shows up at the listener as a connection that left during its handshake: libzmq's monitor tells ACCEPTED,
  HANDSHAKE_FAILED_NO_DETAIL and DISCONNECTED. No application sees anything.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import os
import socket
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from zinspector.errors import EndpointError
from zinspector.topology.endpoints import Endpoint, parse
from zinspector.zmtp.probing import Found, Probing

State = Literal["zmtp", "other", "silent", "refused", "unreachable", "unresolvable"]
Place = tuple[socket.AddressFamily, Any]

TIMEOUT_S = 2.0
LISTEN_S = 0.25
AT_ONCE = 32
READ_SIZE = 4096
_UNANSWERED: dict[State, str] = {
    "silent": "silent: not ZeroMQ, or too busy",
    "refused": "nobody listens",
    "unreachable": "can't be reached",
    "unresolvable": "unknown host",
}
_REFUSED = {errno.ECONNREFUSED: "nobody listens there", errno.ENOENT: "there is no such file"}


@dataclass(frozen=True)
class Probed:
    """The answer for one endpoint. `text` is one phrase for what `found` doesn't say by itself."""

    endpoint: str
    state: State
    text: str = ""
    found: Found = field(default_factory=Found)

    @property
    def unanswered(self) -> str:
        """In words, why nothing came back; empty where something did."""
        said = _UNANSWERED.get(self.state, "")
        if not said or not self.text:
            return said
        return self.text if self.text.startswith(said) else f"{said} ({self.text})"


class _MissedError(Exception):
    """The listener could not be reached."""

    def __init__(self, state: State, text: str) -> None:
        super().__init__(text)
        self.state = state
        self.text = text


def probeable(text: str, how: str = "probed") -> Endpoint:
    """The endpoint to connect to for an address. Raises EndpointError where nothing can be asked, or be `how`."""
    if "://" not in text:
        remedy = "write tcp://HOST:PORT, ipc:///PATH or ipc://@NAME"
        raise EndpointError(f"'{text}' is not an address", where=text, remedy=remedy)
    endpoint = parse(text)
    if endpoint.transport not in ("tcp", "ipc"):
        raise EndpointError(f"{endpoint.transport} can't be {how}", where=text, remedy="tcp and ipc can")
    if endpoint.is_wildcard:
        raise EndpointError("a wildcard is no place", where=text, remedy="say which port or path")
    return endpoint.reachable()


async def probe(text: str, timeout_s: float = TIMEOUT_S) -> Probed:
    """Who listens at the address. Raises EndpointError for addresses that can't be asked."""
    endpoint = probeable(text)
    try:
        async with asyncio.timeout(timeout_s):
            link = await _connected(endpoint)
    except TimeoutError:
        return Probed(text, "unreachable", f"no answer within {timeout_s:g} s")
    except _MissedError as missed:
        return Probed(text, missed.state, missed.text)
    with link:
        found = await _converse(link, timeout_s)
    return Probed(text, found.kind, found.text, found)


async def probe_all(texts: Iterable[str], timeout_s: float = TIMEOUT_S) -> list[Probed]:
    """Who listens at each address, in their order; `AT_ONCE` are asked at the same time. Raises EndpointError."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(text: str) -> Probed:
        async with turns:
            return await probe(text, timeout_s)

    every = list(texts)
    for text in every:
        probeable(text)
    return list(await asyncio.gather(*map(one, every)))


def why_no_publisher(answer: Probed) -> tuple[str, str]:
    """Why a spy will hear nothing there, and what to do; both empty where a publisher listens."""
    found = answer.found
    tap = f"let a relay stand before it: zinspector tap LISTEN={answer.endpoint}, or Ctrl+K in the window"
    remedy = ""
    match answer.state, found.socket_type:
        case "zmtp", "PUB" | "XPUB":
            reason = ""
        case "zmtp", None if found.mechanism in (None, "NULL"):
            reason = "it does not tell its socket type: if it is no PUB or XPUB, nothing will come"
        case "zmtp", None:
            reason, remedy = f"{found.mechanism} lets nobody in without a password or keys, and a spy has none", tap
        case "zmtp", kind:
            reason, remedy = f"a {kind} listens there, no PUB or XPUB, so a spy hears nothing", tap
        case "silent", _:
            reason = "who listens there says nothing: perhaps no ZeroMQ, so don't expect much"
        case "other", _:
            looks = f", but looks like {found.protocol}" if found.protocol else ""
            reason = f"this is not ZeroMQ{looks}: nothing will come"
        case _:
            reason = f"{answer.text}; the spy goes on trying"
    return reason, remedy


async def _converse(link: socket.socket, timeout_s: float) -> Found:
    loop = asyncio.get_running_loop()
    probing = Probing()
    end = loop.time() + timeout_s
    while not probing.done:
        left = end - loop.time()
        try:
            async with asyncio.timeout(min(LISTEN_S, left)):
                data = await loop.sock_recv(link, READ_SIZE)
        except TimeoutError:
            if left <= LISTEN_S:
                probing.ended(closed=False)
            else:
                await _say(link, probing.quiet())
            continue
        except OSError:  # reset
            data = b""
        if not data:
            probing.ended(closed=True)
        else:
            await _say(link, probing.received(data))
    return probing.found


async def _say(link: socket.socket, data: bytes) -> None:
    if data:
        with suppress(OSError):  # it hung up: the next read tells
            await asyncio.get_running_loop().sock_sendall(link, data)


async def _connected(endpoint: Endpoint) -> socket.socket:
    missed = _MissedError("unresolvable", "its name has no address")
    for family, address in await _places(endpoint):
        link = socket.socket(family, socket.SOCK_STREAM)
        try:
            link.setblocking(False)
            await asyncio.get_running_loop().sock_connect(link, address)
        except OSError as error:
            link.close()
            missed = _why(error)
        except BaseException:
            link.close()
            raise
        else:
            return link
    raise missed


async def _places(endpoint: Endpoint) -> list[Place]:
    """Where to connect to, in order. Raises _MissedError."""
    if endpoint.transport == "ipc":
        path = endpoint.path
        return [(socket.AF_UNIX, "\0" + path[1:] if path.startswith("@") else path)]
    try:
        address = ipaddress.ip_address(endpoint.host)
    except ValueError:
        pass
    else:
        return [(socket.AF_INET6 if address.version == 6 else socket.AF_INET, (endpoint.host, endpoint.port))]
    loop = asyncio.get_running_loop()
    try:
        every = await loop.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:  # the latter: no name at all, such as a label of 64 letters
        why = getattr(error, "strerror", None) or "no name looks so"
        raise _MissedError("unresolvable", f"the name can't be resolved: {why}") from None
    return [(family, address) for family, _, _, _, address in every]


def _why(error: OSError) -> _MissedError:
    if error.errno in _REFUSED:
        return _MissedError("refused", _REFUSED[error.errno])
    return _MissedError("unreachable", os.strerror(error.errno).lower() if error.errno else str(error))
