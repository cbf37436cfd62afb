"""Several files as one capture: those of a rotation, in the order in which they were recorded.

What tells the order is the number of a file's first row (see `store`): each file has to begin behind the one before it.
Rows that are in none of them are told, and no gap in the numbers; and so is a file that notes another recording.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from zinspector.capture.files import load_store
from zinspector.capture.progress import Progress
from zinspector.capture.store import Store
from zinspector.errors import FileError

IN_ORDER = "name the files of one recording in the order of their numbers"
MERGED = "packet captures can be joined with mergecap"


def load_stores(paths: Sequence[Path], progress: Progress | None = None) -> Store:
    """A store with the rows of all these files, which are at least one. Raises FileError; `progress` as in `files`.

    Of the connections that were open before, the first file tells.
    """
    store = load_store(paths[0], _part(progress, 0, len(paths)))
    if not paths[1:]:
        return store
    store.remarks = _named(paths[0], store.remarks)
    end, recording = store.next_n, store.recording
    for place, path in enumerate(paths[1:], 1):
        following = load_store(path, _part(progress, place, len(paths)))
        if following.retained:
            if store.retained:
                gap = _gap(paths[:place], end, path, following.first_n)
                apart = recording and following.recording and recording != following.recording
                store.remarks += _of_another(paths[place - 1], path) if apart else gap
            end, recording = following.next_n, following.recording
        store.remarks += _named(path, following.remarks)
        store.extend(following)
    return store


def _gap(joined: Sequence[Path], end: int, path: Path, first: int) -> list[str]:
    """What to say of rows that are missing before a file. Raises FileError where it isn't later."""
    before = joined[-1]
    if first < end:
        text = f"does not follow {before.name}: it begins with row {first:,}, and that ends with row {end - 1:,}"
        raise FileError(text, where=str(path), remedy=f"{_apart(joined, path)}; {MERGED}")
    if first == end:
        return []
    missing = f"row {end:,} is" if first == end + 1 else f"rows {end:,} to {first - 1:,} are"
    return [f"{missing} missing between {before.name} and {path.name}: later ones count on without them"]


def _of_another(before: Path, path: Path) -> list[str]:
    what = "one number may stand for two connections, so better read them apart"
    return [f"{path.name} is of another recording than {before.name}: {what}"]


def _apart(joined: Sequence[Path], path: Path) -> str:
    """What to name instead. Who records twice under one name has both recordings under numbers that go on."""
    first, last = joined[0].name, joined[-1].name
    if path.name <= last:
        return IN_ORDER
    these = first if first == last else f"{first} to {last}"
    return f"another recording begins with it: name only {these}, or only {path.name} and what follows it"


def _named(path: Path, remarks: list[str]) -> list[str]:
    return [f"{path.name}: {text}" for text in remarks]


def _part(progress: Progress | None, place: int, count: int) -> Progress | None:
    """The progress of one of several files, as a share of all."""
    return None if progress is None else lambda share: progress((place + share) / count)
