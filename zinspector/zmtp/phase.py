"""The life of one side of a connection.

| phase     | reads                                    | goes on with                                                 |
|---|---|---|
| GREETING  | greeting.py                              | IDENTITY (1.0, 2.0), HANDSHAKE (3.x), DEAF (not ZMTP)        |
| IDENTITY  | one frame                                | TRAFFIC                                                      |
| HANDSHAKE | frames, by mechanism: handshake.py       | TRAFFIC                                                      |
| TRAFFIC   | frames: traffic.py, runs.py              | TRAFFIC; DEAF after a header that nobody can mean            |
| LOST      | nothing, until resync.py has proof       | TRAFFIC                                                      |
| DEAF      | nothing                                  | DEAF                                                         |
"""

from __future__ import annotations

from enum import Enum, auto


class Phase(Enum):
    """Where in its life a side is."""

    GREETING = auto()
    IDENTITY = auto()
    HANDSHAKE = auto()
    TRAFFIC = auto()
    LOST = auto()
    DEAF = auto()
