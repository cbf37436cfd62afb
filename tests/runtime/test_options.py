"""The option table is that of libzmq, and every refusal says which option and why."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import zmq

from zinspector.errors import OptionError
from zinspector.runtime.options import CONTEXT_OPTIONS, OPTIONS, apply_context_options, apply_options, find

TYPES = ["PUB", "SUB", "XPUB", "XSUB", "PUSH", "PULL", "REQ", "REP", "ROUTER", "DEALER", "PAIR", "STREAM"]
OLD_NAMES = {"HWM", "BLOCKY", "IPV4ONLY"}  # aliases of other options, or of the context


@pytest.fixture
def context() -> Iterator[zmq.Context[zmq.Socket[bytes]]]:
    context = zmq.Context()
    yield context
    context.destroy(linger=0)


def test_every_option_of_libzmq_is_there_under_its_number() -> None:
    theirs = {option.name: int(option) for option in zmq.SocketOption if option.name not in OLD_NAMES}
    assert {name: option.number for name, option in OPTIONS.items()} == theirs


def test_every_context_option_is_there() -> None:
    theirs = {option.name: int(option) for option in zmq.ContextOption}
    assert theirs.items() <= {name: option.number for name, option in CONTEXT_OPTIONS.items()}.items()


@pytest.mark.parametrize("socket_type", TYPES)
def test_the_defaults_are_those_of_libzmq(socket_type: str, context: zmq.Context[zmq.Socket[bytes]]) -> None:
    # libzmq's own LINGER differs from how we close, and by type
    ours = {"LINGER": 0 if "SUB" in socket_type else -1, "ROUTER_MANDATORY": 0}
    unknown = {"FD", "EVENTS", "TYPE", "LAST_ENDPOINT"}
    with context.socket(getattr(zmq, socket_type)) as socket:
        for option in OPTIONS.values():
            if not (option.readable and option.available and option.serves(socket_type)):
                continue
            if option.type in ("bytes", "key") or option.name in unknown:
                continue
            if option.name.startswith("VMCI") or option.needs == "draft":
                continue
            assert socket.getsockopt(option.number) == ours.get(option.name, option.default), option.name


@pytest.mark.parametrize("socket_type", TYPES)
def test_every_available_default_can_be_set(socket_type: str, context: zmq.Context[zmq.Socket[bytes]]) -> None:
    for option in OPTIONS.values():
        if option.name == "HEARTBEAT_TIMEOUT":
            continue  # libzmq refuses its own default, -1
        settable = not option.read_only and not option.managed and option.available
        if settable and option.serves(socket_type) and option.default is not None:
            with context.socket(getattr(zmq, socket_type)) as socket:
                apply_options(socket, socket_type, {option.name: option.default})


@pytest.mark.parametrize(
    ("socket_type", "name", "value", "words"),
    [
        ("PUB", "SNDHMW", 1, "did you mean SNDHWM"),
        ("PUB", "SNDHWM", "many", "whole number of messages, not 'many'"),
        ("PUB", "SNDHWM", 2**40, "too large"),
        ("PUB", "IPV6", 2, "0 or 1"),
        ("PUB", "EVENTS", 1, "only be read"),
        ("SUB", "SUBSCRIBE", "x", "subscriptions"),
        ("PUB", "REQ_RELAXED", 1, "for REQ sockets, not for PUB"),
        ("PUB", "HELLO_MSG", "hi", "with draft"),
        ("DEALER", "ROUTING_ID", "hex:zz", "not hexadecimal"),
        ("DEALER", "ROUTING_ID", 7, "a text"),
        ("DEALER", "ROUTING_ID", "", "refuses ROUTING_ID"),
        ("DEALER", "CURVE_SERVERKEY", "short", "40 characters"),
        ("PUB", "SNDHWM", -5, "refuses SNDHWM = -5"),
    ],
)
def test_a_bad_option_is_explained(
    context: zmq.Context[zmq.Socket[bytes]], socket_type: str, name: str, value: int | str, words: str
) -> None:
    with context.socket(getattr(zmq, socket_type)) as socket, pytest.raises(OptionError) as caught:
        apply_options(socket, socket_type, {name: value})
    assert words in str(caught.value)


def test_texts_and_hex_become_bytes(context: zmq.Context[zmq.Socket[bytes]]) -> None:
    with context.socket(zmq.DEALER) as socket:
        apply_options(socket, "DEALER", {"ROUTING_ID": "hex:0001ff"})
        assert socket.getsockopt(zmq.ROUTING_ID) == b"\x00\x01\xff"
        public, _secret = zmq.curve_keypair()
        apply_options(socket, "DEALER", {"CURVE_SERVERKEY": public.decode()})


def test_context_options(context: zmq.Context[zmq.Socket[bytes]]) -> None:
    apply_context_options(context, {"IO_THREADS": 2})
    assert context.get(zmq.IO_THREADS) == 2
    with pytest.raises(OptionError):
        apply_context_options(context, {"IO_THREAD": 2})
    assert find("SNDHWM", "PUB").live
