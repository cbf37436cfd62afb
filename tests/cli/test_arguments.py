"""The parser: help with examples, versions, and complaints in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.command_line import topology, zinspector_process
from zinspector import __version__
from zinspector.cli import run

VERBS = ("open", "demo", "run", "send", "check", "plugins")


def test_version() -> None:
    done = zinspector_process("--version")
    assert (done.returncode, done.stdout) == (0, f"zinspector {__version__}\n")


def test_help_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    told = capsys.readouterr().out
    assert all(f"  {verb} " in told for verb in VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_help_has_examples(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([verb, "--help"]) == 0
    assert f"examples:\n  zinspector {verb}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["fly"], "zinspector: argument VERB: invalid choice: 'fly'"),
        (["run"], "zinspector: run: the following arguments are required: TOPOLOGY (see zinspector run --help)"),
        (["run", "x", "--for", "soon"], "zinspector: run: argument --for: expected a number of seconds above 0"),
        (["run", "x", "--for", "-1"], "zinspector: run: argument --for: expected a number of seconds above 0"),
        (["send", "PUSH", "hello"], "zinspector: send: one of the arguments --bind --connect is required"),
        (["run", "x", "-c", "3"], "zinspector: run: unrecognized arguments: -c 3 (see zinspector run --help)"),
        (["--fly"], "zinspector: unrecognized arguments: --fly (see zinspector --help)"),
        (["check", "/no/such/file"], "zinspector: /no/such/file: No such file or directory"),
        (["run", "/no/such/file"], "zinspector: /no/such/file: No such file or directory"),
        (["open", "/no/such/file"], "zinspector: /no/such/file: no such file"),
    ],
)
def test_bad_use(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 2
    heard = capsys.readouterr()
    assert heard.out == ""
    assert heard.err.startswith(told)
    assert heard.err.count("\n") == 1


def test_a_file_instead_of_a_verb(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a b.pcap"
    file.write_bytes(b"")
    assert run([str(file)]) == 2
    assert capsys.readouterr().err == (
        f"zinspector: {file} is a file, and no verb: zinspector open '{file}' (see zinspector --help)\n"
    )


def test_a_bug_is_told_without_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("ZINSPECTOR_DEBUG", raising=False)
    monkeypatch.setattr("zinspector.cli.check.line", None)  # a bug, as good as any
    path = topology(tmp_path, {"id": "deaf", "type": "SUB", "connect": ["tcp://127.0.0.1:5556"]})
    assert run(["check", str(path)]) == 2
    assert capsys.readouterr().err.startswith("zinspector: unexpected error, please report it: TypeError")
