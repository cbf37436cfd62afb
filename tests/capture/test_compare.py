"""Replies compared with what was recorded: what may differ."""

from __future__ import annotations

import json

import pytest

from zinspector.capture.compare import Comparison, Ignored
from zinspector.errors import UserError

SIGNED = (b"<IDS|MSG>", b"5f0c", json.dumps({"date": 1, "status": "ok"}).encode())


def reply(signature: bytes, date: int, status: str) -> tuple[bytes, ...]:
    return (b"<IDS|MSG>", signature, json.dumps({"status": status, "date": date}).encode())


def differs(new: tuple[bytes, ...], *ignored: str) -> str:
    return Comparison(map(Ignored.parse, ignored)).differs(SIGNED, new)


def test_a_whole_frame_may_differ() -> None:
    assert differs(reply(b"77aa", 2, "ok"), "frames[1]", "json.date") == ""
    assert "77aa" in differs(reply(b"77aa", 2, "ok"), "json.date")


def test_what_else_differs_is_told_without_that_frame() -> None:
    told = differs(reply(b"77aa", 2, "error"), "frames[1]", "json.date")
    assert '-    "status": "ok"' in told.splitlines()
    assert '+    "status": "error"' in told.splitlines()
    assert not {"5f0c", "77aa"} & set(told.split())


def test_frames_count_from_the_end_too() -> None:
    assert differs(reply(b"77aa", 2, "ok"), "frames[-2]", "frames[-1].json.date") == ""
    assert differs(reply(b"77aa", 2, "ok"), "frames[-1]", "frames[-2].json.date") != ""


def test_a_frame_that_is_missing_differs_although_it_is_ignored() -> None:
    assert differs(SIGNED[:2], "frames[2]") != ""


@pytest.mark.parametrize("text", ["topic", "frames", "frames.count", "frames[1].size", "frames[1].hex", "size > 3"])
def test_only_json_and_frames_can_be_ignored(text: str) -> None:
    with pytest.raises(UserError, match=r"neither a path into JSON nor a frame .*frames\[1\]"):
        Ignored.parse(text)
