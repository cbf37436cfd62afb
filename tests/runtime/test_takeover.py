"""Taking over a live ipc path (P19): clients notice nothing, and the path is given back, however it ends."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import zmq

from tests.helpers.tapped import Tapped, hold, tapped
from tests.helpers.waiting import wait_until
from zinspector.errors import SocketError
from zinspector.runtime import takeover
from zinspector.runtime.takeover import Takeover, restore, restore_forgotten
from zinspector.topology.document import Document


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


@contextmanager
def served(path: Path) -> Iterator[zmq.Context[zmq.Socket[bytes]]]:
    """A REP that echoes at this path; the context for clients."""
    with zmq.Context() as context, context.socket(zmq.REP) as server:
        server.bind(f"ipc://{path}")
        server.setsockopt(zmq.LINGER, 0)
        loop = asyncio.get_running_loop()

        def answer() -> None:
            while server.poll(0):
                server.send(server.recv())

        loop.add_reader(server.fileno(), answer)
        timer = Ticking(answer)
        try:
            yield context
        finally:
            timer.stop()
            loop.remove_reader(server.fileno())
            server.close()
            path.unlink(missing_ok=True)  # libzmq leaves it


class Ticking:
    """Calls something every few milliseconds: a descriptor of libzmq tells only once."""

    def __init__(self, call: Any) -> None:
        self._call = call
        self._tick()

    def _tick(self) -> None:
        self._call()
        self._timer = asyncio.get_running_loop().call_later(0.005, self._tick)

    def stop(self) -> None:
        self._timer.cancel()


async def asked(context: zmq.Context[zmq.Socket[bytes]], path: Path, question: bytes) -> bytes:
    """The answer that a new client gets at this path."""

    def ask() -> bytes:
        with context.socket(zmq.REQ) as client:
            client.setsockopt(zmq.LINGER, 0)
            client.setsockopt(zmq.RCVTIMEO, 60_000)
            client.connect(f"ipc://{path}")
            client.send(question)
            return client.recv()

    return await asyncio.to_thread(ask)


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def errors(taps: Tapped) -> list[str]:
    return [finding.text for finding in taps.session.findings() if finding.severity == "error"]


def test_a_live_path_is_taken_over_and_given_back(tmp_path: Path) -> None:
    async def main() -> None:
        path = tmp_path / "feed"
        with served(path) as context:
            inode = path.stat().st_ino
            async with tapped() as taps:
                assert await taps.relay("tap", f"ipc://{path}", f"ipc://{path}") == f"ipc://{path}"
                assert path.stat().st_ino != inode
                assert await asked(context, path, b"through") == b"through"
                await wait_until(lambda: len(taps.rows("tap")) == 2)
                opened = taps.rows("tap", "event")[0]
                assert str(os.getpid()).encode() in opened.frames[1]  # the kernel tells whose unix socket it is
            assert path.stat().st_ino == inode
            assert names(tmp_path) == ["feed"]
            assert await asked(context, path, b"direct") == b"direct"

    run(main())


def test_a_worker_that_was_killed_gives_the_path_back_when_it_starts_again(tmp_path: Path) -> None:
    async def main() -> None:
        path = tmp_path / "feed"
        with served(path) as context:
            inode = path.stat().st_ino
            async with tapped() as taps:
                await taps.relay("tap", f"ipc://{path}", f"ipc://{path}")
                os.kill(taps.worker, signal.SIGKILL)
                await wait_until(lambda: taps.session.findings())
                await wait_until(lambda: taps.session.states()["tap"].addresses != ())
                assert await asked(context, path, b"again") == b"again"
                await wait_until(lambda: len(taps.rows("tap")) == 2)
                os.kill(taps.worker, signal.SIGKILL)
            restore_forgotten()
            assert path.stat().st_ino == inode
            assert names(tmp_path) == ["feed"]

    run(main())


def test_a_program_that_comes_back_to_its_path_is_taken_over_again(tmp_path: Path) -> None:
    async def main() -> None:
        path = tmp_path / "feed"
        async with tapped() as taps:
            with served(path):
                await taps.relay("tap", f"ipc://{path}", f"ipc://{path}")
            hold(taps.worker)
            with served(path) as context:  # libzmq binds it anew, and does not ask
                theirs = path.stat().st_ino
                os.kill(taps.worker, signal.SIGCONT)
                await wait_until(lambda: path.exists() and path.stat().st_ino != theirs)
                assert await asked(context, path, b"back") == b"back"
                await wait_until(lambda: len(taps.rows("tap")) == 2)
                await taps.session.apply(Document())
                assert path.stat().st_ino == theirs
                assert names(tmp_path) == ["feed"]

    run(main())


def test_a_program_that_has_gone_leaves_nothing_to_give_back(tmp_path: Path) -> None:
    async def main() -> None:
        path = tmp_path / "feed"
        async with tapped() as taps:
            with served(path):
                await taps.relay("tap", f"ipc://{path}", f"ipc://{path}")
                assert len(names(tmp_path)) == 3
        assert names(tmp_path) == []

    run(main())


def test_p19_live_paths_are_refused_stale_ones_replaced_and_long_ones_explained(tmp_path: Path) -> None:
    async def main() -> None:
        live, stale, new = tmp_path / "live", tmp_path / "stale", tmp_path / "new"
        plain = tmp_path / "plain"
        plain.write_text("no socket")
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(str(stale))
        with served(live) as context:
            async with tapped() as taps:
                for name, listen in (
                    ("live", f"ipc://{live}"),
                    ("plain", f"ipc://{plain}"),
                    ("long", f"ipc://{tmp_path}/{'x' * 108}"),
                    ("nobody", f"ipc://{tmp_path}/none"),
                ):
                    target = listen if name == "nobody" else f"ipc://{live}"
                    with pytest.raises(ValueError, match="unpack"):
                        await taps.relay(name, target if name != "live" else "ipc:///x", listen)
                texts = " ".join(errors(taps))
                assert "steal its clients" in texts
                assert "is there and is no socket" in texts
                assert "at most 107 bytes" in texts
                assert "nobody serves this path" in texts
                for name, place in (("a", stale), ("b", new)):
                    await taps.relay(name, f"ipc://{live}", f"ipc://{place}")
                    assert await asked(context, place, b"hello") == b"hello"
            assert names(tmp_path) == ["live", "plain"]

    run(main())


def test_what_stands_in_a_note_is_not_believed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("keep")
    note = tmp_path / ".feed.zinspector"
    for text in ("", "{", "[]", f'{{"path": "{victim}", "moved": "{victim}"}}', '{"path": 1, "moved": 2}'):
        note.write_text(text)
        assert restore(note)
        assert names(tmp_path) == ["victim"]
    with pytest.raises(FileNotFoundError):
        restore(note)


def test_two_relays_can_not_take_over_one_path(tmp_path: Path) -> None:
    async def main() -> None:
        path = tmp_path / "feed"
        with served(path):
            first, second = Takeover(path, lambda: None), Takeover(path, lambda: None)
            first.begin()
            with pytest.raises(SocketError, match="another zinspector"):
                second.begin()
            first.end()
            second.end()
            assert names(tmp_path) == ["feed"]
            assert list(takeover._list_folder().glob("*")) == []

    run(main())


def test_a_note_that_can_not_be_read_is_told(tmp_path: Path) -> None:
    async def main() -> None:
        path = tmp_path / "s"
        (tmp_path / ".s.zinspector").mkdir()
        with served(path), pytest.raises(SocketError, match="its note"):
            Takeover(path, lambda: None).begin()

    run(main())


def test_connections_outlive_a_relay_that_is_no_longer_drawn_and_a_session_that_is_stopped(tmp_path: Path) -> None:
    async def main() -> None:
        path = tmp_path / "feed"
        with served(path) as context:
            inode = path.stat().st_ino
            async with tapped() as taps:
                await taps.relay("tap", f"ipc://{path}", f"ipc://{path}")
                with context.socket(zmq.REQ) as client:
                    client.setsockopt(zmq.LINGER, 0)
                    client.setsockopt(zmq.RCVTIMEO, 60_000)
                    client.connect(f"ipc://{path}")

                    def ask() -> bytes:
                        client.send(b"on")
                        return client.recv()

                    assert await asyncio.to_thread(ask) == b"on"
                    worker = taps.worker
                    await taps.session.apply(Document())
                    assert path.stat().st_ino == inode
                    assert await asyncio.to_thread(ask) == b"on"
                    assert taps.events("tap") == ["OPENED", "CLOSED"]
                    assert len(taps.rows("tap")) == 2
                    await taps.session.close()
                    assert await asyncio.to_thread(ask) == b"on"
                    lingering = taps.session.lingering
                    assert lingering is not None
                    assert lingering.connections == 1
                    assert Path(f"/proc/{worker}").exists()
                await asyncio.to_thread(lingering.wait)
                assert not Path(f"/proc/{worker}").exists()

    run(main())
