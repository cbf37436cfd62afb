"""Schema files: `.proto` and descriptor sets, imports, changes, and files that no schema can be read from."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers.protos import descriptor_set
from zinspector.decode.api import Context, Decoded
from zinspector.decode.registry import Registry
from zinspector.decode.rules import Rule
from zinspector.errors import PluginError
from zinspector.shipped import shipped

HERE = Context()
ONE = 'syntax = "proto3"; package p; message M { int32 %s = 1; }'
Decode = Callable[[Path, str], Decoded]


@pytest.fixture
def decode(registry: Registry) -> Decode:
    def by_schema(path: Path, message: str = "p.M", data: bytes = b"\x08\x05") -> Decoded:
        options = f"{path}, {message}" if message else str(path)
        return registry.decode(data, HERE, [Rule.parse(f"*=protobuf({options})")])

    return by_schema


def write(path: Path, text: str, *, later: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    stamp = time.time_ns() + later
    os.utime(path, ns=(stamp, stamp))
    return path


def test_the_only_message_of_a_file_need_not_be_named(decode: Decode, tmp_path: Path) -> None:
    assert decode(write(tmp_path / "a.proto", ONE % "x"), "").summary == "p.M { x: 5 }"


def test_a_descriptor_set_is_a_schema(decode: Decode, tmp_path: Path) -> None:
    for suffix in ("desc", "protoset", "binpb", "pb"):
        path = tmp_path / f"set.{suffix}"
        path.write_bytes(descriptor_set(write(tmp_path / "a.proto", ONE % "x")))
        assert decode(path, "").summary == "p.M { x: 5 }"


def test_a_changed_file_is_compiled_again(decode: Decode, tmp_path: Path) -> None:
    path = write(tmp_path / "a.proto", ONE % "before")
    assert decode(path).summary == "p.M { before: 5 }"
    write(path, ONE % "after", later=10_000_000)
    assert decode(path).summary == "p.M { after: 5 }"
    write(path, "broken", later=20_000_000)
    broken = decode(path)
    assert broken.notes[0].startswith("protobuf: a.proto:1:1: ")
    write(path, ONE % "mended", later=30_000_000)
    assert decode(path).summary == "p.M { mended: 5 }"
    path.unlink()
    assert "No such file" in decode(path).notes[0]


def test_a_changed_import_is_noticed(decode: Decode, tmp_path: Path) -> None:
    write(tmp_path / "inner.proto", 'syntax = "proto3"; package p; message I { int32 a = 1; }')
    text = 'syntax = "proto3"; package p; import "inner.proto"; message M { I i = 1; }'
    path = write(tmp_path / "outer.proto", text)
    assert decode(path, "p.M", b"\x0a\x02\x08\x05").summary == "p.M { i { a: 5 } }"
    write(tmp_path / "inner.proto", 'syntax = "proto3"; package p; message I { int32 b = 1; }', later=10_000_000)
    assert decode(path, "p.M", b"\x0a\x02\x08\x05").summary == "p.M { i { b: 5 } }"


def test_imports_may_start_at_a_folder_above(decode: Decode, tmp_path: Path) -> None:
    write(tmp_path / "acme/types.proto", 'syntax = "proto3"; package acme; message T { int32 a = 1; }')
    text = 'syntax = "proto3"; package p; import "acme/types.proto"; message M { acme.T t = 1; }'
    assert (
        decode(write(tmp_path / "acme/api/m.proto", text), "p.M", b"\x0a\x02\x08\x05").summary == "p.M { t { a: 5 } }"
    )


def test_two_schemas_with_the_same_names(decode: Decode, tmp_path: Path) -> None:
    one, two = write(tmp_path / "1/a.proto", ONE % "one"), write(tmp_path / "2/a.proto", ONE % "two")
    assert [decode(path).summary for path in (one, two, one)] == ["p.M { one: 5 }", "p.M { two: 5 }", "p.M { one: 5 }"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("garbage {", "a.proto:1:1: "),
        ("", "a.proto has no message p.M; it has none"),
        ('syntax = "proto3"; import "a.proto"; message M {}', "recursively imports itself"),
        ('syntax = "proto3"; import "../b.proto"; message M {}', "a.proto"),
        ('syntax = "proto3"; import "missing.proto"; message M {}', "missing.proto"),
        ('syntax = "proto3"; message A {} message A {}', '"A" is already defined'),
        ('syntax = "proto3"; package q; message A {} message B {}', "a.proto has no message p.M; it has q.A, q.B"),
        ("\0\xff\x1b[31m", "a.proto"),
    ],
)
def test_a_file_that_is_no_schema(decode: Decode, tmp_path: Path, text: str, said: str) -> None:
    decoded = decode(write(tmp_path / "a.proto", text))
    assert said in decoded.notes[0]
    assert str(tmp_path) not in decoded.notes[0]


def test_which_message_must_be_said_if_there_are_several(registry: Registry, tmp_path: Path) -> None:
    path = write(tmp_path / "a.proto", 'syntax = "proto3"; message A {} message B {}')
    with pytest.raises(PluginError, match=r"say which message of a\.proto it is: A, B"):
        registry.decoder("protobuf", [str(path)])


def test_other_files_that_are_no_schema(decode: Decode, tmp_path: Path) -> None:
    (tmp_path / "set.desc").write_bytes(b"\xff" * 50)
    assert "set.desc: not a descriptor set" in decode(tmp_path / "set.desc").notes[0]
    (tmp_path / "empty.desc").write_bytes(b"")
    assert "a descriptor set without a file" in decode(tmp_path / "empty.desc").notes[0]
    assert "No such file" in decode(tmp_path / "none.proto").notes[0]
    (tmp_path / "folder.proto").mkdir()
    assert "Is a directory" in decode(tmp_path / "folder.proto").notes[0]
    write(tmp_path / "big.proto", "//" + "x" * (11 << 20))
    assert "a schema of more than 10 MiB" in decode(tmp_path / "big.proto").notes[0]


def test_a_broken_schema_is_not_compiled_for_every_frame(decode: Decode, tmp_path: Path) -> None:
    path = write(tmp_path / "a.proto", "broken")
    started = time.process_time()
    decode(path)
    once = time.process_time() - started
    for _ in range(100):
        decode(path)
    assert time.process_time() - started < 50 * once


def test_the_shipped_schema_is_sound(decode: Decode) -> None:
    assert decode(shipped("resources/schemas/quotes.proto"), "", b"\x0a\x01A").summary == 'market.Quote { symbol: "A" }'
