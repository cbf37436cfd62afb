"""A relay: listens, and joins each client to a connection of its own to the target. It never touches a byte.

Rules:
- 127.0.0.1 or whatever address is asked for, nothing else. The listening socket has SO_REUSEADDR as libzmq's has, so
  a port that was served a moment ago can be served again.
- Out of file descriptors (EMFILE, ENFILE) or of memory, for a client or for its connection to the target: the clients
  that wait are taken in with a descriptor kept in reserve, and reset; then nobody is accepted for a quarter of a
  second, so that a full table costs no CPU.
- Circuits end by themselves; closing the relay closes what is left and frees its address. A relay that leaves frees its
  address, too, and lets its circuits go on.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from zinspector.errors import SocketError, UserError
from zinspector.runtime.addresses import Place, immediate, name_of, places, relayed
from zinspector.runtime.circuit import SHORTAGES, Circuit, Watcher, prepare
from zinspector.runtime.pacing import pace_nothing
from zinspector.runtime.transports import AddressInUseError, prepare_bind
from zinspector.tasks import spawn
from zinspector.topology.endpoints import Endpoint

BACKLOG = 4096
ACCEPTS = 64
PAUSE_S = 0.25
REMEDIES = {
    errno.EADDRNOTAVAIL: "listen on an address of this machine, such as 127.0.0.1",
    errno.EACCES: "choose a port from 1024, or a folder that you may write to",
    errno.ENOENT: "make the folder, or choose another path",
}


class Relay:
    """One listening address and its circuits."""

    def __init__(
        self, listen: str, target: str, watcher: Watcher, numbers: Callable[[], int], shortage: Callable[[str], None]
    ) -> None:
        """`numbers` numbers connections. `shortage` is told why nobody can be accepted. Raises EndpointError."""
        self.listen, self.target = relayed(listen), relayed(target)
        self.circuits: set[Circuit] = set()
        self._watcher = watcher
        self._numbers = numbers
        self._shortage = shortage
        self._loop = asyncio.get_running_loop()
        self._listener: socket.socket | None = None
        self._reserve: int | None = None
        self._file: tuple[str, int] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._places = immediate(self.target)

    async def open(self) -> str:
        """Listen; returns the address. Raises EndpointError, SocketError."""
        place = (await places(self.listen))[0]
        prepare_bind(self.listen.text)
        self._listen_at(place)
        assert self._listener is not None, "it listens"
        return f"{self.listen.scheme}{name_of(self._listener.getsockname(), place.family)}"

    def rebind(self) -> None:
        """Listen at the same ipc path again, after it was taken from us. Raises SocketError."""
        place = immediate(self.listen)
        assert place is not None, "a path needs no look-up"
        self._stop_listening()
        self._listen_at(place[0])

    def _listen_at(self, place: Place) -> None:
        try:
            if self._reserve is None:
                self._reserve = os.open(os.devnull, os.O_RDONLY)
            listener = self._listener = socket.socket(place.family, socket.SOCK_STREAM)
            listener.setblocking(False)
            if place.family != socket.AF_UNIX:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if place.family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            pace_nothing(listener, place)
            listener.bind(place.address)
            listener.listen(BACKLOG)
        except OSError as error:
            self.close()
            raise _cannot_listen(self.listen, error) from None
        if place.family == socket.AF_UNIX and isinstance(place.address, str):
            self._file = place.address, Path(place.address).stat().st_ino
        self._loop.add_reader(listener.fileno(), self._acceptable)

    def close(self) -> None:
        """Close the circuits and give the address back."""
        self.leave()
        for circuit in tuple(self.circuits):
            circuit.close()

    def leave(self) -> None:
        """Give the address back; the circuits go on."""
        if self._timer is not None:
            self._timer.cancel()
        self._stop_listening()
        if self._reserve is not None:
            os.close(self._reserve)
            self._reserve = None

    def _stop_listening(self) -> None:
        if self._listener is not None:
            self._loop.remove_reader(self._listener.fileno())
            self._listener.close()
            self._listener = None
        if self._file is not None:
            name, inode = self._file
            self._file = None
            with suppress(OSError):  # gone, or somebody else's by now
                if Path(name).stat().st_ino == inode:
                    Path(name).unlink()

    def _acceptable(self) -> None:
        assert self._listener is not None, "its socket told"
        for _ in range(ACCEPTS):
            try:
                client, _address = self._listener.accept()
            except (BlockingIOError, ConnectionAbortedError, InterruptedError):
                return
            except OSError as error:
                if error.errno not in SHORTAGES:
                    raise
                self._short(error)
                return
            shortage = self._join(client)
            if shortage is not None:
                self._short(shortage)
                return

    def _join(self, client: socket.socket) -> OSError | None:
        """Connect a client to the target; returns what this machine has not enough of for that."""
        client.setblocking(False)
        circuit = Circuit(self._numbers(), client, self._watcher, self.circuits.discard)
        self.circuits.add(circuit)
        with suppress(OSError):  # it left already
            prepare(client)
        if self._places is not None:
            circuit.connect(self._places)
        else:
            spawn(self._look_up(circuit), f"look up {self.target.host}")
        return circuit.shortage

    async def _look_up(self, circuit: Circuit) -> None:
        try:
            found: list[Place] = await places(self.target)
        except UserError as error:
            if not circuit.closed:
                circuit.refuse(error.text)
            return
        if not circuit.closed:
            circuit.connect(found)
        if circuit.shortage is not None and self._listener is not None:
            self._short(circuit.shortage)

    def _short(self, error: OSError) -> None:
        """Reset those who wait, tell, and rest."""
        assert self._listener is not None, "it could not accept"
        if self._reserve is not None:
            os.close(self._reserve)
            self._reserve = None
        with suppress(OSError):
            for _ in range(ACCEPTS):
                client, _address = self._listener.accept()
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                client.close()
        with suppress(OSError):
            self._reserve = os.open(os.devnull, os.O_RDONLY)
        self._shortage(os.strerror(error.errno or 0))
        self._loop.remove_reader(self._listener.fileno())
        self._timer = self._loop.call_later(PAUSE_S, self._rested)

    def _rested(self) -> None:
        if self._listener is not None:
            self._loop.add_reader(self._listener.fileno(), self._acceptable)


def _cannot_listen(endpoint: Endpoint, error: OSError) -> SocketError:
    if error.errno == errno.EADDRINUSE:
        remedy = "choose another address (or * for a free port), or stop the other program"
        return AddressInUseError(
            f"can't listen on {endpoint}: the address is in use", where=endpoint.text, remedy=remedy
        )
    remedy = REMEDIES.get(error.errno or 0, "")
    return SocketError(f"can't listen on {endpoint}: {error.strerror}", where=endpoint.text, remedy=remedy)
