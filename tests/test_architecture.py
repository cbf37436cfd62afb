"""The borders of the design, read from the imports themselves: who may import whom, and what a module may be.

All imports count: at the top, inside functions, and under TYPE_CHECKING. The table is that of the design, section 2.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "zinspector"
MOST_LINES = 400
DRAWERS = {"utils", "util", "helpers", "helper", "misc", "manager", "managers", "common", "tools"}
TOP_LEVEL = {
    *("pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "Makefile", ".gitignore", ".gitattributes"),
    *("zinspector", "plugins", "resources", "tests", "packaging", ".ci", ".github"),
}
QT = {"PySide6", "shiboken6", "pyqtgraph", "qasync"}
PURE = {"zmtp", "topology", "capture", "measure", "decode", "doctor"}


@dataclass(frozen=True)
class Border:
    """What a package may import: parts of zinspector, libraries; and what of the stdlib it must not."""

    ours: frozenset[str]
    libraries: frozenset[str]
    not_stdlib: frozenset[str]


def border(ours: str = "", libraries: str = "", not_stdlib: str = "asyncio") -> Border:
    return Border(frozenset(ours.split()), frozenset(libraries.split()), frozenset(not_stdlib.split()))


ALL_PURE = " ".join(sorted(PURE - {"decode"}))
BORDERS = {
    "zmtp": border("", "numpy", "asyncio socket ssl select selectors threading"),
    "topology": border("storage", "msgspec lark", "asyncio socket threading"),
    "capture": border("zmtp storage", "numpy pyarrow duckdb lark google mcap zstandard lz4", "asyncio socket"),
    "measure": border("capture", "numpy pyarrow", "asyncio socket"),
    "decode": border("", "", "asyncio socket"),
    "doctor": border("topology capture zmtp measure", "numpy pyarrow", "asyncio socket"),
    "runtime": border(f"{ALL_PURE} storage tasks", "zmq numpy pyarrow uvloop", ""),
    "ui": border(
        f"{ALL_PURE} decode runtime storage tasks settings shipped __version__",
        "PySide6 shiboken6 pyqtgraph qasync numpy pyarrow",
        "",
    ),
    "cli": border(
        f"{ALL_PURE} decode runtime storage tasks settings shipped app __version__",
        "numpy pyarrow lark uvloop",
        "",
    ),
}
OPENS_THE_WINDOW = {"cli/window.py"}
"""The modules of the command line that may import `zinspector.app`, and with it Qt."""


def modules(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> set[str]:
    """Absolute dotted names of all that a module imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}:{node.lineno}: relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def ours(names: set[str]) -> set[str]:
    """The parts of zinspector among imported names: `topology`, `errors`, `app` ..."""
    return {name.split(".")[1] for name in names if name.startswith("zinspector.")}


def tops(names: set[str]) -> set[str]:
    """The libraries and stdlib modules among imported names."""
    return {name.partition(".")[0] for name in names} - {"zinspector", "__future__"}


@pytest.mark.parametrize("package", BORDERS)
def test_a_package_keeps_its_border(package: str) -> None:
    border = BORDERS[package]
    wrong = []
    for path in modules(PACKAGE / package):
        names = imports(path)
        top = tops(names)
        foreign = ours(names) - border.ours - {package, "errors"}
        libraries = top - border.libraries - sys.stdlib_module_names
        forbidden = top & border.not_stdlib
        wrong += [f"{name_of(path)} imports {name}" for name in sorted(foreign | libraries | forbidden)]
    assert wrong == []


def test_every_package_is_in_the_table_and_says_what_it_is() -> None:
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert packages == set(BORDERS)
    silent = [
        name_of(path)
        for path in (*PACKAGE.rglob("__init__.py"), *(ROOT / "plugins").glob("*/__init__.py"))
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []


def test_every_module_opens_with_a_docstring() -> None:
    every = [*modules(PACKAGE), *modules(ROOT / "plugins"), *modules(ROOT / "tests")]
    assert [name_of(p) for p in every if not ast.get_docstring(ast.parse(p.read_text(encoding="utf-8")))] == []


def test_plugins_know_only_the_decoder_api() -> None:
    wrong = []
    for path in modules(ROOT / "plugins"):
        names = {
            f"{node.module}"
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.ImportFrom) and node.level == 0
        }
        names |= {
            alias.name
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Import)
            for alias in node.names
        }
        foreign = {name for name in names if name.partition(".")[0] == "zinspector"} - {"zinspector.decode.api"}
        foreign |= {name for name in names if name.partition(".")[0] in {*QT, "zmq", "asyncio"}}
        wrong += [f"{name_of(path)} imports {name}" for name in sorted(foreign)]
    assert wrong == []


def test_only_one_module_of_the_command_line_knows_the_window() -> None:
    knowing = {
        path.relative_to(PACKAGE).as_posix()
        for path in modules(PACKAGE / "cli")
        if "app" in ours(imports(path)) or tops(imports(path)) & QT
    }
    assert knowing <= OPENS_THE_WINDOW


def test_the_command_line_loads_no_qt() -> None:
    code = "import sys, zinspector.cli.run_, zinspector.cli.send; print([m for m in sys.modules if 'PySide' in m])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_modules_at_the_top_of_the_package() -> None:
    allowed = {
        "errors": set(),
        "shipped": set(),
        "__init__": set(),
        "tasks": set(),
        "storage": {"errors"},
        "settings": {"errors", "storage"},
        "__main__": {"cli"},
    }
    found = {path.stem: ours(imports(path)) for path in PACKAGE.glob("*.py")}
    assert set(found) == {*allowed, "app"}
    assert {name: found[name] - may for name, may in allowed.items() if found[name] - may} == {}


def test_no_module_is_too_long_or_a_drawer() -> None:
    every = [*modules(PACKAGE), *modules(ROOT / "plugins")]
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in every}
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}
    assert [name_of(path) for path in every if DRAWERS & {path.stem, path.parent.name}] == []


def test_the_top_of_the_repository() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    assert {line.partition("/")[0] for line in listed.stdout.splitlines()} - TOP_LEVEL == set()
