"""Where the addresses of a drawing are: what wildcards became, and what is left of addresses that were given back.

A port that we gave back a moment ago is not free at once, nor does the file of an ipc address go at once: libzmq closes
listeners in its own thread, and tells nobody.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from time import monotonic

from zinspector.runtime import transports
from zinspector.runtime.commands import Address

FREE_AGAIN_S = 1.0
FREE_AGAIN_STEP_S = 0.01


class Places:
    """The addresses that are bound, and what they became, such as `tcp://127.0.0.1:40123` for `tcp://127.0.0.1:*`."""

    def __init__(self) -> None:
        self._bound: dict[Address, str] = {}
        self._given_back: set[str] = set()
        self._leftover: set[str] = set()
        self._folder: Path | None = None

    def __iter__(self) -> Iterator[str]:
        return iter(self._bound.values())

    def bound(self, address: Address) -> str | None:
        """What an address became; None while nobody has bound it."""
        return self._bound.get(address)

    def resolved(self, address: Address) -> str | None:
        """What to connect to, to reach an address; None while only its binder could tell and has not bound it."""
        if address.binder is None or address in self._bound:
            return self._bound.get(address, address.text)
        return None if "*" in address.text else address.text

    def of(self, keys: Iterable[str]) -> tuple[str, ...]:
        """Where the sockets with these keys listen."""
        wanted = set(keys)
        return tuple(text for address, text in self._bound.items() if address.binder in wanted)

    def gave_back(self, text: str) -> bool:
        """Whether one of our sockets was bound there and isn't any more; its port is free soon, not at once."""
        return text in self._given_back

    def private_ipc(self, name: str) -> str:
        """An ipc address that nobody uses, in a folder of ours."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="zinspector-"))
        return transports.free_ipc(self._folder, name)

    def take(self, address: Address, text: str) -> None:
        """An address was bound, and became this."""
        self._bound[address] = text

    def forget(self, address: Address) -> None:
        """An address is of no interest any more."""
        self._bound.pop(address, None)

    def give_back(self, address: Address) -> None:
        """A socket no longer listens there."""
        text = self._bound.pop(address)
        self._given_back |= {address.text, text}
        if text.startswith("ipc://"):
            self._leftover.add(text)

    def give_back_all(self, key: str) -> None:
        """A socket was closed."""
        for address in [address for address in self._bound if address.binder == key]:
            self.give_back(address)

    async def sweep(self) -> None:
        """Remove the files of ipc addresses that were given back, as soon as libzmq has closed them."""
        until = monotonic() + FREE_AGAIN_S
        while not self._sweep() and monotonic() < until:  # noqa: ASYNC110  # nobody tells when a listener is closed
            await asyncio.sleep(FREE_AGAIN_STEP_S)

    def close(self) -> None:
        """Remove all files that are left; to be called when the context is closed."""
        self._sweep()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _sweep(self) -> bool:
        self._leftover -= set(self)
        self._leftover -= {text for text in self._leftover if transports.clean_up(text)}
        return not self._leftover
