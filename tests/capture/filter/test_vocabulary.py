"""Words have codes that stay, and there is a limit to how many share one vocabulary."""

from __future__ import annotations

import pyarrow as pa
import pytest

from zinspector.capture.filter import vocabulary
from zinspector.capture.filter.vocabulary import Vocabulary


def views(*words: bytes) -> pa.Array:
    return pa.array(words, pa.binary_view())


def codes(known: Vocabulary, *words: bytes) -> list[int] | None:
    found = known.codes(views(*words))
    return None if found is None else found.tolist()


def test_codes_stay_when_words_are_added() -> None:
    known = Vocabulary()
    assert codes(known, b"a", b"weather.stations.london") == [1, 2]
    before = known.texts
    assert codes(known, b"a") == [1]
    assert known.texts is before, "nothing was added"
    assert codes(known, b"\xff", b"a", b"") == [3, 1, 4]
    assert known.words.to_pylist() == [None, b"a", b"weather.stations.london", b"\xff", b""]
    assert known.texts.to_pylist() == [None, "a", "weather.stations.london", None, ""]


def test_it_may_begin_with_words() -> None:
    known = Vocabulary(views(b"a", b"\xff", b"b").slice(1))
    assert (known.words.to_pylist(), known.texts.to_pylist()) == ([None, b"\xff", b"b"], [None, None, "b"])
    assert (len(known), codes(known, b"b", b"c")) == (3, [2, 3])


@pytest.mark.parametrize(("limit", "value"), [("MOST", 4), ("MOST_BYTES", 1000)])
def test_what_has_no_room_is_not_added(limit: str, value: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vocabulary, limit, value)
    known = Vocabulary()
    assert codes(known, b"a", b"b") == [1, 2]
    assert codes(known, *(b"%d" % n * 100 for n in range(9))) is None
    assert known.words.to_pylist() == [None, b"a", b"b"]
    assert codes(known, b"b") == [2]
