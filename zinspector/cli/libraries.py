"""Which system libraries Qt needs that are not here, by the names of their Debian packages.

Wheels of Qt bring Qt itself, not what every desktop has. Without them the import fails with the first name only, or,
for those of the X11 platform plugin, the process is aborted. `python -m zinspector.cli.libraries` prints the packages
that are missing for drawing offscreen.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Mapping

from zinspector.errors import UserError

ALWAYS = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
}
X11 = {
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}
WAYLAND = {"libwayland-client.so.0": "libwayland-client0", "libwayland-cursor.so.0": "libwayland-cursor0"}
OF_DISPLAY = {"x11": X11, "wayland": WAYLAND}


def missing(libraries: Mapping[str, str]) -> dict[str, str]:
    """Those of `libraries` (file name to package) that can't be loaded."""
    return {name: package for name, package in libraries.items() if not _loads(name)}


def require(display: str | None) -> None:
    """Raise UserError with the line that installs what Qt needs on `display` and does not find."""
    if not sys.platform.startswith("linux"):
        return
    lacking = missing({**ALWAYS, **OF_DISPLAY.get(display or "", {})})
    if lacking:
        raise UserError(
            f"the window needs system libraries that are not here: {', '.join(lacking)}",
            remedy=f"sudo apt install {' '.join(lacking.values())}",
        )


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    print(*missing(ALWAYS).values())
