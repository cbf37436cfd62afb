"""Socket and context options by their libzmq names: what there is, what a value means, and setting them.

A value from a topology file is a number or a text. Numbers serve int, int64 and bool options (a bool is 0 or 1).
Texts serve bytes options, as UTF-8, or as binary after `hex:`; a CURVE key is 40 characters of Z85 or 64 hex digits.
Everything that is wrong with a name or a value is an OptionError that names the option and says what would do;
so is an option that this libzmq was built without.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import zmq

from zinspector.errors import OptionError
from zinspector.runtime.option_table import CONTEXT_TABLE, TABLE
from zinspector.topology.document import OptionValue

OptionType = Literal["int", "int64", "bool", "bytes", "key"]
TYPES: tuple[OptionType, ...] = ("int", "int64", "bool", "bytes", "key")
BITS = {"int": 31, "int64": 63}


@dataclass(frozen=True)
class Option:
    """One option of libzmq. `sockets` empty means every type; `live` takes effect on connections that exist."""

    name: str
    number: int
    type: OptionType
    unit: str
    default: OptionValue | None
    sockets: frozenset[str]
    doc: str
    read_only: bool = False
    readable: bool = True
    live: bool = False
    managed: bool = False
    needs: str = ""

    @property
    def available(self) -> bool:
        """Whether this libzmq has it."""
        return not self.needs or (has_draft() if self.needs == "draft" else bool(zmq.has(self.needs)))

    def serves(self, socket_type: str) -> bool:
        """Whether a socket of that type has it."""
        return not self.sockets or socket_type in self.sockets


def has_draft() -> bool:
    """Whether libzmq and pyzmq were both built with the draft API; stock wheels abort when asked to use it."""
    return bool(zmq.has("draft")) and zmq.DRAFT_API


def convert(option: Option, value: OptionValue) -> int | bytes:
    """The value as libzmq takes it. Raises OptionError."""
    if option.type in ("bytes", "key"):
        return _binary(option, value)
    if option.type == "bool":
        if value in (0, 1) and not isinstance(value, str):
            return int(value)
        raise OptionError(f"{option.name} is 0 or 1, not {value!r}")
    if isinstance(value, (str, bool)):
        unit = f" of {option.unit}" if option.unit else ""
        raise OptionError(f"{option.name} is a whole number{unit}, not {value!r}")
    if not -(2 ** BITS[option.type]) <= value < 2 ** BITS[option.type]:
        raise OptionError(f"{value} is too large for {option.name}", remedy=f"it holds {BITS[option.type]} bits")
    return value


def find(name: str, socket_type: str) -> Option:
    """The option called `name` that a node of that type may set on this libzmq. Raises OptionError."""
    option = OPTIONS.get(name)
    if option is None:
        near = difflib.get_close_matches(name.upper(), OPTIONS, n=3, cutoff=0.7)
        raise OptionError(f"libzmq has no option {name!r}", remedy=f"did you mean {' or '.join(near)}?" if near else "")
    if option.read_only:
        raise OptionError(f"{name} can only be read")
    if option.managed:
        raise OptionError(f"{name} is not set as an option", remedy="use the node's subscriptions")
    if not option.serves(socket_type):
        raise OptionError(f"{name} is for {', '.join(sorted(option.sockets))} sockets, not for {socket_type}")
    if not option.available:
        raise OptionError(
            f"{name} needs a libzmq with {option.needs}, which this one ({zmq.zmq_version()}) was built without",
            remedy=f"remove it, or install a pyzmq whose libzmq has {option.needs}",
        )
    return option


def apply_options(socket: zmq.Socket[bytes], socket_type: str, options: Mapping[str, OptionValue]) -> None:
    """Set options on an open socket. Raises OptionError for the first that can't be set."""
    for name, value in options.items():
        option = find(name, socket_type)
        try:
            socket.setsockopt(option.number, convert(option, value))
        except zmq.ZMQError as error:
            raise OptionError(f"libzmq refuses {name} = {value!r}: {error.strerror}", remedy=option.doc) from error


def apply_context_options(context: zmq.Context[zmq.Socket[bytes]], options: Mapping[str, int]) -> None:
    """Set options on a context that has no socket yet. Raises OptionError for the first that can't be set."""
    for name, value in options.items():
        option = CONTEXT_OPTIONS.get(name)
        if option is None or option.read_only:
            raise OptionError(f"libzmq has no context option {name!r} that can be set")
        number = convert(option, value)
        assert isinstance(number, int), "context options are numbers"
        try:
            context.set(option.number, number)
        except zmq.ZMQError as error:
            raise OptionError(f"libzmq refuses {name} = {value!r}: {error.strerror}") from error


def _binary(option: Option, value: OptionValue) -> bytes:
    if not isinstance(value, str):
        raise OptionError(f"{option.name} is a text, not {value!r}")
    is_hex = value.startswith("hex:") if option.type == "bytes" else len(value) == 64
    try:
        data = bytes.fromhex(value.removeprefix("hex:")) if is_hex else value.encode()
    except ValueError as error:
        raise OptionError(f"{option.name}: {value!r} is not hexadecimal") from error
    if option.type == "key" and len(data) not in (32, 40):
        raise OptionError(f"{option.name} is a key of 40 characters (Z85) or 64 hex digits, not {len(value)}")
    return data


def _parse(line: str) -> Option:
    name, number, kind, unit, default, sockets, marks, doc = line.split("|")
    flags = marks.split()
    (option_type,) = (known for known in TYPES if known == kind)
    return Option(
        name=name,
        number=int(number),
        type=option_type,
        unit=unit,
        default=int(default) if default else None,
        sockets=frozenset(sockets.split()),
        doc=doc.strip(),
        read_only="r" in flags,
        readable="w" not in flags,
        live="n" in flags,
        managed="i" in flags,
        needs=next((flag[1:] for flag in flags if flag.startswith("+")), ""),
    )


def _table(text: str) -> dict[str, Option]:
    return {option.name: option for option in map(_parse, text.strip().splitlines())}


OPTIONS = _table(TABLE)
CONTEXT_OPTIONS = _table(CONTEXT_TABLE)
