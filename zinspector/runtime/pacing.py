"""What stays on this host is sent as fast as it is taken.

Some congestion controls (bbr is the default of many machines) let a timer send, at the speed that they measured. A
network needs that; over the loopback nothing can be crowded out, and under a hypervisor every timer costs. Measured
through a relay, of direct, by turns (standard error 0.01 to 0.02): 0.94 paced and 1.00 not at 4 KiB, 0.79 and 0.88 at
64 KiB.

A connection that began paced stays paced (bbr_init in net/ipv4/tcp_bbr.c), so it is to be told before: to the socket
that connects, and to the one that listens, whose connections inherit it.
"""

from __future__ import annotations

import ipaddress
import socket
import sys
from contextlib import suppress

from zinspector.runtime.addresses import Place

UNPACED = b"reno"  # every kernel has it, and everybody may ask for it


def pace_nothing(leg: socket.socket, place: Place) -> None:
    """Let the connections of a new socket go unpaced, if `place`, where it connects or listens, is on the loopback."""
    if sys.platform == "linux" and on_loopback(place):
        with suppress(OSError):  # a sandbox may forbid it
            leg.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, UNPACED)


def on_loopback(place: Place) -> bool:
    """Whether connections at this place can't leave the host."""
    if place.family == socket.AF_UNIX:
        return False
    host = str(place.address[0]).partition("%")[0]
    return bool(host) and ipaddress.ip_address(host).is_loopback
