"""Protobuf schemas and messages for tests, compiled apart from the plugin's own code."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import grpc_tools
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

EVERYTHING = """
syntax = "proto3";
package test;
import "google/protobuf/any.proto";
import "google/protobuf/timestamp.proto";
enum Colour { NONE = 0; RED = 1; GREEN = -2; }
message Inner { string name = 1; Inner inner = 2; sint32 depth = 3; }
message Everything {
  double f64 = 1; float f32 = 2; int32 i32 = 3; int64 i64 = 4; uint32 u32 = 5; uint64 u64 = 6; sint32 s32 = 7;
  sint64 s64 = 8; fixed32 x32 = 9; fixed64 x64 = 10; sfixed32 sx32 = 11; sfixed64 sx64 = 12; bool flag = 13;
  string text = 14; bytes raw = 15; Colour colour = 16; Inner inner = 17;
  repeated int32 packed = 18; repeated int32 loose = 19 [packed = false]; repeated string texts = 20;
  repeated Inner inners = 21; repeated float floats = 22; repeated Colour colours = 23; repeated bool flags = 30;
  map<string, int32> counts = 24; map<int32, Inner> tree = 25;
  oneof choice { string word = 26; Inner other = 27; }
  google.protobuf.Any any = 28; google.protobuf.Timestamp at = 29;
}
"""
OLD = """
syntax = "proto2";
package old;
message Record {
  required int32 id = 1;
  repeated group Result = 2 { optional string url = 3; optional group Deep = 4 { optional int32 x = 5; } }
  extensions 100 to 199;
}
extend Record { optional string note = 100; }
"""


def descriptor_set(path: Path) -> bytes:
    """The `.proto` file and its imports as a FileDescriptorSet."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "set"
        well_known = Path(grpc_tools.__file__).parent / "_proto"
        command = [sys.executable, "-m", "grpc_tools.protoc", "--include_imports", f"--descriptor_set_out={target}"]
        subprocess.run([*command, f"-I{path.parent}", f"-I{well_known}", str(path)], check=True, capture_output=True)
        return target.read_bytes()


@lru_cache
def pool_of(text_or_path: str | Path) -> Any:
    """A descriptor pool with that schema, given as text or as a file."""
    if isinstance(text_or_path, str):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "schema.proto"
            path.write_text(text_or_path)
            data = descriptor_set(path)
    else:
        data = descriptor_set(text_or_path)
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(data).file:
        pool.Add(file)
    return pool


def message_class(text_or_path: str | Path, name: str) -> Any:
    """The class of a message type of that schema."""
    return message_factory.GetMessageClass(pool_of(text_or_path).FindMessageTypeByName(name))
