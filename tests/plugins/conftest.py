"""The shipped plugins, through the door that everyone uses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers.protos import EVERYTHING, OLD
from zinspector.decode.api import Context, Decoded
from zinspector.decode.registry import Registry
from zinspector.decode.rules import Rule
from zinspector.shipped import shipped


@pytest.fixture(scope="session")
def registry() -> Registry:
    return Registry.load(shipped("plugins"))


@pytest.fixture(scope="session")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `everything.proto` and `old.proto`."""
    folder = tmp_path_factory.mktemp("schemas")
    (folder / "everything.proto").write_text(EVERYTHING)
    (folder / "old.proto").write_text(OLD)
    return folder


Decode = Callable[[bytes, str], Decoded]


@pytest.fixture(scope="session")
def decode(registry: Registry, schemas: Path) -> Decode:
    """Decode by a rule's right side, such as `protobuf(everything.proto, test.Everything)`."""

    def by_rule(data: bytes, decoder: str) -> Decoded:
        return registry.decode(data, Context(), [Rule.parse(f"*={decoder}", schemas)])

    return by_rule
