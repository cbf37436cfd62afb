"""The command line as users have it: a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from zinspector.shipped import shipped

Done = subprocess.CompletedProcess[str]
WEATHER = shipped("resources/samples/weather.zin.json")


def command(*arguments: str | Path) -> list[str]:
    """The command line, with warnings as errors."""
    return [sys.executable, "-W", "error", "-m", "zinspector", *map(str, arguments)]


def environment(**changes: str | None) -> dict[str, str]:
    """Ours, with changes; None removes a variable."""
    merged = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2]), **changes}
    return {name: value for name, value in merged.items() if value is not None}


def zinspector(*arguments: str | Path, cwd: Path | None = None, timeout: float = 40, **env: str | None) -> Done:
    """Run a command line to its end. No traceback may reach the user, whatever is asked."""
    done = subprocess.run(
        command(*arguments),
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment(**env),
        timeout=timeout,
        check=False,
    )
    assert "Traceback" not in done.stdout + done.stderr
    return done


@contextmanager
def started(*arguments: str | Path, cwd: Path | None = None) -> Iterator[subprocess.Popen[str]]:
    """A command line that goes on; it is killed in the end if it did not end by itself."""
    process = subprocess.Popen(
        command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=cwd, env=environment()
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def topology(folder: Path, *nodes: dict[str, Any], links: tuple[dict[str, Any], ...] = (), **fields: Any) -> Path:
    """A topology file of these nodes, sockets unless they say otherwise."""
    path = folder / "drawn.zin.json"
    record = {
        "format": "zinspector-topology",
        "version": 1,
        "name": "Drawn",
        "nodes": [{"kind": "socket", **node} for node in nodes],
        "links": list(links),
        **fields,
    }
    path.write_text(json.dumps(record))
    return path


def pair(folder: Path, sends: dict[str, Any], receives: dict[str, Any], **fields: Any) -> Path:
    """A topology of two sockets, `from` and `to`, with the link `l` between them."""
    return topology(
        folder,
        {"id": "from", **sends},
        {"id": "to", **receives},
        links=({"id": "l", "from": "from", "to": "to"},),
        **fields,
    )
