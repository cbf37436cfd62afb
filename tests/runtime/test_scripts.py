"""Scripts: asked for first, answered by, reported when they fail, and never in the way."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.helpers.drawn import generate, link, rows, running, sock
from tests.helpers.leaks import threads
from tests.helpers.waiting import wait_here_until, wait_until
from zinspector.runtime import script_thread, scripts
from zinspector.runtime.session import Session
from zinspector.topology.document import AnyNode, Behaviour, Link, SocketType

ANSWER = "async def on_message(frames, send):\n    await send([b'got', *frames])\n"


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A script that does not return is told of soon."""
    for module in (scripts, script_thread):
        monkeypatch.setattr(module, "LIMIT_S", 0.3)
    monkeypatch.setattr(scripts, "LOOK_S", 0.1)


async def yes(_path: str, _source: bytes) -> bool:
    return True


def pair(
    tmp_path: Path, text: str, kinds: tuple[SocketType, SocketType] = ("DEALER", "PAIR")
) -> tuple[AnyNode | Link, ...]:
    (tmp_path / "s.py").write_text(text)
    asks = generate("m{{n}}", rate=50)
    return (
        sock("asks", kinds[0], asks),
        sock("answers", kinds[1], Behaviour("script", script="s.py")),
        link("asks", "answers"),
    )


def texts(session: Session) -> str:
    return " ".join(finding.text for finding in session.findings())


@pytest.mark.parametrize("kinds", [("PAIR", "PAIR"), ("REQ", "REP")])
def test_a_script_answers(tmp_path: Path, kinds: tuple[SocketType, SocketType]) -> None:
    async def main() -> None:
        async with running(*pair(tmp_path, ANSWER, kinds), base=tmp_path, allow_script=yes) as session:
            await wait_until(lambda: len(rows(session, "asks", direction="in")) >= 3)
            assert rows(session, "asks", direction="in")[2].frames == (b"got", b"m3")
            assert session.findings() == []

    asyncio.run(main())
    wait_here_until(lambda: len(threads()) == 1)  # `stop` tells the thread to end, and does not wait


@pytest.mark.parametrize("answer", [False, None])
def test_nothing_runs_without_consent(tmp_path: Path, answer: bool | None) -> None:
    async def no(_path: str, _source: bytes) -> bool:
        return False

    async def main() -> None:
        text = f"import pathlib\npathlib.Path({str(tmp_path / 'ran')!r}).touch()\n{ANSWER}"
        ask = None if answer is None else no
        async with running(*pair(tmp_path, text, ("PAIR", "PAIR")), base=tmp_path, allow_script=ask) as session:
            await wait_until(lambda: "not allowed" in texts(session))

    asyncio.run(main())
    assert not (tmp_path / "ran").exists()


def test_consent_is_remembered_for_the_same_content_only(tmp_path: Path) -> None:
    asked: list[str] = []

    async def ask(path: str, _source: bytes) -> bool:
        asked.append(path)
        return True

    async def main() -> None:
        consents = scripts.Consents(ask)
        for source in (b"a", b"a", b"b"):
            assert await consents.allow(tmp_path / "s.py", source)

    asyncio.run(main())
    assert asked == [str(tmp_path / "s.py")] * 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "async def on_message(frames, send):\n    x = 1\n    raise KeyError('boo')\n",
            "s.py, line 3: KeyError: 'boo'",
        ),
        ("async def on_message(frames, send)\n    pass\n", "s.py, line 1: expected ':'"),
        ("import no_such_module_\n", "s.py, line 1: ModuleNotFoundError"),
        ("raise SystemExit\n", "s.py, line 1: SystemExit"),
        ("async def on_message(frames, send):\n    raise SystemExit\n", "s.py, line 2: SystemExit"),
        ("def on_message(frames, send):\n    pass\n", "has no `async def on_message"),
        ("async def on_message(frames, send):\n    await send('text')\n", "s.py, line 2: TypeError"),
        (
            "import asyncio\nasync def on_message(f, s):\n    await asyncio.sleep(10_000)\n",
            "has not returned for 0.3 s",
        ),
        ("async def on_message(frames, send):\n    while True: pass\n", "has not returned for"),
    ],
)
@pytest.mark.usefixtures("soon")
def test_a_faulty_script_is_reported_and_the_rest_runs(tmp_path: Path, text: str, words: str) -> None:
    async def main() -> None:
        items = (
            *pair(tmp_path, text, ("PAIR", "PAIR")),
            sock("a", "PUSH", generate(rate=200)),
            sock("b", "PULL"),
            link("a", "b"),
        )
        async with running(*items, base=tmp_path, allow_script=yes) as session:
            await wait_until(lambda: words in texts(session))
            seen = session.counters().nodes["b"].received
            await wait_until(lambda: session.counters().nodes["b"].received > seen + 10)
            await session.close()  # the script does not hold it up
        await wait_until(lambda: len(threads()) == 1)

    asyncio.run(main())


def test_a_missing_script_is_a_finding(tmp_path: Path) -> None:
    async def main() -> None:
        node = sock("a", "PAIR", Behaviour("script", script="gone.py"))
        async with running(node, base=tmp_path, allow_script=yes) as session:
            await wait_until(lambda: "the script gone.py isn't there" in texts(session))

    asyncio.run(main())


def test_a_script_may_send_through_another_node(tmp_path: Path) -> None:
    async def main() -> None:
        (tmp_path / "s.py").write_text("async def on_message(frames, send):\n    send([frames[0].upper()])\n")
        items = (
            sock("feed", "PUSH", generate("m{{n}}", count=3)),
            sock("worker", "PULL", Behaviour("script", script="s.py", to="out")),
            sock("out", "PUSH"),
            sock("end", "PULL"),
        )
        async with running(
            *items, link("feed", "worker"), link("out", "end"), base=tmp_path, allow_script=yes
        ) as session:
            await wait_until(lambda: session.counters().nodes["end"].received == 3)
            assert [row.frames[0] for row in rows(session, "end")] == [b"M1", b"M2", b"M3"]

    asyncio.run(main())


def test_a_script_that_may_not_run_lets_its_messages_through(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(*pair(tmp_path, ANSWER, ("PAIR", "PAIR")), base=tmp_path) as session:
            await wait_until(lambda: session.counters().nodes["answers"].received > 1)
            await wait_until(lambda: "not allowed" in texts(session))

    asyncio.run(main())
