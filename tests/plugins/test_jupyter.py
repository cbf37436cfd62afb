"""Jupyter's messages on one line: the kind and the content, whatever stands before; and nothing of others."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zinspector.decode.api import Context
from zinspector.decode.registry import Registry
from zinspector.decode.rules import Rule

HEADER = json.dumps({"msg_id": "5f0c_1", "session": "5f0c", "msg_type": "execute_request"}).encode()
WORDS = (b"<IDS|MSG>", b"c0ffee", HEADER, b"{}", b"{}")


class Seen:
    """A message as a context needs it."""

    topic = node = link = from_type = to_type = None

    def __init__(self, *frames: bytes) -> None:
        self.frames = frames


def line(registry: Registry, *frames: bytes) -> str:
    return registry.line(Seen(*frames), 0)


@pytest.mark.parametrize("before", [(), (b"\x00k\x8bEg",), (b"id", b"another")])
@pytest.mark.parametrize("buffers", [(), (b"\x01" * 100, b"")])
def test_the_kind_and_the_content(registry: Registry, before: tuple[bytes, ...], buffers: tuple[bytes, ...]) -> None:
    content = json.dumps({"code": "1 + 1\n", "silent": False}).encode()
    told = line(registry, *before, *WORDS, content, *buffers)
    assert told == f"execute_request {content.decode()}"


def test_a_large_content_is_cut(registry: Registry) -> None:
    assert len(line(registry, *WORDS, b'{"data": "' + "é".encode() * 100_000 + b'"}')) < 2100


@pytest.mark.parametrize(
    "frames",
    [
        WORDS,
        (b"<IDS|MSG>",),
        (*WORDS[:2], b"no json", b"{}", b"{}", b"{}"),
        (*WORDS[:2], b"[" * 100_000, b"{}", b"{}", b"{}"),
        (*WORDS[:2], b"[]", b"{}", b"{}", b"{}"),
        (*WORDS[:2], b'{"msg_type": 7}', b"{}", b"{}", b"{}"),
        (b"weather.london", b"{}"),
        (),
    ],
)
def test_what_is_none_of_them_has_no_line(registry: Registry, frames: tuple[bytes, ...]) -> None:
    assert line(registry, *frames) == ""


@given(frames=st.lists(st.binary(max_size=12) | st.sampled_from([*WORDS]), max_size=9))
def test_any_frames_are_survived(registry: Registry, frames: list[bytes]) -> None:
    line(registry, *frames)
    assert next(one for one in registry.plugins if one.name == "jupyter").state == "ready"


def test_the_separator_alone_is_its_frame(registry: Registry) -> None:
    assert registry.decode(b"<IDS|MSG>", Context()).decoder == "jupyter"
    assert registry.decode(b"{}", Context()).decoder == "json"
    told = registry.decode(b"{}", Context(), [Rule.parse("*=jupyter")])
    assert (told.decoder, told.notes) == ("json", ("jupyter: not <IDS|MSG>; the frames behind it are JSON",))
