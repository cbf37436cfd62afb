"""The command line: in this process, which costs no start of Python; and as users have it, a process of its own."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from tests.helpers.waiting import PATIENCE_S, wait_here_until
from zinspector.cli import run
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


def zinspector(*arguments: str | Path, cwd: Path | None = None, **env: str) -> Done:
    """Run a command line to its end in this process. No traceback may reach the user, whatever is asked."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    with contextlib.ExitStack() as around:
        around.enter_context(contextlib.redirect_stdout(out))
        around.enter_context(contextlib.redirect_stderr(err))
        around.enter_context(contextlib.chdir(cwd or Path.cwd()))
        around.enter_context(mock.patch.dict(os.environ, env))
        code = run([str(argument) for argument in arguments])
    said = [str(each.buffer.getvalue(), "utf-8").replace("\r\n", "\n") for each in (out, err)]
    return _without_traceback(Done(arguments, code, *said))


def zinspector_process(*arguments: str | Path, cwd: Path | None = None, **env: str | None) -> Done:
    """The same in a process of its own: where its start, its descriptors or its end are what is tested."""
    done = subprocess.run(
        command(*arguments),
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment(**env),
        timeout=PATIENCE_S,
        check=False,
    )
    return _without_traceback(done)


def _without_traceback(done: Done) -> Done:
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


def closed(process: subprocess.Popen[str]) -> None:
    """Wait until a run that has begun closed its sockets: libzmq's threads are gone then."""

    def is_closed() -> bool:
        with contextlib.suppress(OSError):  # a thread that went while we looked
            names = Path(f"/proc/{process.pid}/task").glob("*/comm")
            return not any("ZMQbg" in name.read_text() for name in names)
        return False

    wait_here_until(is_closed)


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
