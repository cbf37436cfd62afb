"""Versions and abilities of what we run on, for the about box and for the doctor."""

from __future__ import annotations

import platform

import zmq

from zinspector.runtime.options import has_draft
from zinspector.runtime.transports import available


def versions() -> dict[str, str]:
    """Name and version of Python, pyzmq and libzmq."""
    return {"Python": platform.python_version(), "pyzmq": zmq.__version__, "libzmq": zmq.zmq_version()}


def capabilities() -> dict[str, bool]:
    """Transports and security mechanisms, and whether this libzmq has them."""
    return {
        **available(),
        "curve": bool(zmq.has("curve")),
        "gssapi": bool(zmq.has("gssapi")),
        "draft": has_draft(),
    }
