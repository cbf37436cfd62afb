"""Plugins that can't be imported are states with a reason that names the place; nothing else suffers."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from zinspector.decode import loader
from zinspector.decode.loader import PluginState, load_entry_points, load_folder

GOOD = """
from zinspector.decode.api import Decoded
class Shout:
    name = "shout"
    def match(self, data, context): return -1.0
    def decode(self, data, context): return Decoded("shout", data.decode().upper())
API = 1
DECODERS = [Shout]
"""


def load_one(folder: Path, text: str, name: str = "one.py") -> PluginState:
    (folder / name).write_text(text)
    (state,) = load_folder(folder, "user")
    return state


def test_a_file_and_a_package_are_plugins(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text(GOOD)
    package = tmp_path / "two"
    package.mkdir()
    (package / "inner.py").write_text(GOOD)
    (package / "__init__.py").write_text("from .inner import API, DECODERS")
    (tmp_path / "_private.py").write_text("1/0")
    (tmp_path / "notes.txt").write_text("no plugin")
    (tmp_path / "folder").mkdir()
    states = list(load_folder(tmp_path, "user"))
    assert [(state.name, state.state, state.source) for state in states] == [
        ("one", "ready", "user"),
        ("two", "ready", "user"),
    ]
    assert states[0].decoder_names == ("shout",)


def test_a_folder_that_is_not_there_has_no_plugins(tmp_path: Path) -> None:
    assert list(load_folder(tmp_path / "nowhere", "user")) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("API = 1\ndef broken(:\n", "SyntaxError: invalid syntax (one.py, line 2)"),
        ("import nothing_of_that_name", "ModuleNotFoundError: No module named 'nothing_of_that_name' (one.py, line 1)"),
        ("\n\n1 / 0", "ZeroDivisionError: division by zero (one.py, line 3)"),
        ("import sys\nsys.exit(3)", "SystemExit: 3 (one.py, line 2)"),
        ("class Odd(BaseException): pass\nraise Odd('x')", "Odd: x (one.py, line 2)"),
        ("class Bad(Exception):\n  def __str__(self): raise ValueError\nraise Bad", "Bad (one.py, line 3)"),
        ("def f(): f()\nf()", "RecursionError"),
        ("x = 1", "it says API = None; this zinspector speaks API = 1"),
        ("API = 2\nDECODERS = []", "it says API = 2; this zinspector speaks API = 1"),
        ("API = 1", "it has no DECODERS = [...]"),
        ("API = 1\nDECODERS = []", "it has no DECODERS = [...]"),
        ("API = 1\nDECODERS = [int]", "<class 'int'> is no decoder class: it needs name, match() and decode()"),
        ("API = 1\nDECODERS = ['x']", "'x' is no decoder class"),
        ("from zinspector.decode.api import DecodeError\nraise DecodeError('early')", "DecodeError: early"),
    ],
)
def test_a_broken_plugin_says_what_and_where(tmp_path: Path, text: str, reason: str) -> None:
    state = load_one(tmp_path, text)
    assert (state.state, state.decoders) == ("failed", ())
    assert state.reason.startswith(reason)
    assert not [name for name in sys.modules if name.startswith("zinspector_plugin_user_one")]


def test_bytes_that_are_no_python(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_bytes(b"\x00\xff\xfe binary")
    (state,) = load_folder(tmp_path, "user")
    assert state.state == "failed"


def test_a_failed_package_leaves_no_modules(tmp_path: Path) -> None:
    package = tmp_path / "pack-age"
    package.mkdir()
    (package / "part.py").write_text("x = 1")
    (package / "__init__.py").write_text("from . import part\n1 / 0")
    (state,) = load_folder(tmp_path, "user")
    assert state.reason.startswith("ZeroDivisionError")
    assert not [name for name in sys.modules if "pack_age" in name]


def test_a_plugin_called_like_a_library_hides_nothing(tmp_path: Path) -> None:
    import json

    assert load_one(tmp_path, GOOD, "json.py").state == "ready"
    assert sys.modules["json"] is json


def test_installed_plugins_come_from_entry_points(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "zt_good_plugin.py").write_text(GOOD)
    monkeypatch.syspath_prepend(tmp_path)
    points = [
        EntryPoint("good", "zt_good_plugin", "zinspector.decoders"),
        EntryPoint("bad", "zt_no_such_plugin", "zinspector.decoders"),
    ]
    monkeypatch.setattr(loader, "entry_points", lambda group: points)
    good, bad = load_entry_points()
    assert (good.state, good.decoder_names, good.source) == ("ready", ("shout",), "installed")
    assert (bad.state, bad.reason) == ("failed", "ModuleNotFoundError: No module named 'zt_no_such_plugin'")
