"""Settings are remembered, and a damaged file is never a reason not to start."""

from __future__ import annotations

from pathlib import Path

import pytest

from zinspector import settings
from zinspector.settings import Settings


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ZINSPECTOR_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_settings_come_back_as_they_were_saved() -> None:
    saved = Settings(theme="light", snap=False, recent=["/a"], trusted_scripts={"/s.py": "ab"})
    saved.save()
    assert settings.load() == saved


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"format": "zinspector-settings", "version": 99}', '{"format": "other", "version": 1}'],
)
def test_a_damaged_file_gives_defaults(home: Path, text: str) -> None:
    home.mkdir()
    (home / "settings.json").write_text(text)
    assert settings.load() == Settings()


def test_a_value_of_the_wrong_type_gives_its_default(home: Path) -> None:
    home.mkdir()
    (home / "settings.json").write_text('{"format": "zinspector-settings", "version": 1, "theme": 3, "recent": ["/x"]}')
    assert settings.load() == Settings(recent=["/x"])


def test_the_newest_file_is_first_and_the_list_is_bounded(tmp_path: Path) -> None:
    known = Settings()
    for number in range(15):
        known.opened(tmp_path / str(number))
    known.opened(tmp_path / "14")
    assert len(known.recent) == settings.RECENT_FILES
    assert known.recent[0].endswith("14")
    assert known.recent[1].endswith("13")
