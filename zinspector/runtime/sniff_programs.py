"""Programs that may capture packets where we may not: which is there, how it is asked, what its complaints mean.

dumpcap comes with Wireshark. Debian installs it for the group `wireshark` only, or for root; file capabilities
(`setcap`) are what gives it the right to capture. tcpdump is run as it is.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from zinspector.errors import UserError

PLACES = (
    *("/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/opt/homebrew/bin"),
    "/Applications/Wireshark.app/Contents/MacOS",
)
BUFFER_MIB = 64
INSTALL = (
    "install dumpcap (Debian, Ubuntu: `sudo apt install wireshark-common`; Fedora: `sudo dnf install wireshark-cli`; "
    "Arch: `sudo pacman -S wireshark-cli`; macOS: `brew install wireshark`), or tcpdump"
)


class SniffError(UserError):
    """Packets can't be captured, and what to do about it."""


@dataclass(frozen=True)
class Program:
    """A program that captures packets to its standard output."""

    name: str
    path: str

    def command(self, interface: str, ports: Sequence[int]) -> list[str]:
        """Its command line."""
        wanted = " or ".join(f"port {port}" for port in ports)
        rule = f"tcp and ({wanted})" if wanted else "tcp"
        if self.name == "dumpcap":
            return [self.path, "-q", "-i", interface, "-B", str(BUFFER_MIB), "-f", rule, "-w", "-"]
        return [self.path, "-U", "-n", "-i", interface, "-B", str(BUFFER_MIB << 10), "-w", "-", rule]


def program() -> Program:
    """The program to use. Raises SniffError when there is none that may be run."""
    forbidden = None
    for name in ("dumpcap", "tcpdump"):
        path = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), *PLACES]))
        if path is not None:
            return Program(name, path)
        forbidden = forbidden or next((place for each in PLACES if _there(place := f"{each}/{name}")), None)
    if forbidden is not None:
        raise SniffError("you may not run it", where=forbidden, remedy=_join(forbidden))
    raise SniffError("there is no program that can capture packets", where="dumpcap", remedy=INSTALL)


def explain(chosen: Program, interface: str, told: str) -> SniffError:
    """What a program's complaint means, and the remedy."""
    lowered = told.lower()
    if "permission" in lowered or "not permitted" in lowered:
        return SniffError(f"{chosen.name} may not capture on this interface", where=interface, remedy=_allow(chosen))
    if any(words in lowered for words in ("no such device", "doesn't exist", "does not exist", "no interface")):
        return SniffError("there is no such interface", where=interface, remedy=f"there are: {', '.join(interfaces())}")
    lines = [line.strip() for line in told.splitlines() if line.strip() and not line.startswith("Capturing on")]
    return SniffError(f"{chosen.name}: {lines[0] if lines else 'ended without a word'}", where=interface)


def interfaces() -> list[str]:
    """The names of network interfaces of this host, and what captures on all of them."""
    folder = Path("/sys/class/net")
    names = sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []
    return [*names, "any"] if sys.platform == "linux" else names or ["lo0"]


def _there(path: str) -> bool:
    try:
        return Path(path).exists()
    except PermissionError:
        return True


def _join(path: str) -> str:
    """How to be allowed to run dumpcap, by the group it belongs to."""
    user = os.environ.get("USER") or "$USER"
    try:
        import grp

        group = grp.getgrgid(Path(path).stat().st_gid).gr_name
    except (ImportError, KeyError, OSError):
        group = "wireshark"
    if group in ("root", "wheel"):
        return f"`sudo dpkg-reconfigure wireshark-common`, answer yes, then `sudo usermod -aG wireshark {user}`"
    return f"`sudo usermod -aG {group} {user}`, then log out and in again"


def _allow(chosen: Program) -> str:
    if sys.platform == "darwin":
        return "install Wireshark's ChmodBPF, or run with sudo"
    return f"`sudo setcap cap_net_raw,cap_net_admin+eip {chosen.path}`"
