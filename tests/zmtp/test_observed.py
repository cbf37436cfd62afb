"""What a real ROUTER of libzmq 4.3.5 did with 24 inputs: from the bytes alone, we say the same.

In two cases libzmq closed before it told its own half, so the wire couldn't show why; there it is added, as a peer that
waits its turn would have seen it.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.helpers import zmtp
from tests.helpers.places import SHARED
from zinspector.zmtp.anomalies import libzmq
from zinspector.zmtp.connection import Connection
from zinspector.zmtp.events import Command, Event, Message, NotZmtp, Side, Stopped

FILE = SHARED / "vectors/libzmq-4.3.5-router-observed.json"
VECTORS: dict[str, Any] = json.loads(FILE.read_text()) if FILE.exists() else {"cases": [], "handshake_sent": []}
HALF = zmtp.greeting()
ROUTER_READY = zmtp.ready(b"ROUTER", Identity=b"")
PROTOCOL, AUTH = "HANDSHAKE_FAILED_PROTOCOL", "HANDSHAKE_FAILED_AUTH"
pytestmark = pytest.mark.skipif(not VECTORS["cases"], reason="../shared/vectors is not here")

SILENT = {"socket-type-mismatch"}
"""libzmq closes on these without an event of the handshake."""


def steps(case: dict[str, Any]) -> list[tuple[Side, bytes]]:
    """The bytes of both sides, in an order in which they could have been."""
    sent = bytes.fromhex(case["peer_sends"])
    if case["after_handshake"]:
        first, second = map(bytes.fromhex, VECTORS["handshake_sent"])
        return [("connect", first), ("bind", HALF), ("connect", second), ("bind", ROUTER_READY), ("connect", sent)]
    answered = bytes.fromhex(case["libzmq_replies"])
    if answered == HALF[:10] and case["closed_by_libzmq"]:
        return [("bind", HALF), ("connect", sent), ("bind", ROUTER_READY)]
    return [("bind", answered[:10]), ("connect", sent[:11]), ("bind", answered[10:]), ("connect", sent[11:])]


def monitor(events: list[Event], connection: Connection, after: bool) -> list[list[Any]]:
    """What libzmq's monitor would tell of these events."""
    told: list[list[Any]] = [] if after else [["ACCEPTED", None]]
    codes = [anomaly.code for event in events for anomaly in event.anomalies]
    fatal = [code for code in codes if libzmq(code) == "closes"]
    refused = [anomaly.text for event in events for anomaly in event.anomalies if anomaly.code == "error"]
    if refused:
        told.append([AUTH, int(refused[0].rpartition(" ")[2])])
    elif fatal and not after and fatal[0] not in SILENT:
        told.append([PROTOCOL, 0x11000002 if fatal[0] == "mechanism-mismatch" else 0x10000001])
    elif not fatal and not after and connection.version is not None and connection.version >= (3, 0):
        told.append(["HANDSHAKE_SUCCEEDED", 0])
    return [*told, ["DISCONNECTED", None]] if fatal else told


def delivered(events: list[Event]) -> list[list[str]]:
    """What the application would receive."""
    found = []
    for event in events:
        codes = {anomaly.code for anomaly in event.anomalies}
        if isinstance(event, Message) and event.complete and not any(libzmq(code) == "closes" for code in codes):
            found.append([frame.hex() for frame in event.frames])
        elif isinstance(event, Command) and any(libzmq(code) == "delivers" for code in codes):
            body = bytes((len(event.name),)) + event.name.encode() + event.data
            found.append([body.hex()])
    return found


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_the_verdict_is_that_of_libzmq(case: dict[str, Any]) -> None:
    connection = Connection()
    found = zmtp.told(connection, steps(case))
    events = found["connect"] + found["bind"]
    assert monitor(events, connection, case["after_handshake"]) == case["monitor_events"]
    assert delivered(found["connect"]) == case["app_received"]
    closes = any(libzmq(code) == "closes" for code in zmtp.codes(events))
    assert closes == case["closed_by_libzmq"]


EXPECTED = {
    "http_get": {"not HTTP"},
    "mechanism_mismatch": {"mechanism-mismatch"},
    "version_4_0": {"unknown-version"},
    "bad_peer_SUB": {"socket-type-mismatch"},
    "unknown_handshake_command": {"unexpected-command"},
    "zmtp2_dealer": set(),
    "zmtp1_unversioned": set(),
    "error_400": {"error"},
    "pipelined_message_before_peer_READY": {"message-before-peer-ready"},
    "reserved_flag_bits_f8": {"reserved-flags"},
    "reserved+long_fa": {"reserved-flags", "long-form"},
    "empty_command_frame": {"empty-command"},
    "command_MORE_flag_05": {"more-on-command", "short-ping"},
    "command_name_len_>_body": {"malformed-command"},
    "unknown_command": {"unknown-command"},
    "PING_ctx_40": {"long-ping-context"},
    "unsolicited_PONG": set(),
    "SUBSCRIBE_cmd_to_ROUTER": {"subscribe-to-non-publisher"},
    "frame_2^63": {"impossible-size", "stopped"},
    "frame_2^63-1": {"oversize-frame", "stopped"},
    "frame_2^64-1": {"impossible-size", "stopped"},
    "long_form_for_2_bytes": {"long-form"},
    "two_READY": {"late-command"},
    "ERROR_after_ready": {"late-command"},
}


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_the_deviation_is_named(case: dict[str, Any]) -> None:
    found = zmtp.told(Connection(), steps(case))
    events = found["connect"] + found["bind"]
    named = {*zmtp.codes(events)}
    named |= {"stopped" for event in events if isinstance(event, Stopped)}
    named |= {f"not {event.protocol}" for event in events if isinstance(event, NotZmtp)}
    assert named == EXPECTED[case["name"]]
